/**
 * Services are told of the end of a session by whichever process is first, after it was written down together with that end: whoever signs
 * out waits for none of them, and a crash loses nothing. At least once: a process that dies while it tells makes another one tell it again.
 * A service that gives no answer, or refuses whatever it is told, rests, so that it holds up no other.
 */
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { type Clock, secondsFrom } from '../../clock.ts';
import { createLanes } from '../../messages/lanes.ts';
import { retryDelay } from '../../messages/outbox.ts';
import type { Transaction, Write } from '../../mongo/transaction.ts';
import type { ExpiredSessions } from '../../oidc-store/expired-sessions.ts';
import type { Ended, LeasedNotice, LogoutNoticeStore } from '../../oidc-store/logout-notice-store.ts';
import type { Delivery } from './delivery.ts';

export interface LogoutQueue {
  /** Writes down that the services which want to know of these are to be told. */
  note(ended: readonly Ended[]): Write;
  /** Says that something was committed: it is told at once instead of at the next look, a second later at most. */
  nudge(): void;
  /** Looks for sessions that ended by themselves, and ends what has been tried for a day. Never throws. */
  sweep(): Promise<void>;
  /** How many notices are still to be told, in all processes. */
  waiting(): Promise<number>;
  /** Begins to tell and to look. Without it this process only writes notices down. */
  start(): void;
  /** Tells no more, and waits for what is under way. */
  stop(): Promise<void>;
}

interface Given {
  readonly store: LogoutNoticeStore;
  readonly expired: ExpiredSessions;
  readonly transaction: Transaction;
  /** Of the provider as it is now. */
  readonly delivery: () => Delivery;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** How many services one process tells at a time, and how many notices of one service. */
const WIDTH = 16;
const PER_CLIENT = 2;
const LOOK_EVERY_MS = 1000;
const SWEEP_EVERY_MS = 20_000;
/** Of one sweep; the rest is the next one's. */
const AT_MOST = 2000;

export function createLogoutQueue({ store, expired, transaction, delivery, clock, log }: Given): LogoutQueue {
  /** By client: how many are being told. */
  const busy = new Map<string, number>();
  /** By client: how often in a row it failed as a whole, and until when it is left alone. */
  const resting = new Map<string, { readonly failures: number; readonly until: Date }>();
  const leftAlone = (): string[] => [
    ...[...busy].flatMap(([clientId, count]) => (count >= PER_CLIENT ? [clientId] : [])),
    ...[...resting].flatMap(([clientId, { until }]) => (until > clock() ? [clientId] : [])),
  ];

  /** By turns: one that takes long to answer, and has many waiting, is served no more often than the others. */
  let last = '';
  async function take(): Promise<LeasedNotice | undefined> {
    const leased = await store.lease(leftAlone(), last);
    last = leased?.clientId ?? '';
    if (leased) busy.set(leased.clientId, (busy.get(leased.clientId) ?? 0) + 1);
    return leased;
  }

  async function deliver(leased: LeasedNotice): Promise<void> {
    const { clientId, tries } = leased;
    const line = { client: clientId, notice: leased.id.slice(0, 12), tries };
    try {
      const { outcome, ...told } = await delivery().tell(leased);
      if (outcome === 'later' && 'rests' in told && told.rests) rest(clientId);
      else resting.delete(clientId);
      if (outcome === 'told') {
        log.info(line, 'service told of a sign-out');
        return await store.told(leased, told.detail);
      }
      if (outcome === 'nobody') {
        log.info({ ...line, detail: told.detail }, 'nobody to tell of a sign-out');
        return await store.failed(leased, told.detail);
      }
      const delay = retryDelay(tries);
      log.warn({ ...line, detail: told.detail, again: Math.round(delay) }, 'back-channel logout failed');
      await store.again(leased, secondsFrom(clock, delay), told.detail);
    } finally {
      const left = (busy.get(clientId) ?? 1) - 1;
      if (left > 0) busy.set(clientId, left);
      else busy.delete(clientId);
    }
  }

  function rest(clientId: string): void {
    const failures = (resting.get(clientId)?.failures ?? 0) + 1;
    resting.set(clientId, { failures, until: secondsFrom(clock, retryDelay(failures)) });
  }

  let down = false;
  /** The database: what was leased comes back by itself. Said once per outage, not once a second. */
  const failed = (error: unknown) => {
    if (!down) log.error({ err: error }, 'logout notices cannot reach the database');
    down = true;
  };
  const lanes = createLanes({
    width: WIDTH,
    take: async () => {
      const leased = await take();
      down = false;
      return leased;
    },
    work: deliver,
    failed,
  });

  const note =
    (ended: readonly Ended[]): Write =>
    async (session) =>
      store.add(await delivery().wanting(ended), session);

  let stopping = false;
  async function sweep(): Promise<void> {
    try {
      for (let count = 0, found = true; found && !stopping && count < AT_MOST; count++) {
        await transaction([
          async (session) => {
            const ended = await expired.take(session);
            found = ended !== undefined;
            if (ended) await note(ended)(session);
          },
        ]);
      }
      for (const [client, notices] of await store.giveUp())
        log.error({ client, notices }, 'service not told of sign-outs: given up after a day');
      lanes.look();
    } catch (error) {
      failed(error);
    }
  }

  let looks: NodeJS.Timeout | undefined;
  let sweeps: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  return {
    note,
    nudge() {
      if (looks) lanes.look();
    },
    sweep,
    waiting: store.waiting,
    start() {
      looks ??= setInterval(() => lanes.look(), LOOK_EVERY_MS).unref();
      const again = () => {
        // Not all processes at the same moment.
        const after = SWEEP_EVERY_MS - randomInt(SWEEP_EVERY_MS / 2);
        sweeps = setTimeout(() => {
          sweeping = sweep().then(() => (stopping ? undefined : again()));
        }, after).unref();
      };
      if (!sweeps) again();
      lanes.look();
    },
    async stop() {
      stopping = true;
      clearInterval(looks);
      clearTimeout(sweeps);
      await sweeping;
      await lanes.close();
    },
  };
}
