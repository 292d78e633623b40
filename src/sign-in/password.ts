import { z } from 'zod';
import type { Account, Method } from '../accounts/account.ts';
import { createAssurance } from '../accounts/assurance.ts';
import { maskEmail, parseEmailAddress } from '../accounts/email-address.ts';
import { action, advance, follow, type Step, stay } from '../journey/journey.ts';
import { maskPhone } from '../second-factor/phone-number.ts';
import { judgePassword } from '../steps/judge-password.ts';
import { findUnfinishedSignUp } from '../steps/unfinished-sign-up.ts';

const form = z.object({
  email: z.string({ error: 'problems.email_required' }).trim().min(1, 'problems.email_required'),
  password: z.string({ error: 'problems.password_required' }).min(1, 'problems.password_required').max(1024, 'problems.sign_in_failed'),
});

export interface OfferedMethod {
  readonly id: string;
  readonly method: Method;
  /** Where the code goes, masked. */
  readonly to?: string | undefined;
}

export interface PasswordAnswer {
  readonly accountId: string;
  /** As it was typed. */
  readonly address: string;
  readonly methods: readonly OfferedMethod[];
  /** The terms have a newer version than the one agreed to. */
  readonly termsChanged: boolean;
  /** No method of this account is as strong as the service demands. */
  readonly tooWeak: boolean;
}

/**
 * Address and password. A wrong password, an unknown address and an unfinished sign-up's wrong password look alike, word for word and
 * in time. The address and password of an unfinished sign-up go on with it.
 */
export const password: Step<'password', object, PasswordAnswer> = {
  name: 'password',
  view: 'sign-in/password',
  typed: ['email'],
  // Back to this page, somebody else may sign in: what was proven for another account does not count for theirs.
  revisit: () => true,
  show: async (_deps, { interaction, answers }) => {
    const hint = (answers as { password?: PasswordAnswer }).password?.address ?? interaction.params.login_hint;
    return {
      signUpUrl: `/interaction/${interaction.uid}/sign-up`,
      resendUrl: '/users/confirmation/new',
      values: typeof hint === 'string' ? { email: hint } : {},
    };
  },
  actions: {
    submit: action(form, async (deps, visit, input) => {
      const { browser, interaction } = visit;
      const parsed = parseEmailAddress(input.email);
      if (!parsed) return stay({ email: { key: 'problems.email_invalid' } });
      const account = await deps.accounts.findByEmail(parsed.canonical);
      const unfinished = account ? undefined : await findUnfinishedSignUp(deps, parsed.canonical);
      const { right, problem } = await judgePassword(deps, visit, {
        password: input.password,
        hash: account?.passwordHash ?? unfinished?.passwordHash,
        key: parsed.canonical,
        accountId: account?.id,
        knownBrowser: account?.browsers.includes(browser) ? browser : undefined,
      });
      if (!right) {
        // What was looked up before for an address without an account is looked up now for one that has: the same work for both.
        if (account) await findUnfinishedSignUp(deps, parsed.canonical);
        return stay({ form: problem });
      }
      if (unfinished) return follow(unfinished.id);
      if (!account) return stay({ form: { key: 'problems.sign_in_failed' } });
      const rehash = deps.passwords.needsRehash(account.passwordHash)
        ? [deps.accounts.rehashPassword(account.id, account.passwordHash, await deps.passwords.hash(input.password))]
        : [];
      const { wanted } = interaction;
      const { assure, reaches } = createAssurance(deps.config.policy.acrValues);
      const strong = account.methods.filter(({ method }) => !wanted || reaches(assure(method).acr, wanted.acr));
      const methods = strong.length > 0 || wanted?.essential ? strong : account.methods;
      const answer: PasswordAnswer = {
        accountId: account.id,
        address: parsed.address,
        methods: methods.map(offeredMethod(account)),
        termsChanged: account.terms.version !== deps.config.terms.version,
        tooWeak: methods.length === 0,
      };
      return advance(answer, rehash);
    }),
  },
};

const offeredMethod =
  ({ email }: Account) =>
  (method: Account['methods'][number]): OfferedMethod => ({
    id: method.id,
    method: method.method,
    to: method.method === 'email' ? maskEmail(email) : method.method === 'text' ? maskPhone(method.phone) : undefined,
  });
