/**
 * Which services are still to be told that a session of theirs has ended, and which were. A notice is written down with the end that it
 * tells of; as long as it waits it has a `nextAt`: when it is due, or, while a worker has it, when that worker's lease ends. So a worker
 * that dies gives it back by doing nothing. Whose session it was goes as soon as nothing more is to be told; that a service was told stays
 * for 30 days.
 */
import type { ClientSession, Connection } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import { randomToken } from '../crypto/random.ts';
import { isDuplicateKey } from '../mongo/duplicate-key.ts';
import { oidcDigest } from './mongo-adapter.ts';

/** What has ended at one client. */
export interface Ended {
  readonly accountId: string;
  readonly clientId: string;
  readonly sid: string | undefined;
}

interface NoticeDocument {
  _id: string;
  clientId: string;
  accountId?: string;
  sid?: string;
  state: 'waiting' | 'told' | 'failed';
  /** How often a worker has begun to tell it. */
  tries: number;
  nextAt?: Date;
  lease?: string;
  /** How the last try ended: the status of the answer, or a word. */
  outcome?: string;
  createdAt: Date;
  changedAt: Date;
  expiresAt: Date;
}

/** One notice in the hands of one worker. */
export interface LeasedNotice extends Ended {
  readonly id: string;
  /** This one included. */
  readonly tries: number;
  readonly lease: string;
}

/** How long a worker has a notice for itself; a try is given up well before. */
export const LEASE_SECONDS = 30;
/** How long a service that cannot be reached is tried. */
export const TRIED_SECONDS = 24 * 3600;
const KEPT_SECONDS = 30 * 24 * 3600;

/** By client first: one that has been away for a day must cost the others nothing. */
const BY_CLIENT = { clientId: 1, nextAt: 1 } as const;
const WAITS = { nextAt: { $exists: true } } as const;

export type LogoutNoticeStore = ReturnType<typeof createLogoutNoticeStore>;

interface Given {
  readonly db: Connection;
  readonly rootSecret: RootSecret;
  readonly clock: Clock;
}

export function createLogoutNoticeStore({ db, rootSecret, clock }: Given) {
  const notices = db.collection<NoticeDocument>('logout_notices');
  /** Of one session at one client: two who end it tell of it once. */
  const idOf = ({ accountId, clientId, sid = randomToken() }: Ended) =>
    oidcDigest(rootSecret, 'logout-notice', JSON.stringify([clientId, accountId, sid]));
  const done = (state: 'told' | 'failed', outcome: string) => ({
    $set: { state, outcome, changedAt: clock(), expiresAt: secondsFrom(clock, KEPT_SECONDS) },
    $unset: { nextAt: true as const, lease: true as const, accountId: true as const, sid: true as const },
  });

  return {
    async init(): Promise<void> {
      await notices.createIndexes([
        { key: BY_CLIENT, partialFilterExpression: WAITS },
        { key: { createdAt: 1 }, partialFilterExpression: WAITS },
        { key: { clientId: 1, createdAt: -1 } },
        { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
      ]);
    },

    /** Writes down that these are to be told, in the transaction of `session` where there is one. What is noted already stays as it is. */
    async add(ended: readonly Ended[], session?: ClientSession): Promise<void> {
      if (ended.length === 0) return;
      const now = clock();
      const writes = ended.map((one) => ({
        updateOne: {
          filter: { _id: idOf(one) },
          update: {
            $setOnInsert: {
              clientId: one.clientId,
              accountId: one.accountId,
              ...(one.sid !== undefined && { sid: one.sid }),
              state: 'waiting' as const,
              tries: 0,
              nextAt: now,
              createdAt: now,
              changedAt: now,
              expiresAt: secondsFrom(clock, KEPT_SECONDS),
            },
          },
          upsert: true,
        },
      }));
      try {
        await notices.bulkWrite(writes, session ? { session } : { ordered: false, writeConcern: { w: 'majority' } });
      } catch (error) {
        // Two at once have noted the same; one of them has.
        if (session || !isDuplicateKey(error)) throw error;
      }
    },

    /**
     * Takes the notice that has been due longest of the next client after this one, for `LEASE_SECONDS` and for this worker alone; none of
     * those that are left alone. What waits for these is not looked at, be it a million.
     */
    async lease(butOf: readonly string[], after = ''): Promise<LeasedNotice | undefined> {
      const lease = randomToken(9);
      const take = (clientId: { readonly $nin: string[]; readonly $gt?: string }) =>
        notices.findOneAndUpdate(
          { nextAt: { $lte: clock() }, clientId },
          { $set: { lease, nextAt: secondsFrom(clock, LEASE_SECONDS) }, $inc: { tries: 1 } },
          { sort: BY_CLIENT, hint: BY_CLIENT, returnDocument: 'after' },
        );
      const among = { $nin: [...butOf] };
      const taken = (await take({ $gt: after, ...among })) ?? (after === '' ? null : await take(among));
      if (!taken) return undefined;
      const { _id: id, accountId = '', clientId, sid, tries } = taken;
      return { id, accountId, clientId, sid, tries, lease };
    },

    /** The service has taken it. True whoever holds the lease by now. */
    async told({ id }: LeasedNotice, outcome: string): Promise<void> {
      await notices.updateOne({ _id: id, state: 'waiting' }, done('told', outcome));
    },

    /** Nobody will ever take it. Nothing happens when the lease has passed on. */
    async failed({ id, lease }: LeasedNotice, outcome: string): Promise<void> {
      await notices.updateOne({ _id: id, lease }, done('failed', outcome));
    },

    /** It is to be told again at `nextAt`. Nothing happens when the lease has passed on. */
    async again({ id, lease }: LeasedNotice, nextAt: Date, outcome: string): Promise<void> {
      await notices.updateOne({ _id: id, lease }, { $set: { nextAt, outcome, changedAt: clock() }, $unset: { lease: true } });
    },

    /** Ends what has been tried for `TRIED_SECONDS`, with the outcome it had last; by client, how many those were. */
    async giveUp(): Promise<ReadonlyMap<string, number>> {
      const old = { ...WAITS, createdAt: { $lte: secondsFrom(clock, -TRIED_SECONDS) } };
      const found = await notices.find(old, { projection: { clientId: 1, outcome: 1 } }).toArray();
      const given = new Map<string, number>();
      for (const { _id, clientId, outcome = 'never tried' } of found) {
        const { modifiedCount } = await notices.updateOne({ _id, ...old }, done('failed', outcome));
        if (modifiedCount > 0) given.set(clientId, (given.get(clientId) ?? 0) + 1);
      }
      return given;
    },

    /** How many notices are still to be told. */
    waiting: (): Promise<number> => notices.countDocuments({ nextAt: { $gt: new Date(0) } }, { hint: BY_CLIENT }),
  };
}
