import { z } from 'zod';
import type { Account, Method } from '../accounts/account.ts';
import { createAssurance } from '../accounts/assurance.ts';
import { maskEmail, parseEmailAddress } from '../accounts/email-address.ts';
import type { Deps } from '../deps.ts';
import type { Interaction } from '../journey/interaction.ts';
import { action, advance, beginWith, follow, type Step, stay, type Visit } from '../journey/journey.ts';
import { requestOptions } from '../second-factor/passkey.ts';
import { maskPhone } from '../second-factor/phone-number.ts';
import { outdatedMethods } from '../steps/delivery.ts';
import { judgePassword } from '../steps/judge-password.ts';
import { judgePasskey } from '../steps/passkeys/judge-passkey.ts';
import { credentialForm } from '../steps/passkeys/passkey.ts';
import { isToBeOffered } from '../steps/passkeys/passkey-offer.ts';
import { findUnfinishedSignUp } from '../steps/unfinished-sign-up.ts';

const form = z.object({
  email: z.string({ error: 'problems.email_required' }).trim().min(1, 'problems.email_required'),
  password: z.string({ error: 'problems.password_required' }).min(1, 'problems.password_required').max(1024, 'problems.sign_in_failed'),
});

/** Seconds for which a password need not be typed again where only the second factor is missing. */
const PASSWORD_GOOD_FOR = 5 * 60;

export interface OfferedMethod {
  readonly id: string;
  readonly method: Method | 'passkey';
  /** Where the code goes, masked. */
  readonly to?: string | undefined;
}

export interface PasswordAnswer {
  readonly accountId: string;
  /** As it was typed, tidied; after a passkey the account's own. */
  readonly address: string;
  readonly methods: readonly OfferedMethod[];
  /** The terms have a newer version than the one agreed to. */
  readonly termsChanged: boolean;
  /** No method of this account is as strong as the service demands. */
  readonly tooWeak: boolean;
  /** Whether the backup code can be used; undefined where it is not strong enough for the service. */
  readonly backupCode?: boolean | undefined;
  /** It was spent, and no new one has been shown yet. */
  readonly lacksBackupCode: boolean;
  readonly newPasswordDue: boolean;
  /** Codes come by nothing but what the profile of the operator does not count: this once more, and another method is set up. */
  readonly newMethodDue: boolean;
  /** An operator has locked the account: who has proven everything is told, and nobody before that. */
  readonly locked: boolean;
  /** When the account will be erased (ISO 8601), if its owner has closed it. */
  readonly closesAt?: string | undefined;
  /** A passkey took the place of the password, and of any code. */
  readonly passkey?: { readonly key?: 'hwk' | 'swk' | undefined; readonly at: string } | undefined;
  /** The methods after which a passkey is offered: none, or those as strong as the account has. */
  readonly offerAfter: readonly string[];
}

/**
 * Address and password. A wrong password, an unknown address and an unfinished sign-up's wrong password look alike, word for word and
 * in time. The address and password of an unfinished sign-up go on with it.
 */
export const password: Step<'password', object, PasswordAnswer> = {
  name: 'password',
  view: 'sign-in/password',
  typed: ['email'],
  revisit: () => true,
  usedUp: { form: { key: 'problems.passkey_used' } },
  show: async (deps, visit) => {
    const { journeyId, interaction, answers } = visit;
    const again = await ownerOf(deps, visit);
    const known = await steppingUp(deps, visit);
    const hint = (answers as { password?: PasswordAnswer }).password?.address ?? interaction.params.login_hint ?? again?.email;
    return {
      again: again !== undefined,
      ...(known && {
        stepUp: { address: maskEmail(known.email), clientName: interaction.client.name, to: onlyRecipient(deps, visit, known) },
      }),
      recoveryUrl: `/interaction/${interaction.uid}/recovery`,
      signUpUrl: `/interaction/${interaction.uid}/sign-up`,
      resendUrl: '/users/confirmation/new',
      options: await requestOptions(deps, { purpose: 'sign-in', journeyId }),
      values: typeof hint === 'string' ? { email: hint } : {},
    };
  },
  actions: {
    submit: action(form, async (deps, visit, input) => {
      const { browser } = visit;
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
      return goOn(visit, answerFor(deps, visit, account, parsed.address), rehash);
    }),
    /** Nobody types a password again that this session was given just now; what goes out is still asked for by a button. */
    continue: action(z.object({}), async (deps, visit) => {
      const account = await steppingUp(deps, visit);
      if (!account) return stay({ form: { key: 'problems.password_again' } });
      return goOn(visit, answerFor(deps, visit, account, account.email));
    }),
    /** The page's script has asked a passkey: it stands for the password and for the code. */
    passkey: action(credentialForm, async (deps, visit, { credential }) => {
      const judged = await judgePasskey(deps, visit, credential);
      if (!judged.right) return stay({ form: judged.problem });
      const { account, passkey, writes, after } = judged;
      const at = deps.clock().toISOString();
      const nothingElse = { methods: [], backupCode: undefined, tooWeak: false, offerAfter: [] };
      const answer = { ...answerFor(deps, visit, account, account.email), ...nothingElse };
      return goOn(visit, { ...answer, passkey: { key: passkey.key, at } }, writes, after);
    }),
  },
};
/** Whether our own pages ask somebody who is signed in to show once more that it is them. */
const isAgain = ({ client, journey, sessionAccountId }: Interaction): boolean =>
  client.id === 'account-pages' && journey !== 'recovery' && sessionAccountId !== undefined;

/** Who is signed in already, and signs in again to change their account. */
async function ownerOf({ accounts }: Deps, { interaction }: Visit<object>): Promise<Account | undefined> {
  return isAgain(interaction) ? accounts.find(interaction.sessionAccountId!) : undefined;
}

/** Whose session is too weak for the service, and rests on a password given so lately that only a stronger second factor is missing. */
async function steppingUp({ accounts, clock }: Deps, { interaction }: Visit<object>): Promise<Account | undefined> {
  const { accountId, authTime = 0 } = interaction.stepUp ?? {};
  return accountId !== undefined && clock().getTime() / 1000 - authTime <= PASSWORD_GOOD_FOR ? accounts.find(accountId) : undefined;
}

/** Where the code would go, masked, if there is one way for it and something is sent. */
function onlyRecipient(deps: Deps, visit: Visit<unknown>, account: Account): string | undefined {
  const { methods } = answerFor(deps, visit, account, account.email);
  return methods.length === 1 ? methods[0]?.to : undefined;
}

/** Back to this page, somebody else may sign in: what was proven, shown or chosen for another account stays with that one. */
function goOn({ answers }: Visit<object>, ...given: Parameters<typeof advance<PasswordAnswer>>) {
  const before = (answers as { password?: PasswordAnswer }).password;
  return before?.accountId === given[0].accountId ? advance(...given) : beginWith(...given);
}

/** What the account can prove itself with here, as the service demands it. */
function answerFor(deps: Deps, { interaction }: Visit<unknown>, account: Account, address: string): PasswordAnswer {
  const { wanted, journey } = interaction;
  const { assure, reaches, second } = createAssurance(deps.config.policy.acrValues);
  const outdated = outdatedMethods(deps.config.policy.profile, account.methods);
  const newMethodDue = outdated.length === account.methods.length;
  const has: readonly OfferedMethod[] = [
    ...account.methods.filter((method) => newMethodDue || !outdated.includes(method)).map(offeredMethod(account)),
    ...(account.passkeys.length > 0 ? [{ id: 'passkey', method: 'passkey' } as const] : []),
  ];
  const acrOf = ({ method }: OfferedMethod) => assure(method === 'passkey' ? 'password-passkey' : method).acr;
  const strong = has.filter((method) => !wanted || reaches(acrOf(method), wanted.acr));
  // What is merely wished for must not leave somebody with a passkey alone, which does not work everywhere. Nor may what is demanded
  // keep anybody from setting up what gives it: the service is told the level of this sign-in, and asks for another one.
  const demanded = wanted?.essential && !newMethodDue;
  const methods = demanded || strong.some(({ method }) => method !== 'passkey') ? strong : has;
  const seconds = has.filter((method) => reaches(acrOf(method), second));
  // On the way to a change of the account nothing else is asked; a weaker sign-in than there could be must not add a key to the account.
  const offered = isToBeOffered(account, deps) && (journey === undefined || journey === 'recovery') && !isAgain(interaction);
  return {
    accountId: account.id,
    address,
    methods,
    termsChanged: account.terms.version !== deps.config.terms.version,
    tooWeak: methods.length === 0,
    ...((!wanted?.essential || reaches(assure('backup-code').acr, wanted.acr)) && { backupCode: account.backupCodeHash !== null }),
    lacksBackupCode: account.backupCodeHash === null,
    newPasswordDue: account.newPasswordDue,
    newMethodDue,
    locked: account.locked !== null,
    ...(account.closesAt && { closesAt: account.closesAt.toISOString() }),
    offerAfter: offered && !newMethodDue ? (seconds.length > 0 ? seconds : has).map(({ id }) => id) : [],
  };
}

const offeredMethod =
  ({ email }: Account) =>
  (method: Account['methods'][number]): OfferedMethod => ({
    id: method.id,
    method: method.method,
    to: method.method === 'email' ? maskEmail(email) : method.method === 'text' ? maskPhone(method.phone) : undefined,
  });
