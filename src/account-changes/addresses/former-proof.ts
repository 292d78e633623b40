/** The steps that prove a method or the backup code from before a change of the address; of these a person meets one. */
import type { DeliveryMethod } from '../../accounts/account.ts';
import type { Deps } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import type { Visit } from '../../journey/journey.ts';
import { type App, type AppProven, authenticator } from '../../steps/codes/authenticator.ts';
import { backupCode } from '../../steps/codes/backup-code.ts';
import { emailCode } from '../../steps/codes/email-code.ts';
import type { Proven } from '../../steps/codes/sent-code.ts';
import { textCode } from '../../steps/codes/text-code.ts';
import { chosenProof } from './former-method.ts';
import { type FormerProof, type Objection, objectionOf } from './objection.ts';

type Known = Objection & { readonly 'former-method'?: { readonly id: string } | undefined };
type KnownApp = Extract<DeliveryMethod, { method: 'app' }>;

/** Tries count apart from those of sign-ins: whoever is signed in and not the owner must not keep the owner from signing in. */
const counted = (accountId: string) => `${accountId}|former`;
const changeStep = ({ answers }: Visit<Known>) => (answers.from.proofs.length > 1 ? 'former-method' : undefined);
const isApp = (method: DeliveryMethod): method is KnownApp => method.method === 'app';

const recipient = async (_deps: unknown, { answers }: Visit<Known>) => {
  const { to } = chosenProof(answers);
  if (to === undefined) throw new AppError('page_expired');
  const { accountId } = answers.from;
  return { address: to, person: counted(accountId), accountId, proven: true };
};
/** A code counts for the phone or mailbox that it went to. */
const holds = (proof: Proven, answers: Known) => 'address' in proof && proof.address === chosenProof(answers).to;

const backupCodeStep = backupCode<Known>({
  account: async (deps, visit) => {
    const { account, former } = await objectionOf(deps, visit);
    return { ...account, backupCodeHash: former.backupCodeHash };
  },
  counted: ({ id }) => counted(id),
  spend: (deps, _visit, { id }, hash) => deps.accounts.useFormerBackupCode(id, hash),
  changeStep,
});

export const formerProof = {
  by: (method: FormerProof['method']) => (answers: Known) => chosenProof(answers).method === method,
  emailCode: { ...emailCode<Known>({ recipient, changeStep }), holds },
  textCode: { ...textCode<Known>({ recipient, changeStep }), holds },
  authenticator: {
    ...authenticator<Known>({
      person: ({ answers }) => answers.from.accountId,
      apps: async (deps, visit) => {
        const { account, former } = await objectionOf(deps, visit);
        const { id } = chosenProof(visit.answers);
        const [before, present] = [former.methods, account.methods].map((methods) => methods.filter(isApp).find((app) => app.id === id));
        if (!before) throw new AppError('page_expired');
        // A code that this app gave for a sign-in a moment ago is used up here, too (RFC 6238 5.2).
        return [{ ...before, lastStep: Math.max(before.lastStep, present?.lastStep ?? 0) } satisfies App];
      },
      use: ({ accounts }, { answers }, id, step) => accounts.useFormerAuthenticatorStep(answers.from.accountId, id, step),
      changeStep,
    }),
    holds: (proof: AppProven, answers: Known) => 'id' in proof && proof.id === chosenProof(answers).id,
  },
  // Recovery is stopped by the objection: it is no way out here.
  backupCode: {
    ...backupCodeStep,
    show: async (deps: Deps, visit: Visit<Known>) => ({ ...(await backupCodeStep.show(deps, visit)), recoveryUrl: undefined }),
  },
};
