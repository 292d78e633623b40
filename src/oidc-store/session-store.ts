/** What happens to sessions and tokens outside of the library's own requests: being kept alive, and being ended for an account. */
import type { ClientSession } from 'mongoose';
import { MODELS } from './models.ts';
import { type OidcStoreDeps, oidcDigest, type StoredDocument } from './mongo-adapter.ts';

export interface SessionStore {
  /**
   * Moves the end of a live session to `exp` (seconds since 1970), never to an earlier time. One update of one field: what another
   * request writes into the session meanwhile is not lost.
   */
  extend(uid: string, exp: number): Promise<void>;
  /** The stored ids of an account's sessions, newest end first. */
  of(accountId: string): Promise<readonly { readonly _id: string; readonly expiresAt: Date }[]>;
  /** Ends one session by its stored `_id` (the cookie's value is not known here). Tokens bound to it end with it. */
  destroy(_id: string): Promise<void>;
  /**
   * Ends every session of an account, and with them all tokens that are bound to a session. JWT access tokens live until their `exp`,
   * 5 minutes at most. With a `session` it is part of that transaction.
   */
  destroySessionsOf(accountId: string, session?: ClientSession): Promise<void>;
  /** Ends every grant, code and token of an account, the ones that outlive sessions too; JWT access tokens live until their `exp`. */
  destroyTokensOf(accountId: string, session?: ClientSession): Promise<void>;
}

const OF_AN_ACCOUNT = ['Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken'] as const;

export function createSessionStore({ db, rootSecret, clock = () => new Date() }: OidcStoreDeps): SessionStore {
  const documentsOf = (model: string) => db.collection<StoredDocument>(MODELS[model]!.collection);
  const sessions = documentsOf('Session');
  const slack = MODELS.Session!.slack;
  return {
    async extend(uid, exp) {
      const now = Math.floor(clock().getTime() / 1000);
      await sessions.updateOne(
        { uid: oidcDigest(rootSecret, 'uid', uid), exp: { $gt: now, $lt: exp } },
        { $set: { exp, expiresAt: new Date((exp + slack) * 1000) } },
      );
    },
    async of(accountId) {
      const found = await sessions.find({ accountId }, { projection: { exp: 1 }, sort: { exp: -1 } }).toArray();
      return found.map(({ _id, exp = 0 }) => ({ _id, expiresAt: new Date(exp * 1000) }));
    },
    async destroy(_id) {
      await sessions.deleteOne({ _id });
    },
    async destroySessionsOf(accountId, session) {
      await sessions.deleteMany({ accountId }, session && { session });
    },
    async destroyTokensOf(accountId, session) {
      for (const model of OF_AN_ACCOUNT) await documentsOf(model).deleteMany({ accountId }, session && { session });
    },
  };
}
