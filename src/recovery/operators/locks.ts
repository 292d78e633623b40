/**
 * What support may do about an account that somebody else may be in: lock it. Everything of it ends at once, and nothing of it can be used,
 * recovered or changed until an operator unlocks it; its owner can neither. Where that is seen, and by whom, is in docs/decisions.
 */
import type { Account } from '../../accounts/account.ts';
import { parseEmailAddress } from '../../accounts/email-address.ts';
import { noticesTo } from '../../accounts/notices.ts';
import { filedAs } from '../../accounts/recovery-store.ts';
import type { Deps } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import type { Write } from '../../mongo/transaction.ts';
import { type Operator, OperatorRefused, prove, readReason } from './operator.ts';
import type { OperatorStore } from './operator-store.ts';

type Means = Pick<
  Deps,
  | 'accounts'
  | 'attempts'
  | 'audit'
  | 'clock'
  | 'config'
  | 'journeys'
  | 'mailedLinks'
  | 'newId'
  | 'outbox'
  | 'passwords'
  | 'recoveries'
  | 'sessions'
  | 'transaction'
>;

/** What operators may see of an account: nothing that opens it, and nothing that its owner has typed. */
export type AccountState = Pick<Account, 'id' | 'createdAt' | 'closesAt' | 'locked'> & {
  /** When a former address stopped a change of the address. */
  readonly frozenAt: Date | null;
};

export function createLocks(deps: Means, store: OperatorStore) {
  const { accounts, audit, clock, journeys, recoveries, sessions } = deps;

  /** The account that has this address, or had it and may be given back to it. */
  async function found(email: string): Promise<Account> {
    const address = parseEmailAddress(email);
    const account = address && (await accounts.holderOf(address.canonical))?.account;
    if (!account) throw new OperatorRefused('No account has this address.');
    return account;
  }

  /** Saves it, with the end of everything that is signed in, under way or waiting, and tells every address. */
  async function commit(account: Account, change: Write, type: 'locked' | 'unlocked', by: string, reason: string): Promise<void> {
    const { id } = account;
    const ending = await sessions.endAll(id);
    const event = { type: `account.${type}`, accountId: id, ip: '', browser: '', operators: [by], reason } as const;
    try {
      await deps.transaction([
        change,
        ...ending.writes,
        journeys.endOthers(id, undefined),
        journeys.endOthers(filedAs(id, 'former'), undefined),
        recoveries.cancel(id),
        recoveries.endSettling(id),
        store.withdraw(id),
        audit.record(event),
        ...noticesTo(deps, account, `account-${type}/${deps.newId()}`, { kind: `account-${type}`, at: clock() }),
      ]);
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'changed_elsewhere')
        throw new OperatorRefused('Somebody else was first; look at the account again.', { cause });
      throw cause;
    }
    deps.outbox.nudge();
    await ending.after();
  }

  return {
    async lock(email: string, operator: Operator, typed: string): Promise<void> {
      await prove(deps, store, operator);
      const [reason, account] = [readReason(typed), await found(email)];
      if (account.locked) throw new OperatorRefused('The account is locked already.');
      await commit(account, accounts.lock(account.id, { by: operator.name, reason }), 'locked', operator.name, reason);
    },

    /** Gives nothing back: what had ended stays so, and what slipped in while it was locked ends with it. */
    async unlock(email: string, operator: Operator, typed: string): Promise<void> {
      await prove(deps, store, operator);
      const [reason, account] = [readReason(typed), await found(email)];
      if (!account.locked) throw new OperatorRefused('The account is not locked.');
      await commit(account, accounts.unlock(account.id, account.locked.at), 'unlocked', operator.name, reason);
    },

    async show(email: string): Promise<AccountState> {
      const { id, createdAt, closesAt, locked, former } = await found(email);
      return { id, createdAt, closesAt, locked, frozenAt: former?.frozenAt ?? null };
    },
  };
}
