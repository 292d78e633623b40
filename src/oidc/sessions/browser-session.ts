/** The provider's session as our own pages see it, and what keeps it alive or ends it outside of the library's own requests. */
import type { Context } from 'koa';
import Provider, { type KoaContextWithOIDC, type Session } from 'oidc-provider';
import type { SignedIn } from '../../journey/interaction.ts';
import type { Transaction, Write } from '../../mongo/transaction.ts';
import type { GrantStore } from '../../oidc-store/grant-store.ts';
import type { Ended } from '../../oidc-store/logout-notice-store.ts';
import type { SessionStore } from '../../oidc-store/session-store.ts';
import { findActive, isEnded, type TokenAccounts } from '../claims.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { LogoutQueue } from '../logout/logout-queue.ts';

/** What a session holds for a client, as the library keeps it. */
export interface ClientAuthorization {
  readonly sid?: string;
  readonly grantId?: string;
  /** What it gave outlives the session (scope `offline_access`). */
  readonly persistsLogout?: boolean;
}

export interface SessionCare {
  /** Who is signed in in this browser. Being asked counts as use: it moves the idle limit, never the absolute one. */
  signedIn(ctx: Context): Promise<SignedIn | undefined>;
  /**
   * Ends this browser's session and the tokens that came from it, in one transaction with what the services are to be told; nobody waits
   * for them. What was allowed for when nobody is there (scope `offline_access`) stays. Says whose it was.
   */
  signOut(ctx: Context): Promise<string | undefined>;
  /** Ends this session, as a sign-out at a service does, which is the library's own, in one transaction with what services are to be told. */
  end(session: { readonly accountId: string; readonly uid: string }, ended: readonly Ended[]): Promise<void>;
  /** After such a sign-out: services are told when all else is done. */
  signedOut(): void;
  /** After a refresh: a person who is at work in a service is not idle here. */
  keepAlive(ctx: KoaContextWithOIDC): Promise<void>;
}

interface SessionDeps {
  readonly provider: Provider;
  readonly store: SessionStore;
  readonly grantStore: GrantStore;
  readonly accounts: TokenAccounts;
  readonly lifetimes: Lifetimes;
  readonly transaction: Transaction;
  readonly logoutQueue: Pick<LogoutQueue, 'note' | 'nudge'>;
}

/** As the library's sessions are, beyond what its types say. */
type LiveSession = Session & { exp?: number; uid: string };

export function createSessionCare(deps: SessionDeps): SessionCare {
  const { provider, store, grantStore, accounts, lifetimes, transaction, logoutQueue } = deps;
  /** The account is marked as well: a request under way may write the session back that it has read before. */
  const ending = (accountId: string, uid: string): readonly Write[] => [
    (saving) => store.destroy(accountId, [store.idOf(uid)], saving),
    accounts.endSessions(accountId, [store.idOf(uid)]),
  ];
  const endFound = rememberEnds(provider);
  const sessionOf = async (ctx: Context): Promise<LiveSession> => (await provider.Session.get(ctx as never)) as LiveSession;

  return {
    async signedIn(ctx) {
      const { accountId, loginTs, acr = '', amr = [], uid, exp = 0 } = await sessionOf(ctx);
      if (!accountId || loginTs === undefined || lifetimes.isOver(loginTs)) return undefined;
      const account = await findActive(accounts, accountId);
      if (!account || isEnded(account, { loginTs, id: store.idOf(uid) })) return undefined;
      const end = lifetimes.sessionEnd(loginTs);
      if (lifetimes.isWorthMoving(exp, end)) await store.extend(uid, end);
      return { accountId, authTime: loginTs, acr, amr, sessionUid: uid };
    },

    async signOut(ctx) {
      const session = await sessionOf(ctx);
      const { accountId, uid, authorizations = {} } = session;
      if (accountId) {
        const held = Object.entries(authorizations as Readonly<Record<string, ClientAuthorization>>);
        const ended = held.map(([clientId, { sid }]) => ({ accountId, clientId, sid }));
        const only = held.flatMap(([, { grantId, persistsLogout }]) => (grantId && !persistsLogout ? [grantId] : []));
        await transaction([
          logoutQueue.note(ended),
          (saving) => grantStore.destroy(accountId, { only }, saving),
          ...ending(accountId, uid),
        ]);
        logoutQueue.nudge();
      }
      ctx.cookies.set(provider.cookieName('session'), null);
      return accountId;
    },

    end: ({ accountId, uid }, ended) => transaction([logoutQueue.note(ended), ...ending(accountId, uid)]),
    signedOut: () => logoutQueue.nudge(),

    async keepAlive({ oidc }) {
      const { RotatedRefreshToken: used, RefreshToken: token = used } = oidc.entities;
      if (oidc.params?.grant_type !== 'refresh_token' || !token?.expiresWithSession || !token.sessionUid) return;
      const end = lifetimes.sessionEnd(token.authTime);
      if (lifetimes.isWorthMoving(endFound(oidc) ?? 0, end)) await store.extend(token.sessionUid, end);
    },
  };
}

/**
 * The library reads the session that a token belongs to, and keeps it to itself. Says when it ends, in seconds since 1970, of the session
 * that was read last in a request.
 */
function rememberEnds(provider: Provider): (request: object) => number | undefined {
  const { Session } = provider as unknown as { Session: { findByUid(uid: string): Promise<LiveSession | undefined> } };
  const ends = new WeakMap<object, number>();
  const { findByUid } = Session;
  Session.findByUid = async function (uid) {
    const found = await findByUid.call(this, uid);
    const request = Provider.ctx?.oidc;
    if (request && found?.exp !== undefined) ends.set(request, found.exp);
    return found;
  };
  return (request) => ends.get(request);
}
