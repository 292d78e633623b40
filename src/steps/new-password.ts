import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { action, advance, type Step, stay, type Visit } from '../journey/journey.ts';
import type { Language, Text } from '../language.ts';
import { checkNewPassword, type PasswordPolicy, type PasswordRule, passwordRules } from '../passwords/password-rules.ts';
import type { Texts } from '../texts.ts';

interface Options<Needs> {
  /** The address of the account, which no password may be. */
  readonly address: (deps: Deps, visit: Visit<Needs>) => string | Promise<string>;
  /** The hash of the present password, which may not be chosen again; undefined costs the same time. */
  readonly present?: (deps: Deps, visit: Visit<Needs>) => Promise<string | undefined>;
  /** Why another one is asked for: somebody else may know the present one, it was forgotten, or its owner wants it. The first one has no reason. */
  readonly why?: 'due' | 'change' | 'recovery';
  /** Offers to sign out everywhere else. */
  readonly others?: true;
}

export interface PasswordChosen {
  readonly hash: string;
  readonly at: string;
  /** Whether to sign out everywhere else, where that was offered. */
  readonly endOthers?: boolean | undefined;
}

const form = z.object({
  password: z.string({ error: 'problems.password_required' }).min(1, 'problems.password_required'),
  password_confirmation: z
    .string({ error: 'problems.password_confirmation_required' })
    .min(1, 'problems.password_confirmation_required')
    // Longer than any password that may be chosen; see `password-rules.ts` for why it is not normalised first.
    .max(1024, 'problems.password_mismatch'),
  others: z.string().optional(),
});

/** "Create a Password". Every rule is judged here, whatever the page had ticked; those that failed are named, all at once. */
export const newPassword = <Needs>({ address, present, why, others }: Options<Needs>): Step<'new-password', Needs, PasswordChosen> => ({
  name: 'new-password',
  view: 'steps/new-password',
  ...(others && { typed: ['others'] }),
  revisit: () => true,
  show: async (deps, visit) => ({
    why,
    others,
    address: await address(deps, visit),
    rules: passwordRules(deps.config.policy),
    ...deps.config.policy.password,
  }),
  actions: {
    submit: action(form, async (deps, visit: Visit<Needs>, { password, password_confirmation, others: endOthers }) => {
      const { journeyId, language } = visit;
      const { config, attempts, passwords, clock, texts } = deps;
      const { policy, brand } = config;
      const serviceWords = [brand.shortName, brand.accountName].flatMap((words) =>
        typeof words === 'string' ? words : Object.values(words),
      );
      const failed = checkNewPassword(password, { email: await address(deps, visit), serviceWords, policy });
      if (failed.length > 0) return stay({ password: problemOf(failed, policy, { texts, language }) });
      if (password.normalize('NFC') !== password_confirmation.normalize('NFC'))
        return stay({ password_confirmation: { key: 'problems.password_mismatch' } });
      const counted = await attempts.spend('new-password', journeyId);
      if (!counted.ok) return stay({ password: { key: 'problems.wait', until: counted.until } });
      if (present && (await passwords.verify(password, await present(deps, visit))))
        return stay({ password: { key: 'problems.password_same' } });
      return advance({
        hash: await passwords.hash(password),
        at: clock().toISOString(),
        ...(others && { endOthers: endOthers !== undefined }),
      });
    }),
  },
});

/** One failed rule has a sentence of its own; several are said in one, so that nobody has to try again for each. */
function problemOf(failed: readonly PasswordRule[], policy: PasswordPolicy, reader: { texts: Texts; language: Language }): Text {
  if (failed.length === 1) return { key: `problems.password_${failed[0]}`, ...policy.password };
  const { t } = reader.texts.in(reader.language);
  const missing = failed.map((rule) => t(`steps.new-password.missing.${rule}`, policy.password));
  return { key: 'problems.password_several', missing: new Intl.ListFormat(reader.language, { type: 'conjunction' }).format(missing) };
}
