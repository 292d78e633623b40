/**
 * Who is signed in here. Kept in memory: a restart signs everybody out, which a demonstration may do. The cookie holds a random id that comes
 * into being at sign-in (so nothing planted before it counts afterwards), and no token ever leaves the server.
 */
import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { createExpiringMap } from './expiring-map.ts';

/** What the ID token and UserInfo told about the person and how they signed in. */
export interface Person {
  readonly sub: string;
  readonly sid: string | undefined;
  readonly email: string | undefined;
  readonly accountType: string | undefined;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  readonly authTime: Date | undefined;
}

export interface Session {
  readonly id: string;
  readonly person: Person;
  /** Stands in every form that changes something; another site can neither read nor guess it. */
  readonly formToken: string;
  readonly endsAt: Date;
  idToken: string;
  refreshToken: string | undefined;
  /** The access token for our own API. */
  api: { readonly token: string; readonly until: Date } | undefined;
  /** The refresh under way, shared by everybody who needs one (a rotated refresh token must not be sent twice). */
  refreshing: Promise<string> | undefined;
}

export interface Tokens {
  readonly idToken: string;
  readonly refreshToken: string | undefined;
}

const MINUTE = 60_000;
const IDLE = 30 * MINUTE;
const WHOLE = 12 * 60 * MINUTE;
const ENDED_KEPT = 10 * MINUTE;

const randomId = (): string => randomBytes(32).toString('base64url');

export type Sessions = ReturnType<typeof createSessions>;

/** Sessions idle out after 30 minutes and end after 12 hours, as at the provider. `secure` is whether the public address is https. */
export const createSessions = (options: { clock: () => Date; secure: boolean }) => {
  const { clock, secure } = options;
  // The __Host- prefix ties the cookie to this host; browsers refuse it over http.
  const cookie = secure ? '__Host-myuscis_session' : 'myuscis_session';
  const sessions = createExpiringMap<Session>(clock);
  const endedSids = createExpiringMap<true>(clock);

  const keep = (session: Session): void => {
    sessions.set(session.id, session, new Date(Math.min(clock().getTime() + IDLE, session.endsAt.getTime())));
  };

  const idOf = (ctx: Context): string | undefined => ctx.cookies.get(cookie, { signed: true });

  return {
    /** Signs the person in under a new id and ends the session this browser had before. */
    begin(ctx: Context, person: Person, tokens: Tokens): Session {
      const before = idOf(ctx);
      if (before) sessions.take(before);
      const session: Session = {
        id: randomId(),
        person,
        formToken: randomId(),
        endsAt: new Date(clock().getTime() + WHOLE),
        ...tokens,
        api: undefined,
        refreshing: undefined,
      };
      keep(session);
      return session;
    },

    /** Sets the cookie of a session that has just begun; HttpOnly, and Lax because the way here is a redirect from the provider. */
    give(ctx: Context, session: Session): void {
      // Koa would refuse a secure cookie because TLS ends at the proxy before us.
      ctx.cookies.secure = secure;
      ctx.cookies.set(cookie, session.id, { httpOnly: true, sameSite: 'lax', secure, path: '/', signed: true, overwrite: true });
    },

    /** The session of this browser, its idle time begun anew. */
    find(ctx: Context): Session | undefined {
      const id = idOf(ctx);
      const session = id ? sessions.get(id) : undefined;
      if (session) keep(session);
      return session;
    },

    end(session: Session): void {
      sessions.take(session.id);
    },

    /** Ends what a logout token names (Back-Channel Logout 1.0 section 2.7): one `sid`, or without it all sessions of `sub`. Returns how many. */
    endNamed(named: { sid: string | undefined; sub: string | undefined }): number {
      if (named.sid) endedSids.set(named.sid, true, new Date(clock().getTime() + ENDED_KEPT));
      const ended = sessions
        .values()
        .filter(
          ({ person }) => (named.sub === undefined || person.sub === named.sub) && (named.sid === undefined || person.sid === named.sid),
        );
      for (const session of ended) sessions.take(session.id);
      return ended.length;
    },

    /** Whether a logout token for this `sid` came while its sign-in was still being finished. */
    hasEnded: (sid: string | undefined): boolean => sid !== undefined && endedSids.get(sid) === true,
  };
};
