/** The history of security events, written in the same transaction as what it tells of. Kept for two years. Would be sharded by `accountId`. */
import { type Connection, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { randomToken } from '../crypto/random.ts';
import type { Write } from '../mongo/transaction.ts';
import type { AuditEvent } from './events.ts';

const KEPT_SECONDS = 2 * 365 * 24 * 3600;

interface AuditDocument {
  _id: string;
  accountId: string;
  at: Date;
  event: Omit<AuditEvent, 'accountId'>;
  expiresAt: Date;
}

export type AuditLog = ReturnType<typeof createAuditLog>;

/** `recorded` is told of each event, e.g. to count it. */
export function createAuditLog({
  db,
  clock,
  recorded = () => {},
}: {
  db: Connection;
  clock: Clock;
  recorded?: (event: AuditEvent) => void;
}) {
  const schema = new Schema<AuditDocument>(
    {
      _id: String,
      accountId: { type: String, required: true },
      at: { type: Date, required: true },
      event: { type: Schema.Types.Mixed as never, required: true },
      expiresAt: { type: Date, required: true },
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'audit_events' },
  );
  schema.index({ accountId: 1, at: -1 });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<AuditDocument>('AuditEvent', schema);

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },
    record: (whole: AuditEvent): Write => {
      const { accountId, ...event } = whole;
      const document: AuditDocument = { _id: randomToken(16), accountId, at: clock(), event, expiresAt: secondsFrom(clock, KEPT_SECONDS) };
      return async (session) => {
        await Model.insertMany([document], { session });
        recorded(whole);
      };
    },
    /** Newest first. */
    of: async (accountId: string, most = 50) =>
      (await Model.find({ accountId }).sort({ at: -1 }).limit(most).lean()).map(({ at, event }) => ({ at, ...event })),
  };
}
