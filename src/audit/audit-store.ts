/**
 * The history of security events: a change is written in the same transaction as what it tells of, a failure by itself. Kept for two
 * years. Would be sharded by `accountId`.
 */
import mongoose, { type Connection, Schema } from 'mongoose';
import type { Logger } from 'pino';
import { type Clock, secondsFrom } from '../clock.ts';
import { randomToken } from '../crypto/random.ts';
import type { Seal } from '../crypto/seal.ts';
import { afterCommit, type Write } from '../mongo/transaction.ts';
import type { AuditEvent, NotedEvent } from './events.ts';

const { trusted } = mongoose;
const KEPT_SECONDS = 2 * 365 * 24 * 3600;
/** MongoDB's code for an `_id` that is there already. */
const DUPLICATE = 11_000;

type Whoever<Event> = Event extends AuditEvent ? Omit<Event, 'accountId'> : never;

interface AuditDocument {
  _id: string;
  accountId: string;
  at: Date;
  event: Whoever<AuditEvent>;
  /** Sealed: why operators began a recovery. People write down what they were told. */
  reason?: string;
  expiresAt: Date;
}

/** One event as its owner may see it. */
export type HistoryEvent = { readonly at: Date } & Whoever<AuditEvent>;

/** Some events, the newest first, and the cursors of the pages around them, where there are any. */
export interface HistoryPage {
  readonly events: readonly HistoryEvent[];
  readonly newer?: string;
  readonly older?: string;
}

/** The place of an event in its history, fit for an address. What was recorded in one moment is told apart by the id. */
const cursorOf = ({ at, _id }: Pick<AuditDocument, 'at' | '_id'>) => Buffer.from(JSON.stringify([at.getTime(), _id])).toString('base64url');
function placeOf(cursor: string | undefined): { readonly at: Date; readonly _id: string } | undefined {
  try {
    const [time, _id] = JSON.parse(Buffer.from(cursor ?? '', 'base64url').toString());
    const at = new Date(time);
    return typeof time === 'number' && typeof _id === 'string' && !Number.isNaN(at.getTime()) ? { at, _id } : undefined;
  } catch {
    return undefined;
  }
}

export type AuditLog = ReturnType<typeof createAuditLog>;

/** `recorded` is told of each event once, when it is saved, e.g. to count it; `log` has a line for each that is noted. */
export function createAuditLog({
  db,
  clock,
  seal,
  log,
  recorded = () => {},
}: {
  db: Connection;
  clock: Clock;
  seal: Seal;
  log: Pick<Logger, 'info' | 'error'>;
  recorded?: (event: AuditEvent) => void;
}) {
  const schema = new Schema<AuditDocument>(
    {
      _id: String,
      accountId: { type: String, required: true },
      at: { type: Date, required: true },
      event: { type: Schema.Types.Mixed as never, required: true },
      reason: String,
      expiresAt: { type: Date, required: true },
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'audit_events' },
  );
  schema.index({ accountId: 1, at: -1, _id: -1 });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<AuditDocument>('AuditEvent', schema);
  const placeOfReason = (id: string) => `audit_events/${id}/reason`;
  const documentOf = ({ accountId, ...whole }: AuditEvent, id = randomToken(16)): AuditDocument => {
    const { reason, ...event } = whole as Whoever<AuditEvent> & { reason?: string };
    const sealed = reason !== undefined && { reason: seal.seal(reason, placeOfReason(id)) };
    return { _id: id, accountId, at: clock(), event, ...sealed, expiresAt: secondsFrom(clock, KEPT_SECONDS) };
  };
  const shown = ({ _id, at, event, reason }: AuditDocument): HistoryEvent => ({
    at,
    ...event,
    ...(reason !== undefined && { reason: seal.open(reason, placeOfReason(_id)) }),
  });
  const beside = (side: '$lt' | '$gt', { at, _id }: { at: Date; _id: string }) => ({
    $or: [{ at: trusted({ [side]: at }) }, { at, _id: trusted({ [side]: _id }) }],
  });
  const underWay = new Set<Promise<void>>();

  async function write(event: AuditEvent): Promise<void> {
    const id = event.type === 'limit.reached' ? `${event.accountId}|${event.limit}|${event.until.toISOString()}` : undefined;
    try {
      await Model.collection.insertOne(documentOf(event, id) as never);
      recorded(event);
    } catch (err) {
      if ((err as { code?: unknown }).code !== DUPLICATE) log.error({ err, type: event.type }, 'an audit event was not written');
    }
  }

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },
    record: (whole: AuditEvent): Write => {
      const document = documentOf(whole);
      return async (session) => {
        await Model.insertMany([document], { session });
        afterCommit(session, () => recorded(whole));
      };
    },
    /**
     * One line in the log, under the request's `reference`; and, where the account is known, an event in its history. That is written
     * without waiting: the answer to a wrong password must not come later for an address that somebody has (ASVS 6.3.8). Should the
     * process die in that moment, the line is there. Never throws.
     */
    note(noted: NotedEvent, reference?: string): void {
      const { browser, ...said } = noted;
      log.info({ ...said, reference }, 'security event');
      const { accountId } = noted;
      if (accountId === undefined) return;
      const writing: Promise<void> = write({ ...noted, accountId }).finally(() => underWay.delete(writing));
      underWay.add(writing);
    },
    /** Forgets all of an account that is erased. */
    forget:
      (accountId: string): Write =>
      async (session) => {
        await Model.deleteMany({ accountId }, { session });
      },
    /** When all that was noted is written. */
    settled: async () => void (await Promise.all(underWay)),
    /** Newest first. */
    of: async (accountId: string, most = 50) => (await Model.find({ accountId }).sort({ at: -1, _id: -1 }).limit(most).lean()).map(shown),
    /** When one of these types was recorded last; undefined where none ever was. */
    lastOf: async (accountId: string, types: readonly AuditEvent['type'][]): Promise<Date | undefined> =>
      (
        await Model.findOne({ accountId, 'event.type': trusted({ $in: [...types] }) } as never, { at: 1 })
          .sort({ at: -1 })
          .lean()
      )?.at,
    /** Whether an event of this type says that, such as `{ client }`. */
    has: async (accountId: string, type: AuditEvent['type'], said: Readonly<Record<string, string>>): Promise<boolean> =>
      (await Model.exists({
        accountId,
        'event.type': type,
        ...Object.fromEntries(Object.entries(said).map(([field, value]) => [`event.${field}`, value])),
      } as never)) !== null,
    /**
     * A page of at most so many events: the newest, or those next to the event that a cursor stands for. A cursor that is none counts as
     * left out, so whoever made it up sees the first page.
     */
    async page(accountId: string, { older, newer, most }: { older?: string; newer?: string; most: number }): Promise<HistoryPage> {
      const [before, after] = [placeOf(older), placeOf(newer)];
      if (before) {
        const found = await Model.find({ accountId, ...beside('$lt', before) })
          .sort({ at: -1, _id: -1 })
          .limit(most + 1)
          .lean();
        return pageOf(found.slice(0, most), { newer: found.length > 0, older: found.length > most });
      }
      if (after) {
        const found = await Model.find({ accountId, ...beside('$gt', after) })
          .sort({ at: 1, _id: 1 })
          .limit(most + 1)
          .lean();
        // The newest page is a whole one, whatever came to it meanwhile.
        if (found.length > most) return pageOf(found.slice(0, most).reverse(), { newer: true, older: true });
      }
      const found = await Model.find({ accountId })
        .sort({ at: -1, _id: -1 })
        .limit(most + 1)
        .lean();
      return pageOf(found.slice(0, most), { newer: false, older: found.length > most });
    },
  };

  function pageOf(found: readonly AuditDocument[], more: { newer: boolean; older: boolean }): HistoryPage {
    const [first, last] = [found[0], found.at(-1)];
    return {
      events: found.map(shown),
      ...(more.newer && first && { newer: cursorOf(first) }),
      ...(more.older && last && { older: cursorOf(last) }),
    };
  }
}
