/**
 * One-time codes that were sent, by mail or text. One document for each purpose, journey and destination: a code of one never passes
 * for another (NIST SP 800-63B 3.1.3.2). Only keyed digests are kept. What is refused here: a second use, a sixth try, a code that a
 * newer one has replaced.
 */
import mongoose from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import type { Write } from '../mongo/transaction.ts';
import { createCode } from './one-time-code.ts';

export interface CodeKey {
  readonly purpose: 'confirm-sign-up' | 'email-code' | 'text-code' | 'new-email-code' | 'new-text-code' | 'recovery-code' | 'address-code';
  readonly journeyId: string;
  /** Where it went: a canonical e-mail address, or a number in E.164. */
  readonly destination: string;
}

/** `replaced`: a newer code was sent; costs no try. `used`: this very code was accepted before (a double click). `none`: nothing was sent. */
export type CodeVerdict = 'right' | 'wrong' | 'replaced' | 'expired' | 'exhausted' | 'used' | 'none';

/** Thrown by `consume`, and so ends its transaction: the code was used, replaced or out of time since it was judged. */
export class AlreadyUsed extends Error {
  constructor() {
    super('the one-time code was used, replaced or out of time when it was to be used up');
    this.name = 'AlreadyUsed';
  }
}

interface CodeDocument {
  _id: string;
  digest: string;
  /** Digests of the codes that this one replaced, newest first. */
  previous: string[];
  tries: number;
  expiresAt: Date;
  usedAt?: Date;
  verdict?: CodeVerdict;
  /** When the database may forget it: a day after `expiresAt`, so that slow mail is told "expired" and not "never sent". */
  removeAt: Date;
}

const PREVIOUS_KEPT = 10;
const KEPT_AFTER_EXPIRY_SECONDS = 24 * 3600;

/** The aggregation expression that answers the first verdict whose condition holds. */
const firstOf = (otherwise: CodeVerdict, cases: readonly [CodeVerdict, object][]): unknown =>
  cases.reduceRight<unknown>((rest, [verdict, condition]) => ({ $cond: [condition, verdict, rest] }), otherwise);

export type CodeStore = ReturnType<typeof createCodeStore>;

/** `tries`: how often one code may be guessed (`policy.code.tries`). Sharded, it would be by `_id`. */
export function createCodeStore(db: mongoose.Connection, deps: { clock: Clock; rootSecret: RootSecret; tries: number }) {
  const { clock, rootSecret } = deps;
  const schema = new mongoose.Schema<CodeDocument>(
    { _id: String, digest: String, previous: [String], tries: Number, expiresAt: Date, usedAt: Date, verdict: String, removeAt: Date },
    { collection: 'codes', minimize: false, versionKey: false, autoIndex: false },
  );
  schema.index({ removeAt: 1 }, { expireAfterSeconds: 0 });
  const Code = db.model<CodeDocument>('Code', schema);

  const idOf = (key: CodeKey) => rootSecret.digest('one-time-code/key', JSON.stringify([key.purpose, key.journeyId, key.destination]));
  const digestOf = (id: string, code: string) => rootSecret.digest('one-time-code', `${id}/${code}`);

  return {
    async init(): Promise<void> {
      await Code.createCollection();
      await Code.createIndexes();
    },

    /** A new code that replaces the former one once `write` is committed; the former stays recognisable as replaced. */
    issue(key: CodeKey, minutes: number): { code: string; expiresAt: Date; write: Write } {
      const id = idOf(key);
      const code = createCode();
      const digest = digestOf(id, code);
      const expiresAt = secondsFrom(clock, minutes * 60);
      const former = { $concatArrays: [{ $cond: [{ $gt: ['$digest', null] }, ['$digest'], []] }, { $ifNull: ['$previous', []] }] };
      const replace = [
        { $set: { previous: { $slice: [former, PREVIOUS_KEPT] } } },
        { $set: { digest, tries: deps.tries, expiresAt, removeAt: new Date(expiresAt.getTime() + KEPT_AFTER_EXPIRY_SECONDS * 1000) } },
        { $unset: ['usedAt', 'verdict'] },
      ];
      const write: Write = async (session) => {
        await Code.updateOne({ _id: id }, replace, { updatePipeline: true, upsert: true, session });
      };
      return { code, expiresAt, write };
    },

    /**
     * Judges a code that `readCode` has read. One atomic update decides and counts, so that guesses sent together are judged no more
     * often than there are tries. `right` is counted like `wrong`; it is worth something only together with `consume`.
     */
    async judge(key: CodeKey, code: string): Promise<{ verdict: CodeVerdict; triesLeft: number }> {
      const id = idOf(key);
      const digest = digestOf(id, code);
      const matches = { $eq: ['$digest', digest] };
      const verdict = firstOf('wrong', [
        ['used', { $and: [matches, { $gt: ['$usedAt', null] }] }],
        ['expired', { $lte: ['$expiresAt', clock()] }],
        ['exhausted', { $lte: ['$tries', 0] }],
        ['right', matches],
        ['replaced', { $in: [digest, '$previous'] }],
      ]);
      const judged = await Code.findOneAndUpdate(
        { _id: id },
        [
          { $set: { verdict } },
          { $set: { tries: { $cond: [{ $in: ['$verdict', ['right', 'wrong']] }, { $subtract: ['$tries', 1] }, '$tries'] } } },
        ],
        { updatePipeline: true, returnDocument: 'after', projection: { verdict: 1, tries: 1 } },
      ).lean();
      return { verdict: judged?.verdict ?? 'none', triesLeft: judged?.tries ?? 0 };
    },

    /** Uses up a code that was judged `right`, in the transaction that saves what it was right for. Throws `AlreadyUsed`. */
    consume(key: CodeKey, code: string): Write {
      const id = idOf(key);
      return async (session) => {
        const now = clock();
        const standing = {
          _id: id,
          digest: digestOf(id, code),
          usedAt: mongoose.trusted({ $exists: false }),
          expiresAt: mongoose.trusted({ $gt: now }),
        };
        const { modifiedCount } = await Code.updateOne(standing, { $set: { usedAt: now } }, { session });
        if (modifiedCount !== 1) throw new AlreadyUsed();
      };
    },
  };
}
