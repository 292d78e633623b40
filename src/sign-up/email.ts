import { z } from 'zod';
import { parseEmailAddress } from '../accounts/email-address.ts';
import { action, advance, type Step, stay } from '../journey/journey.ts';
import type { Confirmed } from './confirm.ts';

const form = z.object({ email: z.string({ error: 'problems.email_required' }).trim().min(1, 'problems.email_required') });

export interface EmailAnswer {
  /** As it was typed, tidied. */
  readonly address: string;
  /** What decides whether two addresses are one. */
  readonly canonical: string;
}

/** The first page of a sign-up. It never tells whether an address has an account: the mail does, to its owner. */
export const email: Step<'email', object, EmailAnswer> = {
  name: 'email',
  view: 'sign-up/email',
  typed: ['email'],
  revisit: () => true,
  show: async (_deps, { answers, interaction }) => {
    const known = (answers as { email?: EmailAnswer }).email?.address ?? interaction.params.login_hint;
    return {
      signInUrl: `/interaction/${interaction.uid}/sign-in`,
      resendUrl: '/users/confirmation/new',
      values: typeof known === 'string' ? { email: known } : {},
    };
  },
  actions: {
    submit: action(form, async ({ attempts }, { ip, answers }, input) => {
      const parsed = parseEmailAddress(input.email);
      if (!parsed) return stay({ email: { key: 'problems.email_invalid' } });
      const before = answers as { email?: EmailAnswer; confirm?: Confirmed };
      if (before.email?.canonical === parsed.canonical) return advance(parsed);
      const counted = await attempts.spend('sign-up-network', ip);
      if (!counted.ok) return stay({ form: { key: 'problems.wait', until: counted.until } });
      return advance(parsed);
    }),
  },
};
