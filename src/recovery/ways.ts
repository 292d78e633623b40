/** What a person may prove themselves with, besides the mailbox; and which of it has to wait. */
import type { Account, DeliveryMethod, Passkey } from '../accounts/account.ts';
import { formerAddressOf, objecting } from '../accounts/former-store.ts';
import { isSettling, type WaitingProof, type WaitingRecovery } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { maskPhone } from '../second-factor/phone-number.ts';
import { asksQuestions } from '../security-questions/questions.ts';
import type { MailboxProven } from './recovery-code.ts';

export type WayKind = 'questions' | 'backup-code' | 'text' | 'app' | 'passkey' | 'operators' | 'nothing';

/** One line of the page that asks which. */
export interface Way {
  /** The kind, or for a phone or app `method:<id>`. */
  readonly proof: string;
  readonly kind: WayKind;
  /** What its owner calls it. */
  readonly name?: string | undefined;
  /** A phone, masked. */
  readonly to?: string | undefined;
  /** The recovery that rests on it and waits already. */
  readonly waiting?: Pick<WaitingRecovery, 'ripe' | 'ripeAt' | 'until'> | undefined;
}

/** What counts in this recovery: what the account has, or, where a former address takes it back, what it had. */
export interface Provable {
  readonly account: Account;
  /** The same with the address that it has afterwards. */
  readonly owner: Account;
  readonly methods: readonly Exclude<DeliveryMethod, { method: 'email' }>[];
  readonly passkeys: readonly Passkey[];
  readonly backupCodeHash: string | null;
  /** The answers may be asked for. */
  readonly questions: boolean;
}

/** Undefined when the account is gone or locked, or the former address has nothing to say any more. */
export async function provableOf(deps: Pick<Deps, 'accounts' | 'config' | 'clock'>, mailbox: MailboxProven): Promise<Provable | undefined> {
  const account = await deps.accounts.find(mailbox.accountId);
  if (!account || account.locked) return undefined;
  const former = objecting(account.former, deps.clock());
  const before = mailbox.former && former ? formerAddressOf(former, mailbox.canonical) : undefined;
  if (mailbox.former && !before) return undefined;
  // The mailbox has been proven, and proves nothing more.
  const other = (methods: readonly DeliveryMethod[]) => methods.filter((method) => method.method !== 'email');
  const none = { passkeys: [], backupCodeHash: null, questions: false };
  if (before && former) {
    const owner = { ...account, email: before.address };
    return { ...none, account, owner, methods: other(former.methods), backupCodeHash: former.backupCodeHash };
  }
  // Until it is settled whose account it is, nothing of it recovers it.
  if (former?.frozenAt) return { ...none, account, owner: account, methods: [] };
  return {
    account,
    owner: account,
    methods: other(account.methods),
    passkeys: account.passkeys,
    backupCodeHash: account.backupCodeHash,
    questions: account.questions?.forRecovery === true && asksQuestions(deps.config.policy),
  };
}

/** The proof that a waiting recovery of this kind rests on; undefined where nothing has to wait. */
export function waitingProofOf({ proof, kind }: Pick<Way, 'proof' | 'kind'>, mailbox: MailboxProven): WaitingProof | undefined {
  if (kind === 'operators') return mailbox.settles ?? 'operators';
  if (mailbox.former) return undefined;
  switch (kind) {
    case 'text':
    case 'app':
      return proof as WaitingProof;
    case 'passkey':
      return 'passkey';
    case 'nothing':
      return 'questions';
    default:
      return undefined;
  }
}

/** Everything this account may be recovered with, in the order of the page. "Nothing of these" is always the last. */
export async function waysOf(deps: Pick<Deps, 'recoveries'>, provable: Provable, mailbox: MailboxProven): Promise<readonly Way[]> {
  const { account, methods, passkeys, backupCodeHash, questions } = provable;
  const all = await deps.recoveries.of(account.id);
  const known = questions ? all : all.filter(({ proof }) => proof !== 'questions');
  const waiting = mailbox.settles ? known.filter(({ proof }) => proof === mailbox.settles) : known.filter((one) => !isSettling(one));
  const operators = waitingProofOf({ proof: 'operators', kind: 'operators' }, mailbox);
  const ways: Way[] = [
    ...(questions ? [{ proof: 'questions', kind: 'questions' } as const] : []),
    ...(backupCodeHash ? [{ proof: 'backup-code', kind: 'backup-code' } as const] : []),
    ...methods.map((method): Way => {
      const { id, method: kind, name } = method;
      return { proof: `method:${id}`, kind, name, to: kind === 'text' ? maskPhone(method.phone) : undefined };
    }),
    ...(passkeys.length > 0 ? [{ proof: 'passkey', kind: 'passkey' } as const] : []),
    ...(waiting.some(({ proof }) => proof === operators) ? [{ proof: 'operators', kind: 'operators' } as const] : []),
    { proof: 'nothing', kind: 'nothing' },
  ];
  return ways.map((way) => ({ ...way, waiting: waiting.find(({ proof }) => proof === waitingProofOf(way, mailbox)) }));
}
