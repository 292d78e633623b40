/**
 * How an account comes out of use. Locked by an operator, until one unlocks it; or closed by its owner, kept for a while in case they change
 * their mind, then erased. What stays is a tombstone: the id and the day, so that the id, on which every `sub` rests, is never given to
 * anybody else. Part of the account store.
 */
import mongoose, { type Connection, type Model, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import { type AccountDocument, type AccountSeal, changeIn, UNLOCKED } from './account-document.ts';

const { trusted } = mongoose;

/** `_id`: of the account that was. Nothing else of it is known any more. */
interface Tombstone {
  _id: string;
  closedAt: Date;
  /** Until what a request under way may have written at that very moment is gone, too. */
  unswept?: true;
}

/** So long after an account was erased nothing that was under way for it runs any more. */
const STRAGGLERS_SECONDS = 3600;

export function createClosingVerbs(
  accounts: Model<AccountDocument>,
  { sealed, db, clock }: { sealed: AccountSeal; db: Connection; clock: Clock },
) {
  const schema = new Schema<Tombstone>(
    { _id: String, closedAt: { type: Date, required: true }, unswept: Boolean },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'tombstones' },
  );
  schema.index({ closedAt: 1 }, { partialFilterExpression: { unswept: true } });
  const Tombstones = db.model<Tombstone>('Tombstone', schema);
  const changeIf = changeIn(accounts);
  /** Its time is over. Where a former address has objected, or it is locked, erasing waits: closing may have been a thief's. */
  const over = () => ({
    closesAt: trusted({ $ne: null, $lte: clock() }),
    $or: [{ former: null }, { 'former.frozenAt': null }],
    ...UNLOCKED,
  });

  return {
    initTombstones: async () => {
      await Tombstones.createCollection();
      await Tombstones.createIndexes();
    },
    /** Throws AppError `page_expired` for the id of an account that was erased: it is nobody's for ever. */
    refuseErased:
      (id: string): Write =>
      async (session) => {
        if (await Tombstones.exists({ _id: id }).session(session)) throw new AppError('page_expired');
      },

    /** To be erased in so many days, unless its owner signs in and keeps it. Closing it twice moves nothing. */
    close: (id: string, days: number): Write =>
      changeIf({ _id: id }, [{ $set: { closesAt: { $ifNull: ['$closesAt', secondsFrom(clock, days * 24 * 3600)] } } }]),
    /** Keeps it after all; throws AppError `page_expired` when its time was over, which it is not while erasing waits. */
    reopen: (id: string): Write =>
      changeIf(
        {
          _id: id,
          closesAt: trusted({ $ne: null }),
          $or: [{ closesAt: trusted({ $gt: clock() }) }, { 'former.frozenAt': trusted({ $ne: null }) }],
        },
        { $set: { closesAt: null, keptAt: clock() } },
        { otherwise: 'page_expired' },
      ),

    /** Throws AppError `changed_elsewhere` when it is locked already. */
    lock: (id: string, { by, reason }: { by: string; reason: string }): Write =>
      changeIf({ _id: id }, { $set: { locked: { at: clock(), by, reason: sealed.text(id, 'locked', reason) } } }),
    /**
     * Of one that its owner has closed the days stood still: nobody could keep it. Throws AppError `changed_elsewhere` when it is not
     * locked, or not as it was at that moment.
     */
    unlock: (id: string, lockedAt: Date): Write =>
      changeIf(
        { _id: id, 'locked.at': lockedAt },
        [
          {
            $set: {
              closesAt: {
                $cond: [
                  { $eq: [{ $type: '$closesAt' }, 'date'] },
                  { $add: ['$closesAt', { $subtract: [clock(), '$locked.at'] }] },
                  '$closesAt',
                ],
              },
              locked: null,
            },
          },
        ],
        { whileLocked: true },
      ),

    /** The ids of accounts whose time is over, the oldest first. */
    due: async (most: number): Promise<readonly string[]> =>
      (await accounts.find(over(), { _id: 1 }).sort({ closesAt: 1 }).limit(most).lean()).map(({ _id }) => _id),
    /**
     * Removes it, with everything in it that was known of the person, and puts its tombstone there. Throws AppError `changed_elsewhere`
     * when its time is not over, or another process was first: then nothing of what comes with it happens.
     */
    erase:
      (id: string): Write =>
      async (session) => {
        const { deletedCount } = await accounts.deleteOne({ _id: id, ...over() }, { session });
        if (deletedCount !== 1) throw new AppError('changed_elsewhere');
        await Tombstones.insertMany([{ _id: id, closedAt: clock(), unswept: true }], { session });
      },

    /** The ids of accounts that were erased an hour ago or longer, and have not been swept after. */
    unswept: async (most: number): Promise<readonly string[]> =>
      (
        await Tombstones.find({ unswept: true, closedAt: trusted({ $lte: secondsFrom(clock, -STRAGGLERS_SECONDS) }) }, { _id: 1 })
          .sort({ closedAt: 1 })
          .limit(most)
          .lean()
      ).map(({ _id }) => _id),
    sweep:
      (id: string): Write =>
      async (session) => {
        await Tombstones.updateOne({ _id: id }, { $unset: { unswept: 1 } }, { session });
      },
  };
}
