import { z } from 'zod';
import { parseEmailAddress } from '../accounts/email-address.ts';
import { evenTime } from '../http/even-time.ts';
import { action, advance, beginWith, type Step, stay } from '../journey/journey.ts';

const form = z.object({ email: z.string({ error: 'problems.email_required' }).trim().min(1, 'problems.email_required') });

export interface EmailAnswer {
  /** As it was typed, tidied. */
  readonly address: string;
  /** By what the account is found. */
  readonly canonical: string;
}

/** "Forgot your password?": the address. What comes next is the same whether or not anybody has it, in looks, size and time. */
export const email: Step<'email', object, EmailAnswer> = {
  name: 'email',
  view: 'recovery/email',
  typed: ['email'],
  revisit: () => true,
  show: async (_deps, { answers, interaction }) => {
    const known = (answers as { email?: EmailAnswer }).email?.address ?? interaction.params.login_hint;
    return { signInUrl: `/interaction/${interaction.uid}/sign-in`, values: typeof known === 'string' ? { email: known } : {} };
  },
  actions: {
    submit: action(form, async (_deps, { answers }, input) => {
      const wait = evenTime();
      const parsed = parseEmailAddress(input.email);
      if (!parsed) return stay({ email: { key: 'problems.email_invalid' } });
      const before = (answers as { email?: EmailAnswer }).email;
      // Another address is another recovery: nothing that was proven, chosen or made for the one before waits here or counts for this one.
      return before?.canonical === parsed.canonical ? advance(parsed, [], wait) : beginWith(parsed, [], wait);
    }),
  },
};
