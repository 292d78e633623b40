/**
 * The challenges of passkeys that were used: each counts once. Written when one is used, not when it is made, for that happens each time
 * a page is looked at. Only digests are kept, for as long as a challenge could be good. Would be sharded by `_id`.
 */
import { type Connection, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import { isDuplicateKey } from '../mongo/duplicate-key.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from './code-store.ts';
import { CHALLENGE_SECONDS } from './passkey-challenge.ts';

interface UsedChallengeDocument {
  _id: string;
  expiresAt: Date;
}

/** What another process's clock may be behind. */
const SPARE_SECONDS = 60;

export type UsedChallengeStore = ReturnType<typeof createUsedChallengeStore>;

export function createUsedChallengeStore({ db, clock, rootSecret }: { db: Connection; clock: Clock; rootSecret: RootSecret }) {
  const schema = new Schema<UsedChallengeDocument>(
    { _id: String, expiresAt: { type: Date, required: true } },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'used_challenges' },
  );
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<UsedChallengeDocument>('UsedChallenge', schema);

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },
    /** Uses it, once: throws `AlreadyUsed` for everybody but the first. */
    use: (challenge: string): Write => {
      const used = {
        _id: rootSecret.digest('passkey-challenge', challenge),
        expiresAt: secondsFrom(clock, CHALLENGE_SECONDS + SPARE_SECONDS),
      };
      return async (session) => {
        try {
          await Model.insertMany([used], { session });
        } catch (cause) {
          throw isDuplicateKey(cause) ? new AlreadyUsed() : cause;
        }
      };
    },
  };
}
