import type { Account } from '../accounts/account.ts';
import { filedAs, isSettling, type Side } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';

/**
 * Whether a recovery of this account may be going on, so that stopping them all stops something: one waits; one is at its pages, its
 * mailbox proven; or one was asked for, and its mailed code may still be entered. What is older than the last time that all of them were
 * ended is over. False only where surely nothing runs.
 */
export async function mayBeRecovering(
  { recoveries, journeys, audit, clock, config }: Pick<Deps, 'recoveries' | 'journeys' | 'audit' | 'clock' | 'config'>,
  { id, former }: Pick<Account, 'id' | 'former'>,
): Promise<boolean> {
  const sides: readonly Side[] = former ? ['present', 'former'] : ['present'];
  const [waiting, asked, ...moved] = await Promise.all([
    recoveries.of(id),
    audit.lastOf(id, ['recovery.requested']),
    ...sides.map((side) => journeys.movedAt(filedAs(id, side), 'recovery')),
  ]);
  if (waiting.some((one) => !isSettling(one))) return true;
  const codeDiesAt = asked && asked.getTime() + config.policy.code.emailMinutes * 60_000;
  const mailed = codeDiesAt && codeDiesAt > clock().getTime() ? [asked] : [];
  const over = await Promise.all(
    sides.flatMap((side, index) => [...mailed, moved[index] ?? []].flat().map((moment) => recoveries.cancelledSince(id, moment, side))),
  );
  return over.includes(false);
}
