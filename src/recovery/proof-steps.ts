/** The shared proofs as a recovery asks for them: of the account as it may be proven here, and counted apart from its sign-ins. */
import type { Account, DeliveryMethod } from '../accounts/account.ts';
import { filedAs, sideOf } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Visit } from '../journey/journey.ts';
import { authenticator } from '../steps/codes/authenticator.ts';
import { backupCode } from '../steps/codes/backup-code.ts';
import { textCode } from '../steps/codes/text-code.ts';
import { passkey } from '../steps/passkeys/passkey.ts';
import { chosenOf, type Known, proof, provableIn } from './proven.ts';

type Kind = 'text' | 'app';

/**
 * Whoever holds the mailbox must not be able to keep the owner from signing in by failing here, nor either side of an account whose address
 * was changed the other from recovering it.
 */
const countedAs = (accountId: string, { answers }: Pick<Visit<Known>, 'answers'>) =>
  `${filedAs(accountId, sideOf(answers['recovery-code']))}|recovery`;
const changeStep = () => 'choose-proof';
const isFormer = ({ answers }: Pick<Visit<Known>, 'answers'>) => answers['recovery-code'].former;

async function chosenMethod<Of extends Kind>(deps: Deps, visit: Visit<Known>, kind: Of) {
  const { methods, account } = await provableIn(deps, visit);
  const wanted = chosenOf(visit.answers).proof;
  const method = methods.find(({ id }) => wanted === `method:${id}`);
  if (method?.method !== kind) throw new AppError('page_expired');
  return { account, method: method as Extract<DeliveryMethod, { method: Of }> };
}

export const provenByText = proof(
  textCode<Known>({
    recipient: async (deps, visit) => {
      const { account, method } = await chosenMethod(deps, visit, 'text');
      return { address: method.phone, person: countedAs(account.id, visit), proven: true, accountId: account.id };
    },
    changeStep,
  }),
);

export const provenByApp = proof(
  authenticator<Known>({
    person: (visit) => countedAs(chosenOf(visit.answers).accountId, visit),
    accountId: ({ answers }) => chosenOf(answers).accountId,
    apps: async (deps, visit) => [(await chosenMethod(deps, visit, 'app')).method],
    use: (deps, visit, id, step) => {
      const { accountId } = chosenOf(visit.answers);
      const { useAuthenticatorStep, useFormerAuthenticatorStep } = deps.accounts;
      return (isFormer(visit) ? useFormerAuthenticatorStep : useAuthenticatorStep)(accountId, id, step);
    },
    changeStep,
  }),
);

export const provenByPasskey = proof(
  passkey<Known>({ account: async (deps, visit) => (await provableIn(deps, visit)).account, changeStep }),
);

export const provenByBackupCode = proof(
  backupCode<Known>({
    account: async (deps, visit): Promise<Account> => {
      const { owner, backupCodeHash } = await provableIn(deps, visit);
      return { ...owner, backupCodeHash };
    },
    counted: ({ id }, visit) => countedAs(id, visit),
    spend: (deps, visit, { id }, hash) => {
      // A former address spends the code from before the change: the present one may be somebody else's.
      const { useBackupCode, useFormerBackupCode } = deps.accounts;
      return (isFormer(visit) ? useFormerBackupCode : useBackupCode)(id, hash);
    },
    changeStep,
  }),
);
