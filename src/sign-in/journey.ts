/** Sign-in: the password, then a second factor, every time. Both belong to one prompt: there is no half-signed-in session. */
import { type Answers, journey } from '../journey/journey.ts';
import { newBackupCode } from '../steps/new-backup-code.ts';
import { newMethodSteps } from '../steps/new-method.ts';
import { newPassword } from '../steps/new-password.ts';
import { passkeyOffer } from '../steps/passkeys/passkey-offer.ts';
import { terms } from '../steps/terms.ts';
import { chooseMethod } from './choose-method.ts';
import { finishSignIn, mayBeOffered, needsMethod } from './finish.ts';
import { keepAccount } from './keep-account.ts';
import { locked } from './locked.ts';
import { type PasswordAnswer, password } from './password.ts';
import {
  accountOf,
  authenticatorStep,
  backupCodeStep,
  by,
  byBackupCode,
  emailCodeStep,
  type Known,
  type Proofs,
  passkeyStep,
  textCodeStep,
} from './second-factor.ts';
import { tooWeak } from './too-weak.ts';

const KEPT_MINUTES = 60;

const newMethod = newMethodSteps<Known>({
  account: accountOf,
  person: ({ password }) => password.accountId,
  removes: true,
  // Whoever leaves now has neither the code nor what it stands for; only the page itself leads on.
  why: (answers) => (byBackupCode(answers) ? 'code-spent' : answers.password.newMethodDue ? 'mail-ends' : undefined),
});
/** Nobody stays without a backup code: neither who has used it now, nor who left before the new one was shown. */
const lacksBackupCode = ({ password, 'backup-code': used }: Proofs) => password.lacksBackupCode || used !== undefined;
const passwordStep = newPassword<Known>({
  address: async (deps, visit) => (await accountOf(deps, visit)).email,
  present: async (deps, visit) => (await accountOf(deps, visit)).passwordHash,
  why: 'due',
});
const passkeyOfferStep = passkeyOffer<Known>({ owner: accountOf, person: ({ password }) => password.accountId });

export const signIn = journey({
  kind: 'sign-in',
  keptMinutes: () => KEPT_MINUTES,
  accountId: (answers: Answers) => (answers.password as PasswordAnswer | undefined)?.accountId,
})
  .step(password)
  .stepIf(({ password }) => password.tooWeak, tooWeak)
  .stepIf(({ password }) => password.methods.length > 1, chooseMethod)
  .stepIf(by('email'), emailCodeStep)
  .stepIf(by('text'), textCodeStep)
  .stepIf(by('app'), authenticatorStep)
  .stepIf(by('passkey'), passkeyStep)
  .stepIf(byBackupCode, backupCodeStep)
  .stepIf(({ password }) => password.locked, locked)
  .stepIf(({ password }) => password.closesAt !== undefined, keepAccount)
  .stepIf(needsMethod, newMethod.choice)
  .stepIf((answers) => needsMethod(answers) && newMethod.by('email')(answers), newMethod.emailCode)
  .stepIf((answers) => needsMethod(answers) && newMethod.by('text')(answers), newMethod.textCode)
  .stepIf((answers) => needsMethod(answers) && newMethod.by('app')(answers), newMethod.authenticator)
  .stepIf(lacksBackupCode, newBackupCode)
  .stepIf(({ password }) => password.newPasswordDue, passwordStep)
  .stepIf(({ password }) => password.termsChanged, terms)
  .stepIf(mayBeOffered, passkeyOfferStep)
  .finish(finishSignIn);
