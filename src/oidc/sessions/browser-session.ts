/** The provider's session as our own pages see it, and what keeps it alive or ends it outside of the library's own requests. */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC, Session } from 'oidc-provider';
import type { Logger } from 'pino';
import type { SignedIn } from '../../journey/interaction.ts';
import type { Transaction } from '../../mongo/transaction.ts';
import type { SessionStore } from '../../oidc-store/session-store.ts';
import { findActive, isEnded, type TokenAccounts } from '../claims.ts';
import type { Lifetimes } from '../lifetimes.ts';
import { tellServices } from './back-channel.ts';
import { revokeGrant } from './replays.ts';

export interface SessionCare {
  /** Who is signed in in this browser. Being asked counts as use: it moves the idle limit, never the absolute one. */
  signedIn(ctx: Context): Promise<SignedIn | undefined>;
  /**
   * Ends this browser's session, tells every service that wants to be told, and ends their tokens. Best effort towards the services
   * (2.5 s, one try); the session ends in any case. Says whose it was.
   */
  signOut(ctx: Context): Promise<string | undefined>;
  /** After a sign-out at a service, which is the library's own: what it has ended stays so. */
  signedOut(ctx: KoaContextWithOIDC): Promise<void>;
  /** After a refresh: a person who is at work in a service is not idle here. */
  keepAlive(ctx: KoaContextWithOIDC): Promise<void>;
}

interface SessionDeps {
  readonly provider: Provider;
  readonly store: SessionStore;
  readonly accounts: TokenAccounts;
  readonly lifetimes: Lifetimes;
  readonly transaction: Transaction;
  readonly log: Logger;
}

/** Seconds by which a session's end must have moved to be worth a write. */
const WORTH_WRITING = 60;

/** As the library's sessions are, beyond what its types say. */
type LiveSession = Session & { exp?: number; uid: string };

export function createSessionCare({ provider, store, accounts, lifetimes, transaction, log }: SessionDeps): SessionCare {
  /** A request under way may write the session back that it has read before; no document says then that it is over. */
  const markEnded = (accountId: string, uid: string) => transaction([accounts.endSessions(accountId, [store.idOf(uid)])]);
  const sessionOf = async (ctx: Context): Promise<LiveSession> => (await provider.Session.get(ctx as never)) as LiveSession;

  return {
    async signedIn(ctx) {
      const { accountId, loginTs, acr = '', amr = [], uid, exp = 0 } = await sessionOf(ctx);
      if (!accountId || loginTs === undefined || lifetimes.isOver(loginTs)) return undefined;
      const account = await findActive(accounts, accountId);
      if (!account || isEnded(account, { loginTs, id: store.idOf(uid) })) return undefined;
      const end = lifetimes.sessionEnd(loginTs);
      if (end - exp >= WORTH_WRITING) await store.extend(uid, end);
      return { accountId, authTime: loginTs, acr, amr, sessionUid: uid };
    },

    async signOut(ctx) {
      const session = await sessionOf(ctx);
      const { accountId, uid, authorizations = {} } = session;
      if (accountId) {
        const held = Object.entries(authorizations);
        await tellServices(
          { provider, log },
          held.map(([clientId, { sid }]) => ({ accountId, clientId, sid })),
        );
        for (const [, { grantId, persistsLogout }] of held) if (grantId && !persistsLogout) await revokeGrant(provider, grantId);
        await session.destroy();
        await markEnded(accountId, uid);
      }
      ctx.cookies.set(provider.cookieName('session'), null);
      return accountId;
    },

    async signedOut({ oidc }) {
      // By another method than POST there is no such endpoint, and the library has set up nothing.
      const session = (oidc as typeof oidc | undefined)?.session as (Session & { destroyed?: boolean }) | undefined;
      if (session?.destroyed && session.accountId) await markEnded(session.accountId, session.uid);
    },

    async keepAlive({ oidc }) {
      const { RotatedRefreshToken: used, RefreshToken: token = used } = oidc.entities;
      if (oidc.params?.grant_type !== 'refresh_token' || !token?.expiresWithSession || !token.sessionUid) return;
      await store.extend(token.sessionUid, lifetimes.sessionEnd(token.authTime));
    },
  };
}
