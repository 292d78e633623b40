/** What the development inbox holds: in the database, so that every process of the provider fills the same one. Nothing here is sealed. */
import { type Connection, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { randomToken } from '../crypto/random.ts';
import type { Channel } from './message.ts';

export interface InboxMessage {
  readonly id: string;
  readonly channel: Channel;
  readonly to: string;
  /** Empty for texts. */
  readonly subject: string;
  readonly text: string;
  /** Mails only. */
  readonly html?: string;
  readonly at: Date;
}

interface InboxDocument extends Omit<InboxMessage, 'id'> {
  _id: string;
  /** Orders what came within one millisecond. */
  order: number;
  /** `to` without regard to case. */
  mailbox: string;
  expiresAt: Date;
}

const KEPT_SECONDS = 7 * 24 * 60 * 60;
const MOST_SHOWN = 200;
let order = 0;

export type InboxStore = ReturnType<typeof createInboxStore>;

export function createInboxStore({ db, clock }: { db: Connection; clock: Clock }) {
  const schema = new Schema<InboxDocument>(
    {
      _id: String,
      channel: { type: String, required: true },
      to: { type: String, required: true },
      mailbox: { type: String, required: true },
      subject: { type: String, default: '' },
      text: { type: String, required: true },
      html: String,
      at: { type: Date, required: true },
      order: { type: Number, required: true },
      expiresAt: { type: Date, required: true },
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'inbox' },
  );
  schema.index({ at: -1, order: -1 });
  schema.index({ mailbox: 1, at: -1, order: -1 });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<InboxDocument>('InboxMessage', schema);
  const plain = ({ _id: id, channel, to, subject, text, html, at }: InboxDocument): InboxMessage => ({
    ...{ id, channel, to, subject, text, at },
    ...(html === undefined ? {} : { html }),
  });

  return {
    init: async (): Promise<void> => {
      await Model.createCollection();
      await Model.createIndexes();
    },

    /** Every message handed over is a row of its own: what is sent twice is seen twice. */
    async add(message: Omit<InboxMessage, 'id' | 'at'>): Promise<void> {
      order += 1;
      const mailbox = message.to.toLowerCase();
      await Model.create([{ _id: randomToken(16), ...message, mailbox, at: clock(), order, expiresAt: secondsFrom(clock, KEPT_SECONDS) }]);
    },

    /** The newest first, 200 at most; of one address or number where `to` is given. */
    async list(to?: string): Promise<InboxMessage[]> {
      const filter = to === undefined ? {} : { mailbox: to.toLowerCase() };
      return (await Model.find(filter).sort({ at: -1, order: -1 }).limit(MOST_SHOWN).lean()).map(plain);
    },

    async find(id: string): Promise<InboxMessage | undefined> {
      const found = await Model.findOne({ _id: id }).lean();
      return found ? plain(found) : undefined;
    },

    clear: async (): Promise<void> => void (await Model.deleteMany({})),
  };
}
