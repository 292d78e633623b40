/** The button behind a link of a notice. It acts once; stopping a recovery or a change and telling of it are one transaction. */
import { noticesTo } from '../accounts/notices.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import { noteLimit } from '../steps/note-failure.ts';
import { type Alert, type AlertPurpose, alertOf } from './alert.ts';

export interface From {
  readonly ip: string;
  readonly browser: string;
  readonly reference: string;
  readonly device: string;
}

/** Does nothing where nothing is left to do; the page says what came of it. Throws AppError `link_invalid`. */
export async function press(deps: Deps, purpose: AlertPurpose, token: string, from: From): Promise<void> {
  const alert = await alertOf(deps, purpose, token);
  const { id } = alert.account;
  const refused = (until: Date) => noteLimit(deps, from, id, { ok: false, limit: 'cancel-recovery', until });
  if (alert.until) return refused(alert.until);
  if (alert.state !== 'ready') return;
  // Without it a stolen mailbox could keep its owner from ever recovering; a link that was mailed for what waits stops nothing else.
  const counted = purpose === 'not-me';
  if (counted) {
    const spent = await deps.attempts.spend('cancel-recovery', id);
    if (!spent.ok) return refused(spent.until);
  }
  try {
    await deps.transaction([deps.mailedLinks.useOnce(token), ...doing(deps, purpose, alert, from)]);
  } catch (error) {
    if (counted) await deps.attempts.giveBack('cancel-recovery', id);
    // Somebody was faster: with this link, or with what it is about.
    if (error instanceof AlreadyUsed || (error instanceof AppError && error.code === 'changed_elsewhere')) return;
    throw error;
  }
  deps.outbox.nudge();
}

function doing(deps: Deps, purpose: AlertPurpose, { account, objector, mailedAt }: Alert, { ip, browser, device }: From): readonly Write[] {
  const { accounts, recoveries, audit } = deps;
  const by = { accountId: account.id, ip, browser, device };
  const noticeId = `alerts/${deps.newId()}`;
  if (purpose !== 'freeze-email') {
    return [
      purpose === 'cancel-recovery' ? recoveries.stop(account.id, mailedAt) : recoveries.cancel(account.id),
      audit.record({ type: 'recovery.cancelled', by: purpose, ...by }),
      ...noticesTo(deps, account, noticeId, { kind: 'recovery-cancelled', device }),
    ];
  }
  return [
    accounts.freeze(account.id, objector ?? ''),
    recoveries.cancel(account.id),
    audit.record({ type: 'email.frozen', ...by }),
    ...noticesTo(deps, account, noticeId, { kind: 'email-frozen', device }),
  ];
}
