/**
 * The counters of all limits, one document for each limit and key. Whether one more is allowed is decided inside the database by the
 * very update that counts it: forty requests that arrive together are told apart there and nowhere else. When the database is down
 * everything here throws, so nothing passes uncounted.
 */
import mongoose from 'mongoose';
import { isDuplicateKey } from '../mongo/duplicate-key.ts';
import type { Write } from '../mongo/transaction.ts';
import type { GrowingLimit, Limit, RowLimit, WindowLimit } from './limits.ts';

/** `until`: when the next one would pass, where this one is refused. */
export type Decision = { readonly ok: true } | { readonly ok: false; readonly until: Date };

interface AttemptDocument {
  _id: string;
  /** Digest of whom it counts. Absent where that is a network. */
  whose?: string;
  /** Of a window: when each unit was spent, oldest first. */
  times?: Date[];
  /** Of a row: how many one after the other, and when the last was. */
  count?: number;
  last?: Date;
  ok: boolean;
  until?: Date | null;
  /** When it no longer matters. Absent: never, only forgiveness ends it. */
  expiresAt?: Date;
}

/** The end of a refusal that only forgiveness ends. */
export const FOR_GOOD = new Date('9999-12-31T23:59:59Z');

type Expression = object | string | number | null | Date;
const plus = (date: Expression, seconds: Expression): Expression => ({ $add: [date, { $multiply: [seconds, 1000] }] });
const latest = (...dates: Expression[]): Expression => ({ $max: dates });

/** An update pipeline in two parts: what is decided (`ok`, `until`), and how it is counted if it is allowed. `left` is for `peek`. */
interface Rule {
  readonly decide: readonly object[];
  readonly count: readonly object[];
  readonly left: Expression;
}

function windowRule(limit: WindowLimit, now: Date): Rule {
  const { units, seconds, apartSeconds = 0, thenEverySeconds } = limit;
  const since = new Date(now.getTime() - seconds * 1000);
  const size = { $size: '$times' };
  const last = { $last: '$times' };
  // The unit that has to leave the window before there is room again.
  const blocking = { $arrayElemAt: ['$times', { $subtract: [size, units] }] };
  const room = thenEverySeconds ? plus(last, thenEverySeconds) : plus(blocking, seconds);
  const until = latest({ $cond: [{ $gte: [size, units] }, room, null] }, apartSeconds ? plus(last, apartSeconds) : null);
  return {
    decide: [
      { $set: { times: { $filter: { input: { $ifNull: ['$times', []] }, cond: { $gt: ['$$this', since] } } } } },
      { $set: { until } },
      isOver(now),
    ],
    count: [
      { $set: { times: { $cond: ['$ok', { $concatArrays: ['$times', [now]] }, '$times'] } } },
      { $set: { expiresAt: plus({ $max: '$times' }, seconds) } },
    ],
    left: { $subtract: [units, size] },
  };
}

/** Rows and growing limits: both count one after the other, and differ in how long they refuse after the last. */
function rowRule(limit: RowLimit | GrowingLimit, now: Date): Rule {
  const { units, forgetSeconds } = limit;
  const growing = 'firstSeconds' in limit;
  const full = { [growing ? '$gt' : '$gte']: ['$count', units] };
  const doublings = growing ? { $min: [30, { $subtract: ['$count', units + 1] }] } : 0;
  const wait = growing
    ? { $min: [limit.longestSeconds, { $multiply: [limit.firstSeconds, { $pow: [2, doublings] }] }] }
    : limit.pauseSeconds;
  const end = wait ? plus('$last', wait) : FOR_GOOD;
  // A full row ends with its pause; a growing one is forgotten like one that is not full.
  const forgotten = { $lte: [growing ? plus('$last', forgetSeconds) : { $cond: [full, end, plus('$last', forgetSeconds)] }, now] };
  return {
    decide: [
      { $set: { count: { $ifNull: ['$count', 0] }, last: { $ifNull: ['$last', now] } } },
      { $set: { count: { $cond: [forgotten, 0, '$count'] } } },
      { $set: { until: { $cond: [full, end, null] } } },
      isOver(now),
    ],
    count: [
      { $set: { count: { $cond: ['$ok', { $add: ['$count', 1] }, '$count'] }, last: { $cond: ['$ok', now, '$last'] } } },
      // What only forgiveness ends must not be lost to the clean-up.
      { $set: { expiresAt: wait ? plus('$last', forgetSeconds) : { $cond: [full, '$$REMOVE', plus('$last', forgetSeconds)] } } },
    ],
    left: { $subtract: [units, '$count'] },
  };
}

/** Nothing stands against it, or what did is over. */
const isOver = (now: Date): object => ({ $set: { ok: { $lte: [{ $ifNull: ['$until', now] }, now] } } });

const ruleOf = (limit: Limit, now: Date): Rule => ('seconds' in limit ? windowRule(limit, now) : rowRule(limit, now));
const decisionOf = ({ ok, until }: Pick<AttemptDocument, 'ok' | 'until'>): Decision => (ok || !until ? { ok: true } : { ok: false, until });

export type AttemptStore = ReturnType<typeof createAttemptStore>;

/** `id`: a digest of limit and key, `whose` one of whom it counts; they say nothing about the person. Sharded, it would be by `_id`. */
export function createAttemptStore(db: mongoose.Connection) {
  const schema = new mongoose.Schema<AttemptDocument>(
    {
      _id: String,
      whose: String,
      times: { type: [Date], default: undefined },
      count: Number,
      last: Date,
      ok: Boolean,
      until: Date,
      expiresAt: Date,
    },
    { collection: 'attempts', minimize: false, versionKey: false, autoIndex: false },
  );
  schema.index({ whose: 1 }, { partialFilterExpression: { whose: { $exists: true } } });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Attempt = db.model<AttemptDocument>('Attempt', schema);

  const count = (id: string, { decide, count: add }: Rule, whose: string | undefined) =>
    Attempt.findOneAndUpdate(
      { _id: id },
      [...decide, ...add, ...(whose === undefined ? [] : [{ $set: { whose } }])] as mongoose.PipelineStage[] as never,
      {
        updatePipeline: true,
        upsert: true,
        returnDocument: 'after',
        // The times may be thousands.
        projection: { ok: 1, until: 1 },
      },
    ).lean();

  return {
    async init(): Promise<void> {
      await Attempt.createCollection();
      await Attempt.createIndexes();
    },

    /** Decides and counts in one atomic update. A refused one is not counted. */
    async spend(id: string, limit: Limit, now: Date, whose?: string): Promise<Decision> {
      const rule = ruleOf(limit, now);
      // Two first ones at once: one inserts, the other finds its document when it tries again.
      const counted = await count(id, rule, whose).catch((error) =>
        isDuplicateKey(error) ? count(id, rule, whose) : Promise.reject(error),
      );
      return decisionOf(counted as AttemptDocument);
    },

    /** What `spend` would decide, counting nothing; `left`: how many more of the units there are. */
    async peek(id: string, limit: Limit, now: Date): Promise<{ left: number; until?: Date }> {
      const { decide, left } = ruleOf(limit, now);
      const [found] = await Attempt.aggregate<AttemptDocument & { left: number }>([
        { $match: { _id: id } },
        ...(decide as mongoose.PipelineStage[]),
        { $set: { left: { $max: [0, left] } } },
      ]);
      if (!found) return { left: limit.units };
      const decision = decisionOf(found);
      return decision.ok ? { left: found.left } : { left: 0, until: decision.until };
    },

    /** Takes the latest unit back. */
    async giveBack(id: string, limit: Limit): Promise<void> {
      const less =
        'seconds' in limit
          ? {
              times: {
                $let: {
                  vars: { rest: { $subtract: [{ $size: { $ifNull: ['$times', []] } }, 1] } },
                  in: { $cond: [{ $gt: ['$$rest', 0] }, { $slice: ['$times', '$$rest'] }, []] },
                },
              },
            }
          : { count: { $max: [0, { $subtract: ['$count', 1] }] } };
      await Attempt.updateOne({ _id: id }, [{ $set: less }], { updatePipeline: true });
    },

    async forgive(id: string): Promise<void> {
      await Attempt.deleteOne({ _id: id });
    },

    /** Everything that was counted of somebody. */
    forget:
      (whose: string): Write =>
      async (session) => {
        await Attempt.deleteMany({ whose }, { session });
      },
  };
}
