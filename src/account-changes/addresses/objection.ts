/** An objection of the former address, and what proves that somebody had the account before it was changed. */
import type { Account, Former, Method } from '../../accounts/account.ts';
import { maskEmail } from '../../accounts/email-address.ts';
import type { Deps } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import type { From, Visit } from '../../journey/journey.ts';
import { maskPhone } from '../../second-factor/phone-number.ts';
import { ownerOf } from '../owner.ts';

/** One proof from before. `to`: the phone, or the former mailbox. */
export interface FormerProof {
  readonly id: string;
  readonly method: Method | 'backup-code';
  readonly to?: string | undefined;
  /** What its owner calls it. */
  readonly name?: string | undefined;
}

/** `former`: the address that objects; empty where none does. */
interface Grounds {
  readonly former: string;
  readonly proofs: readonly FormerProof[];
}
export interface Objection {
  readonly from: From<Grounds>;
}

/** What a settlement rests on. The mailbox counts as it counted before the change: beside the password, where it was a method. */
export function objectionFrom({ former }: Account): Grounds {
  if (!former?.frozenAt) return { former: '', proofs: [] };
  const proofs = former.methods.map((method): FormerProof => {
    const to = method.method === 'email' ? former.email : method.method === 'text' ? method.phone : undefined;
    return { id: method.id, method: method.method, to, name: method.method === 'email' ? undefined : method.name };
  });
  return {
    former: former.email,
    proofs: former.backupCodeHash === null ? proofs : [...proofs, { id: 'backup-code', method: 'backup-code' }],
  };
}

/** The account, and the former address as it is now; AppError `changed_elsewhere` when it was settled since. */
export async function objectionOf(deps: Pick<Deps, 'accounts'>, visit: Pick<Visit<Objection>, 'answers'>) {
  const account = await ownerOf(deps, visit);
  const { former } = account;
  if (!former?.frozenAt || former.email !== visit.answers.from.former) throw new AppError('changed_elsewhere');
  return { account, former: former satisfies Former };
}

/** As a page may show it. */
export const shown = ({ id, method, to, name }: FormerProof) => ({
  id,
  method,
  name,
  to: to === undefined ? undefined : method === 'email' ? maskEmail(to) : maskPhone(to),
});
