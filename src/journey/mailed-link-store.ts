/**
 * Links in mails. The token has 256 random bits and is kept as a digest only; using one is a single conditional update. A link that was
 * used is still recognised, so that opening it again can go on where it led. Would be sharded by `_id`.
 */
import { type Connection, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import { randomToken } from '../crypto/random.ts';
import type { Write } from '../mongo/transaction.ts';

interface LinkDocument {
  _id: string;
  journeyId: string;
  /** Digest of the address it was mailed to. */
  address: string;
  goodUntil: Date;
  usedAt: Date | null;
  expiresAt: Date;
}

export interface MailedLink {
  readonly journeyId: string;
  readonly expired: boolean;
  readonly used: boolean;
  /** Whether it was mailed to this address. */
  readonly isFor: (canonical: string) => boolean;
}

/** An expired link is recognised for so long, to offer a new mail. */
const RECOGNISED_SECONDS = 30 * 24 * 3600;

export type MailedLinkStore = ReturnType<typeof createMailedLinkStore>;

export function createMailedLinkStore({ db, clock, rootSecret }: { db: Connection; clock: Clock; rootSecret: RootSecret }) {
  const schema = new Schema<LinkDocument>(
    {
      _id: String,
      journeyId: { type: String, required: true },
      address: { type: String, required: true },
      goodUntil: { type: Date, required: true },
      usedAt: { type: Date, default: null },
      expiresAt: { type: Date, required: true },
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'mailed_links' },
  );
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<LinkDocument>('MailedLink', schema);
  const idOf = (token: string) => rootSecret.digest('mailed-link', token);
  const addressKey = (canonical: string) => rootSecret.digest('mailed-link-address', canonical);

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },
    /** A new link for this journey, mailed to this address (canonical form), good for so many hours. Earlier ones go on working. */
    issue(journeyId: string, canonical: string, hours: number): { token: string; write: Write } {
      const token = randomToken(32);
      const link: LinkDocument = {
        _id: idOf(token),
        journeyId,
        address: addressKey(canonical),
        goodUntil: secondsFrom(clock, hours * 3600),
        usedAt: null,
        expiresAt: secondsFrom(clock, RECOGNISED_SECONDS),
      };
      return {
        token,
        write: async (session) => {
          await Model.insertMany([link], { session });
        },
      };
    },
    async find(token: string): Promise<MailedLink | undefined> {
      const link = await Model.findById(idOf(token)).lean();
      if (!link) return undefined;
      return {
        journeyId: link.journeyId,
        expired: link.goodUntil <= clock(),
        used: link.usedAt !== null,
        isFor: (canonical) => link.address === addressKey(canonical),
      };
    },
    /** Marks it used; that it was used before is no fault, the journey's own revision decides who goes on. */
    use:
      (token: string): Write =>
      async (session) => {
        await Model.updateOne({ _id: idOf(token), usedAt: null }, { $set: { usedAt: clock() } }, { session });
      },
  };
}
