/** How an account ends: closed by its owner, kept for a while in case they change their mind, then erased but for its id. */
import mongoose, { type Model } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import type { AccountDocument } from './account-document.ts';

const { trusted } = mongoose;

export function createClosingVerbs(accounts: Model<AccountDocument>, clock: Clock) {
  return {
    /** To be erased in so many days, unless its owner signs in and keeps it. Closing it twice moves nothing. */
    close:
      (id: string, days: number): Write =>
      async (session) => {
        await accounts.updateOne({ _id: id, closesAt: null }, { $set: { closesAt: secondsFrom(clock, days * 24 * 3600) } }, { session });
      },
    /** Keeps it after all; throws AppError `page_expired` when its time was over. */
    reopen:
      (id: string): Write =>
      async (session) => {
        const kept = await accounts.updateOne({ _id: id, closesAt: trusted({ $gt: clock() }) }, { $set: { closesAt: null } }, { session });
        if (kept.matchedCount !== 1) throw new AppError('page_expired');
      },
    /** The ids of accounts whose time is over, the oldest first. */
    due: async (most: number): Promise<readonly string[]> =>
      (
        await accounts
          .find({ closesAt: trusted({ $ne: null, $lte: clock() }) }, { _id: 1 })
          .sort({ closesAt: 1 })
          .limit(most)
          .lean()
      ).map(({ _id }) => _id),
    /** Removes it, if its time is over: everything that was known of the person. */
    erase:
      (id: string): Write =>
      async (session) => {
        await accounts.deleteOne({ _id: id, closesAt: trusted({ $ne: null, $lte: clock() }) }, { session });
      },
  };
}
