/** The second factor of a sign-in: the code of the chosen method, a passkey, or the backup code in the place of a code. */
import type { Account, DeliveryMethod, Method } from '../accounts/account.ts';
import type { SignInMethod } from '../accounts/assurance.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Visit } from '../journey/journey.ts';
import { type AppProven, authenticator } from '../steps/codes/authenticator.ts';
import { type BackupCodeProven, backupCode } from '../steps/codes/backup-code.ts';
import type { Instead } from '../steps/codes/code-page.ts';
import { emailCode } from '../steps/codes/email-code.ts';
import type { Proven } from '../steps/codes/sent-code.ts';
import { textCode } from '../steps/codes/text-code.ts';
import { type PasskeyProven, passkey } from '../steps/passkeys/passkey.ts';
import type { Chosen } from './choose-method.ts';
import type { OfferedMethod, PasswordAnswer } from './password.ts';
import { tellOfFailure } from './tell-of-failure.ts';

export interface Known {
  readonly password: PasswordAnswer;
  readonly 'choose-method'?: Chosen;
}

type MethodProof = Proven | AppProven | PasskeyProven;

export interface Proofs extends Known {
  readonly 'email-code'?: Proven;
  readonly 'text-code'?: Proven;
  readonly authenticator?: AppProven;
  readonly passkey?: PasskeyProven | Instead;
  readonly 'backup-code'?: BackupCodeProven;
}

const PAGES = { email: 'email-code', text: 'text-code', app: 'authenticator', passkey: 'passkey' } as const;

/** The account that gave its password; it may have been closed since. */
export async function accountOf(deps: Pick<Deps, 'accounts'>, { answers }: Pick<Visit<Known>, 'answers'>): Promise<Account> {
  const account = await deps.accounts.find(answers.password.accountId);
  if (!account) throw new AppError('page_expired');
  return account;
}

/** What was chosen may be a method that this account does not have. Undefined where a passkey took the place of the password. */
export const chosenOf = ({ password, 'choose-method': chosen }: Known): Pick<Chosen, 'id' | 'method'> | undefined =>
  chosen?.method === 'backup-code' && password.backupCode
    ? chosen
    : (password.methods.find(({ id }) => id === chosen?.id) ?? password.methods[0]);

export const by = (method: OfferedMethod['method']) => (answers: Known) => chosenOf(answers)?.method === method;

/** Whether the backup code takes the place of the code: chosen at once, or on the page of the code. */
export function byBackupCode(answers: Proofs): boolean {
  const method = chosenOf(answers)?.method;
  if (!method || method === 'backup-code') return method !== undefined;
  const answer = answers[PAGES[method]];
  return answer !== undefined && 'instead' in answer && countsFor(answer, answers);
}

/** An answer counts for the account that gave it; the backup code takes the place of the method that was chosen then. */
const countsFor = (answer: MethodProof | Instead, { password, 'choose-method': chosen }: Known): boolean =>
  'person' in answer && answer.person === password.accountId && (!('instead' in answer) || answer.choice === chosen?.at);

interface Proof {
  readonly method: Exclude<SignInMethod, 'password-passkey'>;
  /** What it is worth together with what came before it. */
  readonly as: SignInMethod;
  readonly key?: 'hwk' | 'swk' | undefined;
  readonly at: string;
}

/** What was proven last: by the passkey that took the place of the password, by the method chosen now, or by the backup code. */
export function proofOf(answers: Proofs): Proof {
  const alone = answers.password.passkey;
  if (alone) return { method: 'passkey', as: 'passkey', ...alone };
  const method = byBackupCode(answers) ? 'backup-code' : chosenOf(answers)?.method;
  const proof = method && answers[method === 'backup-code' ? method : PAGES[method]];
  if (!method || !proof || !('at' in proof)) throw new Error('a sign-in without a second factor');
  const as = method === 'passkey' ? 'password-passkey' : method;
  return { method, as, at: proof.at, ...('key' in proof && { key: proof.key }) };
}

/** The method that was chosen; a text message goes to the chosen phone. */
async function methodOf<Kind extends Method>(deps: Deps, visit: Visit<Known>, kind: Kind) {
  const account = await accountOf(deps, visit);
  const id = chosenOf(visit.answers)?.id;
  const method = account.methods.find((candidate) => candidate.id === id);
  if (method?.method !== kind) throw new AppError('page_expired');
  return { account, method: method as Extract<DeliveryMethod, { method: Kind }> };
}

const ways = {
  changeStep: ({ answers }: Visit<Known>) => (answers.password.methods.length > 1 ? 'choose-method' : undefined),
  backup: ({ answers }: Visit<Known>) => {
    const { accountId, backupCode: ready } = answers.password;
    return ready === undefined ? undefined : { person: accountId, choice: answers['choose-method']?.at, ready };
  },
};
/** A passkey cannot be guessed, so nobody is told of one that failed. */
const wrong = async (deps: Deps, visit: Visit<Known>) => tellOfFailure(deps, visit, await accountOf(deps, visit));

export const emailCodeStep = {
  ...emailCode<Known>({
    recipient: async (deps, visit) => {
      const { account } = await methodOf(deps, visit, 'email');
      return { address: account.email, person: account.id, proven: true };
    },
    wrong,
    ...ways,
  }),
  holds: countsFor,
};
export const textCodeStep = {
  ...textCode<Known>({
    recipient: async (deps, visit) => {
      const { account, method } = await methodOf(deps, visit, 'text');
      return { address: method.phone, person: account.id, proven: true };
    },
    wrong,
    ...ways,
  }),
  holds: countsFor,
};
export const authenticatorStep = {
  ...authenticator<Known>({
    person: ({ answers }) => answers.password.accountId,
    apps: async (deps, visit) => [(await methodOf(deps, visit, 'app')).method],
    use: (deps, { answers }, id, step) => deps.accounts.useAuthenticatorStep(answers.password.accountId, id, step),
    wrong,
    ...ways,
  }),
  holds: countsFor,
};
export const passkeyStep = { ...passkey<Known>({ account: accountOf, wrong, ...ways }), holds: countsFor };

export const backupCodeStep = {
  ...backupCode<Known>({
    account: accountOf,
    changeStep: ({ answers }) => {
      const method = chosenOf(answers)?.method;
      return !method || method === 'backup-code' || answers.password.methods.length > 1 ? 'choose-method' : PAGES[method];
    },
    wrong,
  }),
  holds: ({ person }: BackupCodeProven, { password }: Known) => person === password.accountId,
};
