/**
 * The outbox: a message is written down in the transaction it tells of, and sent afterwards by whichever process is first. At least once:
 * a process that dies between handing a message over and noting it makes the next one send it again, under the same key. Texts and mails
 * have lanes of their own, so that a mail server that hangs holds up no text message.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import { type Clock, secondsFrom } from '../clock.ts';
import { randomDigits } from '../crypto/random.ts';
import type { Seal } from '../crypto/seal.ts';
import type { Write } from '../mongo/transaction.ts';
import type { Texts } from '../texts.ts';
import { createLanes } from './lanes.ts';
import { type Channel, type Message, maskAddress } from './message.ts';
import { createMessageStore, type LeasedMessage, type MessageState } from './message-store.ts';
import { createRenderMessage, type MessageBrand } from './render-message.ts';
import type { Handover, Mailer, Texter } from './sender.ts';

export interface Outbox {
  /** `id` is derived from what the message tells of, so that telling it twice sends it once. */
  enqueue(id: string, message: Message): Write;
  /** Says that something was committed: it is sent at once instead of at the next look, a second later at most. */
  nudge(): void;
  stateOf(id: string): Promise<MessageState>;
  /** What takes back the mails to this address that are still to be sent. */
  takeBack(to: string): Promise<Write>;
  /** How many messages are still to be sent, in all processes. */
  waiting(): Promise<number>;
  /** Begins to send. Without it this process only writes messages down. */
  start(): void;
  /** Sends no more, waits for what is under way, and closes the mailer. */
  stop(): Promise<void>;
  init(): Promise<void>;
}

export interface OutboxOptions {
  readonly db: Connection;
  readonly clock: Clock;
  readonly seal: Seal;
  readonly texts: Texts;
  readonly config: { readonly brand: MessageBrand; readonly issuer: string };
  readonly mailer: Mailer;
  readonly texter: Texter;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** The folder that holds `mail/`. */
  readonly viewsDir?: string;
}

/** How many messages of a channel one process sends at a time. */
export const LANES = { mail: 4, text: 4 } as const satisfies Record<Channel, number>;
const CHANNELS = Object.keys(LANES) as Channel[];
const LOOK_EVERY_MS = 1000;

/** Seconds before the try after this one: 5, 15, 45 … 600, a fifth more or less so that what failed together does not return together. */
export const retryDelay = (tries: number): number =>
  Math.min(5 * 3 ** Math.max(0, tries - 1), 600) * (0.8 + (0.4 * Number(randomDigits(3))) / 999);

/** What a mail server may know a message by: the same for every try, and telling nothing of the id it comes from. */
export const messageKey = (id: string): string => createHash('sha256').update(`message\0${id}`).digest('hex').slice(0, 32);

export function createOutbox(options: OutboxOptions): Outbox {
  const { db, clock, seal, texts, config, mailer, texter, log } = options;
  const store = createMessageStore({ db, clock, seal });
  const viewsDir = options.viewsDir ?? join(import.meta.dirname, '../../views');
  const render = createRenderMessage({ texts, brand: config.brand, issuer: config.issuer, viewsDir });

  /** Never throws, and its `detail` never holds what a message says or to whom it goes. */
  async function handOver(key: string, message: Message): Promise<Handover> {
    const { to, language } = message;
    try {
      const { channel, ...rendered } = render(message);
      return await (channel === 'mail'
        ? mailer.send({ key, to, language, subject: '', html: '', ...rendered })
        : texter.send({ key, to, ...rendered }));
    } catch (error) {
      return { outcome: 'later', detail: `fault in ${message.kind}: ${error instanceof Error ? error.name : typeof error}` };
    }
  }

  async function deliver(leased: LeasedMessage): Promise<void> {
    const key = messageKey(leased.id);
    const line = { message: leased.kind, key, tries: leased.tries };
    if (leased.staleAt <= clock()) {
      await store.refused(leased, 'stale');
      return log.warn(line, 'message dropped: it expired before it could be sent');
    }
    let message: Message;
    try {
      message = leased.open();
    } catch {
      await store.again(leased, secondsFrom(clock, retryDelay(leased.tries)));
      return log.error(line, 'message cannot be opened: is its key still in ENCRYPTION_KEYS?');
    }
    const to = maskAddress(message.to);
    const result = await handOver(key, message);
    if (result.outcome === 'accepted') {
      await store.sent(leased);
      return log.info({ ...line, to }, 'message sent');
    }
    if (result.outcome === 'refused') {
      await store.refused(leased, result.reason);
      return log.warn({ ...line, to, reason: result.reason, detail: result.detail }, 'message refused');
    }
    const delay = Math.max(retryDelay(leased.tries), result.afterSeconds ?? 0);
    await store.again(leased, secondsFrom(clock, delay));
    log.warn({ ...line, to, detail: result.detail, again: Math.round(delay) }, 'message not sent yet');
  }

  let down = false;
  /** The database: what was leased comes back by itself. Said once per outage, not once a second. */
  const failed = (error: unknown) => {
    if (!down) log.error({ error: error instanceof Error ? error.name : typeof error }, 'outbox cannot reach the database');
    down = true;
  };
  const take = async (channel: Channel) => {
    const leased = await store.lease(channel);
    down = false;
    return leased;
  };
  const lanes = CHANNELS.map((channel) => createLanes({ width: LANES[channel], take: () => take(channel), work: deliver, failed }));
  const look = () => {
    for (const lane of lanes) lane.look();
  };

  let timer: NodeJS.Timeout | undefined;
  return {
    init: store.init,
    enqueue: store.add,
    stateOf: store.stateOf,
    takeBack: store.takeBack,
    waiting: store.waiting,
    nudge() {
      if (timer) look();
    },
    start() {
      timer ??= setInterval(look, LOOK_EVERY_MS).unref();
      look();
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(lanes.map((lane) => lane.close()));
      mailer.close();
    },
  };
}
