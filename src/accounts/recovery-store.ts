/**
 * Recoveries that wait: what was proven once and must be proven again after a while, so that the owner has time to object. One for each
 * account and kind of proof; beginning it again does not begin its time again. Recoveries that do not wait are journeys; when all of an
 * account end, a mark says since when, and what was proven before it leads nowhere. Would be sharded by `accountId`.
 */
import mongoose, { type Connection, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';

const { trusted } = mongoose;

/**
 * What the waiting rests on: a method (its id), a passkey, the questions alone, or two operators. Of a frozen account: that two operators
 * settle for whom it is, the former address or the present one.
 */
export type WaitingProof = `method:${string}` | 'passkey' | 'questions' | 'operators' | Settling;
export type Settling = 'settle:former' | 'settle:present';

const SETTLING: readonly string[] = ['settle:former', 'settle:present'] satisfies Settling[];

/** Whether two operators settle a frozen account by it: neither signing in nor a link stops that, for both sides can do these. */
export const isSettling = ({ proof }: { proof: string }): boolean => SETTLING.includes(proof);

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

/** Whose recovery it is: of whoever reads the account's own mailbox, or one that it was moved from. */
export type Side = 'present' | 'former';
export const sideOf = ({ former }: { readonly former: boolean }): Side => (former ? 'former' : 'present');
/** By what the journeys of a side are filed: whoever is signed in ends those of the present side alone. */
export const filedAs = (accountId: string, side: Side): string => (side === 'former' ? `${accountId}|former` : accountId);

/** The marks that say since when the recoveries of a side are ended. */
const MARKS = { present: 'ended', former: 'ended:former' } as const satisfies Record<Side, string>;
const BOTH: readonly Side[] = ['present', 'former'];
const NO_LINES: readonly string[] = Object.values(MARKS);

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
/** For so long it is known that all recoveries were ended: longer than one may take, and than the link that stops it works. */
const ENDED_SECONDS = 60 * 24 * 3600;

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
  const idOf = (accountId: string, proof: WaitingProof | (typeof MARKS)[Side]) => `${accountId}|${proof}`;
  const opened = ({ proof, startedAt, ripeAt, expiresAt, codeHash }: RecoveryDocument): WaitingRecovery => ({
    proof: proof as WaitingProof,
    startedAt,
    ripeAt,
    until: expiresAt,
    ripe: ripeAt <= clock(),
    codeHash,
  });

  const end =
    (accountId: string, sides: readonly Side[]): Write =>
    async (session) => {
      await Model.deleteMany({ accountId, proof: trusted({ $nin: [...NO_LINES, ...SETTLING] }) }, { session });
      for (const proof of sides.map((side) => MARKS[side])) {
        const mark = { accountId, proof, startedAt: clock(), ripeAt: clock(), expiresAt: secondsFrom(clock, ENDED_SECONDS) };
        await Model.updateOne({ _id: idOf(accountId, proof) }, { $set: mark }, { session, upsert: true });
      }
    };

  const endSettling =
    (accountId: string): Write =>
    async (session) => {
      await Model.deleteMany({ accountId, proof: trusted({ $in: SETTLING }) }, { session });
    };

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },
    /** All that wait for this account, the one that is ripe first before others. */
    of: async (accountId: string): Promise<readonly WaitingRecovery[]> =>
      (
        await Model.find({ accountId, proof: trusted({ $nin: NO_LINES }), expiresAt: trusted({ $gt: clock() }) })
          .sort({ ripeAt: 1 })
          .lean()
      ).map(opened),
    /** When one that begins now is ripe, and until when its owner may come back. */
    timesOf: (hours: number) => ({ ripeAt: secondsFrom(clock, hours * 3600), until: secondsFrom(clock, hours * 3600 + RIPE_SECONDS) }),
    /** Begins to wait, for so many hours. One that waits already, and is not over, stands as it is. */
    start: (accountId: string, proof: WaitingProof, hours: number, codeHash?: string): Write => {
      const _id = idOf(accountId, proof);
      // Now, not when it is written: the links that stop it are made after this, and stop nothing that begins later.
      const begun = {
        accountId,
        proof,
        startedAt: clock(),
        ripeAt: secondsFrom(clock, hours * 3600),
        expiresAt: secondsFrom(clock, hours * 3600 + RIPE_SECONDS),
        ...(codeHash !== undefined && { codeHash }),
      };
      return async (session) => {
        await Model.deleteOne({ _id, expiresAt: trusted({ $lte: clock() }) }, { session });
        await Model.updateOne({ _id }, { $setOnInsert: begun }, { session, upsert: true });
      };
    },
    /**
     * Ends those that wait and had begun by then, and no recovery under way: so stopping what one has begun oneself stops nobody else's.
     * Throws AppError `changed_elsewhere` when there is none.
     */
    stop:
      (accountId: string, by: Date): Write =>
      async (session) => {
        const waiting = { accountId, proof: trusted({ $nin: [...NO_LINES, ...SETTLING] }), startedAt: trusted({ $lte: by }) };
        const { deletedCount } = await Model.deleteMany(waiting, { session });
        if (deletedCount === 0) throw new AppError('changed_elsewhere');
      },
    /** Ends all recoveries of this account, those that wait and those under way: the owner objected. Not what operators settle. */
    cancel: (accountId: string): Write => end(accountId, BOTH),
    /** The same for whoever is signed in, who may have taken the account: not those from a former address, as often as they like. */
    cancelPresent: (accountId: string): Write => end(accountId, ['present']),
    /** It is settled, or the operators have taken it back. */
    endSettling,
    /** Whether those of a side were ended after this moment: what was proven then does not count any more. */
    cancelledSince: async (accountId: string, since: Date, side: Side = 'present'): Promise<boolean> => {
      const mark = await Model.findById(idOf(accountId, MARKS[side])).lean();
      return mark !== null && mark.startedAt >= since;
    },
    /**
     * One of them has reached its end, and the others of its side end with it; both sides, where the account goes back. `since`: when its
     * mailed code was proven. `waited`: what it rested on, where that had to wait. Throws AppError `recovery_cancelled` if that is over, or
     * they were ended meanwhile; what ends the others does not end what operators settle.
     */
    finish:
      (accountId: string, { since, waited, side = 'present' }: { since: Date; waited?: WaitingProof | undefined; side?: Side }): Write =>
      async (session) => {
        const mark = await Model.findById(idOf(accountId, MARKS[side]), null, { session }).lean();
        const settling = waited !== undefined && isSettling({ proof: waited });
        if (!settling && mark && mark.startedAt >= since) throw new AppError('recovery_cancelled');
        if (waited !== undefined) {
          const ripe = { _id: idOf(accountId, waited), ripeAt: trusted({ $lte: clock() }), expiresAt: trusted({ $gt: clock() }) };
          const { deletedCount } = await Model.deleteOne(ripe, { session });
          if (deletedCount !== 1) throw new AppError('recovery_cancelled');
        }
        // Of a recovery's end and an objection at the same moment, the mark that both write lets one win.
        await end(accountId, side === 'former' ? BOTH : ['present'])(session);
        await endSettling(accountId)(session);
      },
    /** Everything about this account: it is erased. */
    forget:
      (accountId: string): Write =>
      async (session) => {
        await Model.deleteMany({ accountId }, { session });
      },
  };
}
