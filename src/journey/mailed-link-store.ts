/**
 * Links in mails. The token has 256 random bits and is kept as a digest only; using one is a single conditional update. A link that was
 * used is still recognised, so that opening it again can go on where it led. Would be sharded by `_id`.
 */
import { type Connection, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import { randomToken } from '../crypto/random.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';

/** What a link is for: it works for nothing else. */
export type LinkPurpose = 'confirm-sign-up' | 'not-me' | 'cancel-recovery' | 'freeze-email';

interface LinkDocument {
  _id: string;
  purpose: LinkPurpose;
  about: string;
  /** Digest of the address it was mailed to. */
  address: string;
  issuedAt: Date;
  goodUntil: Date;
  usedAt: Date | null;
  expiresAt: Date;
}

interface NewLink {
  readonly purpose: LinkPurpose;
  readonly about: string;
  readonly canonical: string;
  readonly hours: number;
}

export interface MailedLink {
  /** The id of what it is about: a journey, for others an account. */
  readonly about: string;
  readonly issuedAt: Date;
  readonly expired: boolean;
  readonly used: boolean;
  /** Whether it was mailed to this address. */
  readonly isFor: (canonical: string) => boolean;
}

/** An expired link is recognised for so long, to say so and what to do instead. */
const RECOGNISED_SECONDS = 30 * 24 * 3600;

export type MailedLinkStore = ReturnType<typeof createMailedLinkStore>;

export function createMailedLinkStore({ db, clock, rootSecret }: { db: Connection; clock: Clock; rootSecret: RootSecret }) {
  const schema = new Schema<LinkDocument>(
    {
      _id: String,
      purpose: { type: String, required: true },
      about: { type: String, required: true },
      address: { type: String, required: true },
      issuedAt: { type: Date, required: true },
      goodUntil: { type: Date, required: true },
      usedAt: { type: Date, default: null },
      expiresAt: { type: Date, required: true },
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'mailed_links' },
  );
  schema.index({ about: 1 });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<LinkDocument>('MailedLink', schema);
  const idOf = (token: string) => rootSecret.digest('mailed-link', token);
  const addressKey = (canonical: string) => rootSecret.digest('mailed-link-address', canonical);

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },
    /** A new link, mailed to this address (canonical form), good for so many hours. Earlier ones go on working. */
    issue({ purpose, about, canonical, hours }: NewLink): { token: string; write: Write } {
      const token = randomToken(32);
      const link: LinkDocument = {
        _id: idOf(token),
        purpose,
        about,
        address: addressKey(canonical),
        issuedAt: clock(),
        goodUntil: secondsFrom(clock, hours * 3600),
        usedAt: null,
        expiresAt: secondsFrom(clock, hours * 3600 + RECOGNISED_SECONDS),
      };
      return {
        token,
        write: async (session) => {
          await Model.insertMany([link], { session });
        },
      };
    },
    async find(token: string, purpose: LinkPurpose): Promise<MailedLink | undefined> {
      const link = await Model.findById(idOf(token)).lean();
      if (link?.purpose !== purpose) return undefined;
      return {
        about: link.about,
        issuedAt: link.issuedAt,
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
    /** All links about this, used or not: what they are about is gone. */
    forget:
      (about: string): Write =>
      async (session) => {
        await Model.deleteMany({ about }, { session });
      },
    /** Uses it, once: throws `AlreadyUsed` for everybody but the first. */
    useOnce:
      (token: string): Write =>
      async (session) => {
        const used = await Model.updateOne({ _id: idOf(token), usedAt: null }, { $set: { usedAt: clock() } }, { session });
        if (used.modifiedCount !== 1) throw new AlreadyUsed();
      },
  };
}
