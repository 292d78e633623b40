/**
 * Sessions that ended by themselves: idle for too long, or at their absolute limit; the library makes one `exp` of both. Each is found
 * once, by whichever process is first: `untold` is set whenever a session is saved, and taken away in the transaction that notes whom to
 * tell. The document stays until its TTL, for whoever looks at sessions of the day.
 */
import type { ClientSession, Connection } from 'mongoose';
import type { Clock } from '../clock.ts';
import type { Ended } from './logout-notice-store.ts';
import { MODELS } from './models.ts';
import type { StoredDocument } from './mongo-adapter.ts';

/** The library lets a session count for 15 seconds longer than its `exp`, and a request that came with it may take a while. */
export const GRACE_SECONDS = 60;

export interface ExpiredSessions {
  init(): Promise<void>;
  /** Takes one, and says what of it has ended; undefined when there is none. For a transaction. */
  take(session: ClientSession): Promise<readonly Ended[] | undefined>;
}

export function createExpiredSessions({ db, clock }: { readonly db: Connection; readonly clock: Clock }): ExpiredSessions {
  const sessions = db.collection<StoredDocument>(MODELS.Session!.collection);
  return {
    async init() {
      await sessions.createIndex({ exp: 1 }, { name: 'untold', partialFilterExpression: { untold: true } });
    },

    async take(session) {
      const before = Math.floor(clock().getTime() / 1000) - GRACE_SECONDS;
      const found = await sessions.findOneAndUpdate(
        { untold: true, exp: { $lte: before } },
        { $unset: { untold: true } },
        { sort: { exp: 1 }, session, projection: { uid: 1, accountId: 1, authorizations: 1 } },
      );
      if (!found) return undefined;
      const { uid = '', accountId, authorizations = {} } = found;
      if (accountId === undefined) return [];
      // Two requests that renewed one session at once have left a document each; what the other one holds has not ended.
      const others = await sessions.find({ uid, exp: { $gt: before } }, { session, projection: { authorizations: 1 } }).toArray();
      const alive = new Set(others.flatMap((other) => Object.keys(other.authorizations ?? {})));
      return Object.entries(authorizations).flatMap(([key, { sid }]) =>
        alive.has(key) ? [] : [{ accountId, clientId: Buffer.from(key, 'base64url').toString(), sid }],
      );
    },
  };
}
