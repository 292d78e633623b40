/** What happens to sessions outside of the library's own requests: being kept alive, listed, and ended for an account. */
import type { ClientSession } from 'mongoose';
import type { AdapterPayload } from 'oidc-provider';
import { MODELS } from './models.ts';
import { type MongoAdapter, type OidcStoreDeps, oidcDigest, type StoredDocument } from './mongo-adapter.ts';

/** A session as it is listed; the cookie's value is not known here. */
export interface KeptSession {
  /** Digest of its uid: unlike the cookie's value it stays the same while the session lives. */
  readonly id: string;
  /** Whether it can still be used, unless its account says otherwise. */
  readonly live: boolean;
  readonly usedAt?: Date | undefined;
  readonly payload: AdapterPayload;
}

export interface SessionStore {
  /**
   * Moves the end of a live session to `exp` (seconds since 1970), never to an earlier time. One update of its times: what another
   * request writes into the session meanwhile is not lost.
   */
  extend(uid: string, exp: number): Promise<void>;
  /** What a session of this uid is listed as. */
  idOf(uid: string): string;
  /** The sessions of an account, the one that was used last first; those that have expired for a day longer, for whoever must be told. */
  of(accountId: string, session?: ClientSession): Promise<readonly KeptSession[]>;
  /** Of those that are live so many at most, the one that was used last first; and how many there are in all. */
  newest(accountId: string, most: number): Promise<{ readonly sessions: readonly KeptSession[]; readonly all: number }>;
  /** One session of an account, as `of` lists it. */
  one(accountId: string, id: string): Promise<KeptSession | undefined>;
  /** Ends these sessions, if they are this account's. Tokens that are bound to a session end with it. */
  destroy(accountId: string, ids: readonly string[], session: ClientSession): Promise<void>;
  /** Takes out of the account's sessions what is theirs at a client. */
  forgetClient(accountId: string, clientId: string, session: ClientSession): Promise<void>;
}

export function createSessionStore(deps: Omit<OidcStoreDeps, 'seal'> & { readonly adapter: MongoAdapter }): SessionStore {
  const { db, rootSecret, adapter, clock = () => new Date() } = deps;
  const { collection, slack } = MODELS.Session!;
  const sessions = db.collection<StoredDocument>(collection);
  const idOf = (uid: string) => oidcDigest(rootSecret, 'uid', uid);
  const now = () => Math.floor(clock().getTime() / 1000);
  function opened(found: readonly StoredDocument[]): readonly KeptSession[] {
    // Two requests that renewed one session at once have left a document each.
    const byUid = Map.groupBy(found, ({ uid = '' }) => uid);
    return [...byUid].map(([id, documents]) => {
      const [newest, ...others] = documents.map((document) => adapter.open('Session', document)) as [AdapterPayload, ...AdapterPayload[]];
      const authorizations = Object.assign({}, ...others.map((payload) => payload.authorizations), newest.authorizations);
      return { id, live: (newest.exp ?? 0) > now(), usedAt: documents[0]!.usedAt, payload: { ...newest, authorizations } };
    });
  }

  return {
    async extend(uid, exp) {
      await sessions.updateOne(
        { uid: idOf(uid), exp: { $gt: now(), $lt: exp } },
        { $set: { exp, usedAt: clock(), expiresAt: new Date((exp + slack) * 1000) } },
      );
    },
    idOf,
    of: async (accountId, session) =>
      opened(await sessions.find({ accountId }, { sort: { usedAt: -1 }, ...(session && { session }) }).toArray()),
    async newest(accountId, most) {
      const live = { accountId, exp: { $gt: now() } };
      const [found, all] = await Promise.all([
        sessions.find(live, { sort: { usedAt: -1 }, limit: most }).toArray(),
        sessions.countDocuments(live),
      ]);
      return { sessions: opened(found), all };
    },
    one: async (accountId, id) => opened(await sessions.find({ accountId, uid: id }, { sort: { usedAt: -1 } }).toArray())[0],
    async destroy(accountId, ids, session) {
      await sessions.deleteMany({ accountId, uid: { $in: [...ids] } }, { session });
    },
    async forgetClient(accountId, clientId, session) {
      const place = `authorizations.${Buffer.from(clientId).toString('base64url')}`;
      await sessions.updateMany({ accountId, [place]: { $exists: true } }, { $unset: { [place]: true } }, { session });
    },
  };
}
