import type { ClientSession, Connection } from 'mongoose';
import { AppError } from '../errors.ts';

/** One store operation, to be run inside a transaction. It throws to undo everything that came with it. */
export type Write = (session: ClientSession) => Promise<void>;
export type Transaction = (writes: readonly Write[]) => Promise<void>;

/** How long conflicts are tried again, and how long an outage is waited for besides (the driver alone would take two minutes). */
const TRY_AGAIN_MS = 5000;
const OUTAGE_MS = 3000;

/** What the transactions that run now have to do when they have come through. */
const afterwards = new WeakMap<ClientSession, (() => void)[]>();

/**
 * For what a write does outside of the database, such as counting: `work` runs once, when the transaction of this session has been
 * committed; never where it was not, however often the write ran. It must not throw. Lost when the process dies in that moment.
 */
export function afterCommit(session: ClientSession, work: () => void): void {
  const waiting = afterwards.get(session);
  if (!waiting) throw new Error('not a session of a transaction that createTransaction runs');
  waiting.push(work);
}

/**
 * Runs the writes in one majority-acknowledged transaction, one at a time (the driver allows no more). A transient conflict runs all of
 * them again, so a write must not count on running once (`afterCommit`). A conflict may last: what a process was writing when it was
 * killed stays locked until MongoDB gives its transaction up, a minute later.
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
      afterwards.set(session, []);
      try {
        for (const write of writes) await write(session);
      } catch (cause) {
        conflict = cause;
        throw cause;
      }
    };
    const work = db.withSession(async (session) => {
      await session.withTransaction(() => attempt(session), { writeConcern: { w: 'majority' }, readConcern: { level: 'snapshot' } });
      for (const each of afterwards.get(session) ?? []) each();
    });
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
