/**
 * What support may do for somebody who has nothing left to prove themselves with: two different operators, a recorded reason, the same
 * notices and the same waiting as for everybody. What comes of it is a code that is worth something only beside the mailed one; it is always
 * the same account.
 */
import type { Account } from '../accounts/account.ts';
import { objecting } from '../accounts/address-store.ts';
import { parseEmailAddress } from '../accounts/email-address.ts';
import { noticesTo } from '../accounts/notices.ts';
import type { Deps } from '../deps.ts';
import { createBackupCode, readBackupCode } from '../second-factor/backup-code.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import type { OperatorRequest, OperatorStore } from './operator-store.ts';

/** A sentence for whoever typed the command: nothing was done. */
export class OperatorRefused extends Error {}

/** Who types, and what proves it. */
export interface Operator {
  readonly name: string;
  readonly passphrase: string;
}

type Means = Pick<
  Deps,
  'accounts' | 'recoveries' | 'attempts' | 'passwords' | 'audit' | 'outbox' | 'mailedLinks' | 'config' | 'clock' | 'transaction'
>;

const NAME = /^[a-z0-9][a-z0-9.-]{1,39}$/;
const SHORTEST_PASSPHRASE = 15;
const SHORTEST_REASON = 10;
const LONGEST = 500;

export function createOperators(deps: Means, store: OperatorStore) {
  const { accounts, recoveries, attempts, passwords, audit, config, transaction } = deps;
  const hours = config.policy.recovery.coolingOffHours;

  async function prove({ name, passphrase }: Operator): Promise<void> {
    const key = `${name}|operator`;
    const counted = await attempts.spend('password-account', key);
    if (!counted.ok) throw new OperatorRefused(`Too many wrong passphrases; the next one counts at ${counted.until.toISOString()}.`);
    if (!(await passwords.verify(passphrase, await store.hashOf(name))))
      throw new OperatorRefused('No operator has this name and passphrase.');
    await attempts.forgive('password-account', key);
  }

  async function accountOf(email: string): Promise<Account> {
    const parsed = parseEmailAddress(email);
    const account = parsed && (await accounts.findByEmail(parsed.canonical));
    if (!account) throw new OperatorRefused('No account has this address.');
    return account;
  }

  /** A recovery cannot be what settles a change of address that somebody has objected to. */
  function refuseFrozen({ former }: Account): void {
    if (objecting(former, deps.clock())?.frozenAt) throw new OperatorRefused('A former address has stopped all recovery of this account.');
  }

  return {
    /** Whoever can run this can read the database; the passphrase tells the two operators of a recovery apart. */
    async add({ name, passphrase }: Operator): Promise<void> {
      if (!NAME.test(name)) throw new OperatorRefused('A name has 2 to 40 lower-case letters, digits, dots and hyphens.');
      if ([...passphrase].length < SHORTEST_PASSPHRASE || passphrase.length > LONGEST)
        throw new OperatorRefused(`A passphrase has ${SHORTEST_PASSPHRASE} to ${LONGEST} characters.`);
      if (!(await store.add(name, await passwords.hash(passphrase)))) throw new OperatorRefused('There is an operator of this name.');
    },
    async remove(name: string): Promise<void> {
      if (!(await store.remove(name))) throw new OperatorRefused('There is no operator of this name.');
    },
    names: store.names,

    /** Asks for a recovery; nothing begins before another operator agrees. */
    async request(email: string, operator: Operator, reason: string): Promise<void> {
      await prove(operator);
      const why = reason.trim();
      if (why.length < SHORTEST_REASON || why.length > LONGEST)
        throw new OperatorRefused(`Say the reason in ${SHORTEST_REASON} to ${LONGEST} characters; the history of the account keeps it.`);
      const account = await accountOf(email);
      refuseFrozen(account);
      if (!(await store.request(account.id, operator.name, why))) throw new OperatorRefused('A request for this account waits already.');
    },

    /** Agrees to what another operator asked for. Returns the code to hand to the person, shown this once, and when it is worth something. */
    async approve(email: string, operator: Operator): Promise<{ code: string; ripeAt: Date; until: Date }> {
      await prove(operator);
      const account = await accountOf(email);
      refuseFrozen(account);
      const request = await store.requestOf(account.id);
      if (!request) throw new OperatorRefused('Nothing waits for this account: another operator has to request it first.');
      if (request.operator === operator.name) throw new OperatorRefused('It needs two operators: another one than who requested it.');
      if ((await recoveries.of(account.id)).some(({ proof }) => proof === 'operators'))
        throw new OperatorRefused('A recovery by operators waits already; cancel it to begin anew.');
      const code = createBackupCode();
      const codeHash = await passwords.hash(readBackupCode(code)!);
      const { ripeAt, until } = recoveries.timesOf(hours);
      const { id } = account;
      await commit([
        store.take(request),
        recoveries.start(id, 'operators', hours, codeHash),
        audit.record({
          type: 'recovery.waiting',
          accountId: id,
          ip: '',
          browser: '',
          proof: 'operators',
          operators: [request.operator, operator.name],
          reason: request.reason,
        }),
        ...noticesTo(deps, account, `recovery-waiting/operators/${id}/${request.at.getTime()}`, {
          kind: 'recovery-waiting',
          proof: 'operators',
          until: ripeAt,
        }),
      ]);
      return { code, ripeAt, until };
    },

    /** Ends every recovery of the account that waits or is under way, and what was requested. */
    async cancel(email: string, operator: Operator): Promise<void> {
      await prove(operator);
      const account = await accountOf(email);
      const { id } = account;
      const [request, waiting] = [await store.requestOf(id), await recoveries.of(id)];
      if (!request && waiting.length === 0) throw new OperatorRefused('Nothing waits for this account.');
      await commit([
        store.withdraw(id),
        recoveries.cancel(id),
        ...(waiting.length > 0
          ? [
              audit.record({ type: 'recovery.cancelled', accountId: id, ip: '', browser: '', by: 'operators' }),
              ...noticesTo(deps, account, `recovery-cancelled/operators/${id}/${waiting[0]!.startedAt.getTime()}`, {
                kind: 'recovery-cancelled',
              }),
            ]
          : []),
      ]);
    },

    /** Requests that wait for a second operator, the oldest first. */
    async list(): Promise<readonly (OperatorRequest & { readonly email: string })[]> {
      const found = await store.requests();
      const emails = await Promise.all(found.map(async ({ accountId }) => (await accounts.find(accountId))?.email ?? ''));
      return found.map((request, index) => ({ ...request, email: emails[index]! }));
    },
  };

  async function commit(writes: Parameters<Deps['transaction']>[0]): Promise<void> {
    try {
      await transaction(writes);
    } catch (cause) {
      if (cause instanceof AlreadyUsed) throw new OperatorRefused('Somebody else was first; look at the list again.', { cause });
      throw cause;
    }
  }
}
