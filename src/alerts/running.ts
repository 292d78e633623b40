import { isSettling } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';

/**
 * Whether a recovery of this account may be going on, so that stopping them all stops something: one waits; one is at its pages, its
 * mailbox proven; or one was asked for, and its mailed code may still be entered. What is older than the last time that all of them were
 * ended is over. False only where surely nothing runs.
 */
export async function mayBeRecovering(
  { recoveries, journeys, audit, clock, config }: Pick<Deps, 'recoveries' | 'journeys' | 'audit' | 'clock' | 'config'>,
  accountId: string,
): Promise<boolean> {
  const [waiting, moved, asked] = await Promise.all([
    recoveries.of(accountId),
    journeys.movedAt(accountId, 'recovery'),
    audit.lastOf(accountId, ['recovery.requested']),
  ]);
  if (waiting.some((one) => !isSettling(one))) return true;
  const codeDiesAt = asked && asked.getTime() + config.policy.code.emailMinutes * 60_000;
  const begun = [moved, codeDiesAt && codeDiesAt > clock().getTime() ? asked : undefined].flatMap((moment) => moment ?? []);
  const over = await Promise.all(begun.map((moment) => recoveries.cancelledSince(accountId, moment)));
  return over.includes(false);
}
