/**
 * What support may do for somebody who has nothing left to prove themselves with: two different operators, a recorded reason, the same
 * notices and the same waiting as for everybody. What comes of it is a code that is worth something only beside the mailed one; it is
 * always the same account. Of an account whose change of address was stopped it settles for whom it is, and then nobody but operators takes
 * it back: both sides may be able to sign in, and both read a mailbox.
 */
import type { Account } from '../../accounts/account.ts';
import { type EmailAddress, maskEmail, parseEmailAddress } from '../../accounts/email-address.ts';
import { type Notice, noticesTo } from '../../accounts/notices.ts';
import { isSettling } from '../../accounts/recovery-store.ts';
import type { Deps } from '../../deps.ts';
import { createBackupCode, readBackupCode } from '../../second-factor/backup-code.ts';
import { AlreadyUsed } from '../../second-factor/code-store.ts';
import { supportSecret } from '../support-code.ts';
import { type Operator, OperatorRefused, prove, readReason } from './operator.ts';
import type { OperatorRequest, OperatorStore, OperatorsProof } from './operator-store.ts';

/** The code to hand to the person, shown this once, and from when until when it is worth something. */
export interface Approval {
  readonly code: string;
  readonly about: OperatorsProof;
  readonly ripeAt: Date;
  readonly until: Date;
}

type Means = Pick<
  Deps,
  'accounts' | 'recoveries' | 'attempts' | 'passwords' | 'audit' | 'outbox' | 'mailedLinks' | 'config' | 'clock' | 'transaction'
>;

const NAME = /^[a-z0-9][a-z0-9.-]{1,39}$/;
const SHORTEST_PASSPHRASE = 15;
const LONGEST_PASSPHRASE = 500;

export function createOperators(deps: Means, store: OperatorStore) {
  const { accounts, recoveries, passwords, audit, config, transaction } = deps;
  const hours = config.policy.recovery.coolingOffHours;

  /** The account that has this address, or had it before a change that was stopped; and what can be done for whoever has it. */
  async function found(email: string): Promise<{ account: Account; about: OperatorsProof; address: EmailAddress }> {
    const address = parseEmailAddress(email);
    const present = address && (await accounts.findByEmail(address.canonical));
    if (present) return { account: present, address, about: present.former?.frozenAt ? 'settle:present' : 'operators' };
    const account = address && (await accounts.findByFormerEmail(address.canonical));
    if (!account) throw new OperatorRefused('No account has this address.');
    if (!account.former?.frozenAt)
      throw new OperatorRefused('An account had this address. Its owner first has to stop the change, by the link in the mail about it.');
    return { account, address, about: 'settle:former' };
  }

  function refuseLocked({ locked }: Account): void {
    if (locked) throw new OperatorRefused('The account is locked, so nothing recovers it; unlock it first: npm run accounts -- unlock');
  }

  return {
    /** Whoever can run this can read the database; the passphrase tells the two operators of a recovery apart. */
    async add({ name, passphrase }: Operator): Promise<void> {
      if (!NAME.test(name)) throw new OperatorRefused('A name has 2 to 40 lower-case letters, digits, dots and hyphens.');
      if ([...passphrase].length < SHORTEST_PASSPHRASE || passphrase.length > LONGEST_PASSPHRASE)
        throw new OperatorRefused(`A passphrase has ${SHORTEST_PASSPHRASE} to ${LONGEST_PASSPHRASE} characters.`);
      if (!(await store.add(name, await passwords.hash(passphrase)))) throw new OperatorRefused('There is an operator of this name.');
    },
    async remove(name: string): Promise<void> {
      if (!(await store.remove(name))) throw new OperatorRefused('There is no operator of this name.');
    },
    names: store.names,

    /** Asks for a recovery; nothing begins before another operator agrees. */
    async request(email: string, operator: Operator, reason: string): Promise<void> {
      await prove(deps, store, operator);
      const why = readReason(reason);
      const { account, about, address } = await found(email);
      refuseLocked(account);
      if (!(await store.request({ accountId: account.id, operator: operator.name, about, email: address.address, reason: why })))
        throw new OperatorRefused('A request for this account waits already.');
    },

    /** Agrees to what another operator asked for. */
    async approve(email: string, operator: Operator): Promise<Approval> {
      await prove(deps, store, operator);
      const { account, about, address } = await found(email);
      refuseLocked(account);
      const request = await store.requestOf(account.id);
      if (!request) throw new OperatorRefused('Nothing waits for this account: another operator has to request it first.');
      if (request.about !== about || parseEmailAddress(request.email)?.canonical !== address.canonical)
        throw new OperatorRefused(
          'What was requested is for the other address, or from before the change was stopped; cancel it to begin anew.',
        );
      if (request.operator === operator.name) throw new OperatorRefused('It needs two operators: another one than who requested it.');
      if ((await recoveries.of(account.id)).some((one) => one.proof === 'operators' || isSettling(one)))
        throw new OperatorRefused('A recovery by operators waits already; cancel it to begin anew.');
      const code = createBackupCode();
      const codeHash = await passwords.hash(supportSecret(readBackupCode(code)!, about, address.canonical));
      const { ripeAt, until } = recoveries.timesOf(hours);
      const { id } = account;
      await commit([
        store.take(request),
        recoveries.start(id, about, hours, codeHash),
        audit.record({
          type: 'recovery.waiting',
          accountId: id,
          ip: '',
          browser: '',
          proof: 'operators',
          operators: [request.operator, operator.name],
          reason: request.reason,
        }),
        ...noticesTo(deps, account, `recovery-waiting/operators/${id}/${request.at.getTime()}`, noticeOf(address, about, ripeAt)),
      ]);
      return { code, about, ripeAt, until };
    },

    /** Ends every recovery of the account that waits or is under way, and what was requested. */
    async cancel(email: string, operator: Operator): Promise<void> {
      await prove(deps, store, operator);
      const { account } = await found(email);
      const { id } = account;
      const [request, waiting] = [await store.requestOf(id), await recoveries.of(id)];
      if (!request && waiting.length === 0) throw new OperatorRefused('Nothing waits for this account.');
      await commit([
        store.withdraw(id),
        recoveries.cancel(id),
        recoveries.endSettling(id),
        ...(waiting.length > 0
          ? [
              audit.record({ type: 'recovery.cancelled', accountId: id, ip: '', browser: '', by: 'operators' }),
              ...noticesTo(deps, account, `recovery-cancelled/operators/${id}/${waiting[0]!.startedAt.getTime()}`, {
                kind: 'recovery-cancelled',
                by: 'operators',
              }),
            ]
          : []),
      ]);
    },

    /** Requests that wait for a second operator, the oldest first. */
    list: (): Promise<readonly OperatorRequest[]> => store.requests(),
  };

  /** A settling has no link that stops it: it would serve whichever side is in the wrong. */
  function noticeOf({ address }: EmailAddress, about: OperatorsProof, until: Date): Notice {
    if (about === 'operators') return { kind: 'recovery-waiting', proof: about, until };
    return { kind: 'email-settling', addressMasked: maskEmail(address), until };
  }

  async function commit(writes: Parameters<Deps['transaction']>[0]): Promise<void> {
    try {
      await transaction(writes);
    } catch (cause) {
      if (cause instanceof AlreadyUsed) throw new OperatorRefused('Somebody else was first; look at the list again.', { cause });
      throw cause;
    }
  }
}
