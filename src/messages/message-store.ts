/**
 * The outbox in the database. What is still to be sent has a `nextAt`: when it is due, or, while a worker has it, when that worker's
 * lease ends. So a worker that dies gives its message back by doing nothing. What the message says and to whom is sealed, and erased
 * once it has been sent. Would be sharded by `_id`.
 */
import { type Connection, Schema, trusted } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { randomToken } from '../crypto/random.ts';
import type { Seal } from '../crypto/seal.ts';
import type { Write } from '../mongo/transaction.ts';
import { type Channel, channelOf, type Message, readMessage, worthSendingFor, writeMessage } from './message.ts';
import type { RefusalReason } from './sender.ts';

interface MessageDocument {
  _id: string;
  kind: string;
  channel: Channel;
  sealed?: string;
  state: 'waiting' | 'sending' | 'sent' | 'refused';
  /** How often a worker has begun to send it. */
  tries: number;
  nextAt?: Date;
  lease?: string;
  reason?: RefusalReason;
  createdAt: Date;
  staleAt: Date;
  changedAt: Date;
  expiresAt?: Date;
}

/** One message in the hands of one worker. */
export interface LeasedMessage {
  readonly id: string;
  readonly kind: string;
  readonly channel: Channel;
  /** This one included. */
  readonly tries: number;
  readonly staleAt: Date;
  readonly lease: string;
  /** Opens the body; throws when its key is gone. */
  open(): Message;
}

export interface MessageState {
  readonly state: 'none' | 'waiting' | 'sent' | 'refused';
  /** Why the other side refused it; absent when it merely expired here before anybody took it. */
  readonly reason?: Exclude<RefusalReason, 'stale'>;
  /** When it came into this state; while it waits, when it was written. For `none`: now. */
  readonly since: Date;
  /** How many tries have ended. 0 while the first is under way. */
  readonly tries: number;
}

/** How long a worker has a message for itself. Every way out gives up well before. */
export const LEASE_SECONDS = 60;
const KEPT_SECONDS = 7 * 24 * 60 * 60;

export type MessageStore = ReturnType<typeof createMessageStore>;

export function createMessageStore({ db, clock, seal }: { db: Connection; clock: Clock; seal: Seal }) {
  const schema = new Schema<MessageDocument>(
    {
      _id: String,
      kind: { type: String, required: true },
      channel: { type: String, required: true },
      sealed: String,
      state: { type: String, required: true },
      tries: { type: Number, required: true },
      nextAt: Date,
      lease: String,
      reason: String,
      createdAt: { type: Date, required: true },
      staleAt: { type: Date, required: true },
      changedAt: { type: Date, required: true },
      expiresAt: Date,
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'messages' },
  );
  schema.index({ nextAt: 1, channel: 1 }, { partialFilterExpression: { nextAt: { $exists: true } } });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<MessageDocument>('Message', schema);

  const bodyOf = (id: string) => `messages/${id}/body`;
  /** Nothing more will happen to it: what it said goes at once, that it was goes after a week. */
  const done = (state: 'sent' | 'refused', reason?: RefusalReason) => ({
    $set: { state, changedAt: clock(), expiresAt: secondsFrom(clock, KEPT_SECONDS), ...(reason ? { reason } : {}) },
    $unset: { sealed: 1, nextAt: 1, lease: 1 },
  });

  const recipientOf = (id: string, sealed: string): string | undefined => {
    try {
      return readMessage(seal.open(sealed, bodyOf(id))).to;
    } catch {
      return undefined;
    }
  };

  return {
    init: async (): Promise<void> => {
      await Model.createCollection();
      await Model.createIndexes();
    },

    /** Writes the message down to be sent. A second one of the same id changes nothing: the first stands. */
    add(id: string, message: Message): Write {
      const now = clock();
      const first: Omit<MessageDocument, '_id'> = {
        kind: message.kind,
        channel: channelOf(message),
        sealed: seal.seal(writeMessage(message), bodyOf(id)),
        state: 'waiting',
        tries: 0,
        nextAt: now,
        createdAt: now,
        staleAt: secondsFrom(clock, worthSendingFor(message)),
        changedAt: now,
      };
      // An insert of an id that exists would abort the transaction it is part of; an upsert that finds it does nothing.
      return async (session) => {
        await Model.updateOne({ _id: id }, { $setOnInsert: first }, { upsert: true, session, timestamps: false });
      };
    },

    /** Takes the message of this channel that has been due longest, for `LEASE_SECONDS` and for this worker alone. */
    async lease(channel: Channel): Promise<LeasedMessage | undefined> {
      const lease = randomToken(9);
      const taken = await Model.findOneAndUpdate(
        { channel, nextAt: trusted({ $lte: clock() }) },
        { $set: { state: 'sending', lease, nextAt: secondsFrom(clock, LEASE_SECONDS) }, $inc: { tries: 1 } },
        { sort: { nextAt: 1 }, returnDocument: 'after' },
      ).lean();
      if (!taken) return undefined;
      const { _id: id, kind, tries, staleAt, sealed = '' } = taken;
      return { id, kind, channel, tries, staleAt, lease, open: () => readMessage(seal.open(sealed, bodyOf(id))) };
    },

    /** It was handed over. True whoever holds the lease by now: the next one to take it would send it a second time. */
    async sent({ id }: LeasedMessage): Promise<void> {
      await Model.updateOne({ _id: id, state: 'sending' }, done('sent'));
    },

    /** It will never arrive. Nothing happens when the lease has passed on: the one who holds it now decides. */
    async refused({ id, lease }: LeasedMessage, reason: RefusalReason): Promise<void> {
      await Model.updateOne({ _id: id, lease }, done('refused', reason));
    },

    /** It is to be tried again at `nextAt`. Nothing happens when the lease has passed on. */
    async again({ id, lease }: LeasedMessage, nextAt: Date): Promise<void> {
      await Model.updateOne({ _id: id, lease }, { $set: { state: 'waiting', nextAt }, $unset: { lease: 1 } });
    },

    async stateOf(id: string): Promise<MessageState> {
      const found = await Model.findById(id, { state: 1, tries: 1, reason: 1, createdAt: 1, changedAt: 1 }).lean();
      if (!found) return { state: 'none', since: clock(), tries: 0 };
      const { state, tries, reason, createdAt, changedAt } = found;
      if (state === 'waiting') return { state, since: createdAt, tries };
      if (state === 'sending') return { state: 'waiting', since: createdAt, tries: tries - 1 };
      return { state, since: changedAt, tries, ...(reason && reason !== 'stale' ? { reason } : {}) };
    },

    /**
     * What takes back the messages to this address that wait to be sent: what they say goes at once. One that is in a worker's hands is
     * on its way. Messages whose key is gone are nobody's.
     */
    async takeBack(to: string): Promise<Write> {
      const waiting = await Model.find({ state: 'waiting', channel: 'mail' }, { sealed: 1 }).lean();
      const ids = waiting.flatMap(({ _id, sealed = '' }) => (recipientOf(_id, sealed) === to ? [_id] : []));
      return async (session) => {
        if (ids.length > 0) await Model.updateMany({ _id: trusted({ $in: ids }), state: 'waiting' }, done('refused', 'stale'), { session });
      };
    },

    /** How many messages are still to be sent. */
    waiting: (): Promise<number> => Model.countDocuments({ nextAt: trusted({ $exists: true }) }),
  };
}
