import type { ClientSession, Connection } from 'mongoose';
import { AppError } from '../errors.ts';

/** One store operation, to be run inside a transaction. It throws to undo everything that came with it. */
export type Write = (session: ClientSession) => Promise<void>;
export type Transaction = (writes: readonly Write[]) => Promise<void>;

/** How long conflicts are tried again, and how long an outage is waited for besides (the driver alone would take two minutes). */
const TRY_AGAIN_MS = 5000;
const OUTAGE_MS = 3000;

/**
 * Runs the writes in one majority-acknowledged transaction, one at a time (the driver allows one operation at once in a transaction).
 * A transient conflict runs all of them again, so a write must not count on running once. A conflict may last: what a process was writing
 * when it was killed stays locked until MongoDB gives its transaction up, a minute later.
 *
 * Throws AppError `unavailable` when it has not come through in time. Then nothing was written, unless the database went away during the
 * very commit; whoever tries again finds out by the revision of what was to be changed.
 */
export const createTransaction =
  (db: Connection, { tryAgainMs = TRY_AGAIN_MS, outageMs = OUTAGE_MS } = {}): Transaction =>
  async (writes) => {
    const end = performance.now() + tryAgainMs;
    let conflict: unknown;
    const attempt = async (session: ClientSession) => {
      if (conflict !== undefined && performance.now() > end) throw new AppError('unavailable', { cause: conflict });
      try {
        for (const write of writes) await write(session);
      } catch (cause) {
        conflict = cause;
        throw cause;
      }
    };
    const work = db.withSession((session) =>
      session.withTransaction(() => attempt(session), { writeConcern: { w: 'majority' }, readConcern: { level: 'snapshot' } }),
    );
    await within(work, tryAgainMs + outageMs);
  };

/** What `work` comes to, or AppError `unavailable`; the work is not stopped by it. */
async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError('unavailable', { detail: `a transaction took more than ${ms} ms` })), ms);
  });
  work.catch(() => {});
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
