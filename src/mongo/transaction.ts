import type { ClientSession, Connection } from 'mongoose';

/** One store operation, to be run inside a transaction. It throws to undo everything that came with it. */
export type Write = (session: ClientSession) => Promise<void>;
export type Transaction = (writes: readonly Write[]) => Promise<void>;

/**
 * Runs the writes in one majority-acknowledged transaction, one at a time (the driver allows one operation at once in a transaction).
 * A transient conflict runs all of them again, so a write must not count on running once.
 */
export const createTransaction =
  (db: Connection): Transaction =>
  async (writes) => {
    await db.withSession((session) =>
      session.withTransaction(
        async () => {
          for (const write of writes) await write(session);
        },
        { writeConcern: { w: 'majority' }, readConcern: { level: 'snapshot' } },
      ),
    );
  };
