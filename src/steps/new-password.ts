import { z } from 'zod';
import { action, advance, type Step, stay } from '../journey/journey.ts';
import { checkNewPassword, passwordRules } from '../passwords/password-rules.ts';

type Needs = { readonly email: { readonly address: string } };

const form = z.object({
  password: z.string({ error: 'problems.password_required' }).min(1, 'problems.password_required'),
  password_confirmation: z
    .string({ error: 'problems.password_confirmation_required' })
    .min(1, 'problems.password_confirmation_required')
    // Longer than any password that may be chosen; see `password-rules.ts` for why it is not normalised first.
    .max(1024, 'problems.password_mismatch'),
});

/** "Create a Password". Every rule is judged here, whatever the page had ticked; the rule that failed is named. */
export const newPassword: Step<'new-password', Needs, { hash: string; at: string }> = {
  name: 'new-password',
  view: 'steps/new-password',
  revisit: () => true,
  show: async ({ config }, { answers }) => ({
    address: answers.email.address,
    rules: passwordRules(config.policy),
    ...config.policy.password,
  }),
  actions: {
    submit: action(form, async ({ config, attempts, passwords, clock }, { journeyId, answers }, { password, password_confirmation }) => {
      const { policy, brand } = config;
      const serviceWords = [brand.shortName, brand.accountName].flatMap((words) =>
        typeof words === 'string' ? words : Object.values(words),
      );
      const failed = checkNewPassword(password, { email: answers.email.address, serviceWords, policy });
      if (failed[0]) return stay({ password: { key: `problems.password_${failed[0]}`, ...policy.password } });
      if (password.normalize('NFC') !== password_confirmation.normalize('NFC'))
        return stay({ password_confirmation: { key: 'problems.password_mismatch' } });
      const counted = await attempts.spend('new-password', journeyId);
      if (!counted.ok) return stay({ password: { key: 'problems.wait', until: counted.until } });
      return advance({ hash: await passwords.hash(password), at: clock().toISOString() });
    }),
  },
};
