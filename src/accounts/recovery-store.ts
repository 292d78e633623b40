/**
 * Recoveries that wait: what was proven once and must be proven again after a while, so that the owner has time to object. One for each
 * account and kind of proof; beginning it again does not begin its time again. Would be sharded by `accountId`.
 */
import mongoose, { type Connection, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import type { Write } from '../mongo/transaction.ts';

const { trusted } = mongoose;

/** What the waiting rests on: a method (its id), a passkey, the questions alone, or two operators. */
export type WaitingProof = `method:${string}` | 'passkey' | 'questions' | 'operators';

export interface WaitingRecovery {
  readonly proof: WaitingProof;
  readonly startedAt: Date;
  /** From then on the same proof, given again, goes on. */
  readonly ripeAt: Date;
  /** Until then; afterwards it begins anew. */
  readonly until: Date;
  readonly ripe: boolean;
  /** Of `operators`: the hash of the code that support hands to the person. */
  readonly codeHash?: string | undefined;
}

interface RecoveryDocument {
  _id: string;
  accountId: string;
  proof: string;
  startedAt: Date;
  ripeAt: Date;
  expiresAt: Date;
  codeHash?: string;
}

/** What is ripe waits so long for its owner. */
const RIPE_SECONDS = 7 * 24 * 3600;

export type RecoveryStore = ReturnType<typeof createRecoveryStore>;

export function createRecoveryStore({ db, clock }: { db: Connection; clock: Clock }) {
  const schema = new Schema<RecoveryDocument>(
    {
      _id: String,
      accountId: { type: String, required: true },
      proof: { type: String, required: true },
      startedAt: { type: Date, required: true },
      ripeAt: { type: Date, required: true },
      expiresAt: { type: Date, required: true },
      codeHash: String,
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'recoveries' },
  );
  schema.index({ accountId: 1 });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<RecoveryDocument>('Recovery', schema);
  const idOf = (accountId: string, proof: WaitingProof) => `${accountId}|${proof}`;
  const opened = ({ proof, startedAt, ripeAt, expiresAt, codeHash }: RecoveryDocument): WaitingRecovery => ({
    proof: proof as WaitingProof,
    startedAt,
    ripeAt,
    until: expiresAt,
    ripe: ripeAt <= clock(),
    codeHash,
  });

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },
    /** All that wait for this account, the one that is ripe first before others. */
    of: async (accountId: string): Promise<readonly WaitingRecovery[]> =>
      (
        await Model.find({ accountId, expiresAt: trusted({ $gt: clock() }) })
          .sort({ ripeAt: 1 })
          .lean()
      ).map(opened),
    /** Begins to wait, for so many hours. One that waits already, and is not over, stands as it is. */
    start:
      (accountId: string, proof: WaitingProof, hours: number, codeHash?: string): Write =>
      async (session) => {
        const _id = idOf(accountId, proof);
        await Model.deleteOne({ _id, expiresAt: trusted({ $lte: clock() }) }, { session });
        await Model.updateOne(
          { _id },
          {
            $setOnInsert: {
              accountId,
              proof,
              startedAt: clock(),
              ripeAt: secondsFrom(clock, hours * 3600),
              expiresAt: secondsFrom(clock, hours * 3600 + RIPE_SECONDS),
              ...(codeHash !== undefined && { codeHash }),
            },
          },
          { session, upsert: true },
        );
      },
    /** Ends all that wait for this account: the owner objected, or got in. */
    cancel:
      (accountId: string): Write =>
      async (session) => {
        await Model.deleteMany({ accountId }, { session });
      },
  };
}
