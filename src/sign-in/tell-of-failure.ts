import type { Account } from '../accounts/account.ts';
import { noticesTo } from '../accounts/notices.ts';
import type { Deps } from '../deps.ts';
import type { Visit } from '../journey/journey.ts';

/**
 * Somebody gave the right password, and then a wrong code: perhaps only a slip, perhaps a stolen password. The owner is told, once an hour
 * at most (ASVS 6.3.5). Only who knows the password can see that the answer took a moment longer.
 */
export async function tellOfFailure(
  deps: Pick<Deps, 'attempts' | 'transaction' | 'outbox' | 'mailedLinks' | 'config' | 'clock' | 'newId'>,
  { device = '' }: Pick<Visit<unknown>, 'device'>,
  account: Account,
): Promise<void> {
  const spent = await deps.attempts.spend('notice-code-failures', account.id);
  if (!spent.ok) return;
  await deps.transaction(noticesTo(deps, account, `code-failures/${deps.newId()}`, { kind: 'code-failures', device }));
  deps.outbox.nudge();
}
