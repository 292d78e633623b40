/** Telling the history of an account, and the log, of what did not succeed. */
import type { Method } from '../accounts/account.ts';
import type { Spent } from '../attempts/attempts.ts';
import type { Deps } from '../deps.ts';
import type { Visit } from '../journey/journey.ts';

type Audit = Pick<Deps, 'audit'>;
type From = Pick<Visit<unknown>, 'ip' | 'browser' | 'device' | 'reference'>;
type Refused = Extract<Spent, { ok: false }>;

/** `accountId` is undefined while there is no account. */
export function noteWrongCode(
  { audit }: Audit,
  { ip, browser, device, reference }: From,
  accountId: string | undefined,
  method: Method | 'backup-code',
): void {
  audit.note({ type: 'code.failed', accountId, ip, browser, device, method }, reference);
}

/** Alike, for a limit that shut. */
export function noteLimit(
  { audit }: Audit,
  { ip, browser, device, reference }: From,
  accountId: string | undefined,
  refused: Refused,
): void {
  audit.note({ type: 'limit.reached', accountId, ip, browser, device, limit: refused.limit, until: refused.until }, reference);
}
