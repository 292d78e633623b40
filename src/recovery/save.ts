/** The end of a recovery: the new password, and everything that ends with the old one, in one transaction. */
import type { DeliveryMethod } from '../accounts/account.ts';
import { parseEmailAddress } from '../accounts/email-address.ts';
import { noticesTo } from '../accounts/notices.ts';
import { sideOf } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Visit } from '../journey/journey.ts';
import type { Write } from '../mongo/transaction.ts';
import { type Hold, type Known, provableIn, stillWanted } from './proven.ts';

interface Saved {
  readonly passwordHash: string;
  /** What the recovery rested on, where that had to wait. */
  readonly hold?: Hold | undefined;
  /** Takes the place of all methods, where nothing of them was left. */
  readonly method?: DeliveryMethod | undefined;
}

/** Throws AppError `recovery_cancelled` if its owner has stopped it, `changed_elsewhere` if the account was changed at this moment. */
export async function saveRecovery(
  deps: Deps,
  visit: Visit<Known>,
  { passwordHash, hold, method }: Saved,
): Promise<{ writes: readonly Write[]; after: () => Promise<void> }> {
  await stillWanted(deps, visit);
  const { accounts, recoveries, journeys, sessions, audit, clock } = deps;
  const { answers, journeyId, ip, browser, device } = visit;
  const mailbox = answers['recovery-code'];
  const { account, owner: afterwards } = await provableIn(deps, visit);
  const { id, former } = account;
  const who = { accountId: id, ip, browser, device };
  const told = { at: clock(), device };
  const restored = mailbox.former ? parseEmailAddress(afterwards.email) : undefined;
  const confirmed = !mailbox.former && former?.frozenAt ? parseEmailAddress(former.email) : undefined;
  // A former address has stopped this meanwhile.
  if (confirmed && hold?.proof !== 'settle:present') throw new AppError('recovery_cancelled');
  const ending = await sessions.endAll(id);
  // The address for notices goes, too, where the account is taken back: it may be a thief's.
  const owner = restored ? { ...afterwards, noticeEmail: null } : afterwards;
  const notices = (what: string, notice: Parameters<typeof noticesTo>[3], to = owner) =>
    noticesTo(deps, to, `${what}/${journeyId}`, notice);
  return {
    writes: [
      recoveries.finish(id, { since: new Date(mailbox.at), waited: hold?.proof, side: sideOf(mailbox) }),
      ...(restored
        ? [
            accounts.restoreEmail(id, restored),
            audit.record({ type: 'email.restored', ...who }),
            ...notices('email-restored', { kind: 'email-restored', ...told }, account),
          ]
        : []),
      ...(confirmed
        ? [
            accounts.confirmEmail(id, confirmed),
            audit.record({ type: 'email.settled', ...who }),
            ...notices('email-settled', { kind: 'email-settled', ...told }),
          ]
        : []),
      accounts.setPassword(id, { from: account.passwordHash, to: passwordHash }),
      ...(method
        ? [
            accounts.replaceMethods(id, method),
            audit.record({ type: 'method.added', method: method.method, ...who }),
            ...notices('method-added', { kind: 'security-change', what: 'method-added', ...told }),
          ]
        : []),
      ...ending.writes,
      journeys.endOthers(id, journeyId),
      audit.record({ type: 'password.changed', how: 'recovered', ...who }),
      ...notices('password-changed', { kind: 'password-changed', how: 'recovered', ...told }),
    ],
    after: ending.after,
  };
}
