/**
 * Signing out, from here (RP-Initiated Logout 1.0: the session at the provider ends too) and from there (Back-Channel Logout 1.0: the provider
 * tells us that it has ended).
 */
import { timingSafeEqual } from 'node:crypto';
import Router from '@koa/router';
import { jwtVerify } from 'jose';
import { createExpiringMap } from './expiring-map.ts';
import { readForm } from './form-body.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { type Log, Problem } from './problems.ts';
import type { RelyingParty } from './relying-party.ts';
import type { Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';
import { single } from './sign-in.ts';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const LONGEST_LIFE = '5m';
const REMEMBERED = 10 * 60_000;
const SECOND_CLICK = 60_000;

export interface LogoutToken {
  readonly sub: string | undefined;
  readonly sid: string | undefined;
  readonly jti: string;
}

const equal = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** Verifies a logout token as Back-Channel Logout 1.0 section 2.6 lists it. Throws what is wrong with it. */
export const verifyLogoutToken = async (
  token: string,
  expected: { keys: IssuerKeys; clientId: string; now: Date },
): Promise<LogoutToken> => {
  const { payload } = await jwtVerify(token, expected.keys.get(), {
    issuer: expected.keys.issuer(),
    audience: expected.clientId,
    algorithms: [...expected.keys.algorithms],
    // Explicit typing: an ID token of the same client can't pass for a logout token.
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
    maxTokenAge: LONGEST_LIFE,
    clockTolerance: 10,
    currentDate: expected.now,
  });
  const events = payload['events'];
  const event = typeof events === 'object' && events !== null ? (events as Record<string, unknown>)[LOGOUT_EVENT] : undefined;
  if (typeof event !== 'object' || event === null) throw new Error('the events claim names no logout');
  if (payload['nonce'] !== undefined) throw new Error('a logout token has no nonce');
  const [sub, sid] = [single(payload.sub), single(payload['sid'])];
  if (!sub && !sid) throw new Error('neither sub nor sid');
  return { sub, sid, jti: String(payload.jti) };
};

export const createSignOutRoutes = (parts: {
  settings: Settings;
  relyingParty: RelyingParty;
  sessions: Sessions;
  keys: IssuerKeys;
  clock: () => Date;
  log: Log;
}): Router => {
  const { settings, relyingParty, sessions, keys, clock, log } = parts;
  const router = new Router();
  const seen = createExpiringMap<true>(clock);
  /** By form token, for a second click: the first one would otherwise end only the session here, and leave its person signed in there. */
  const left = createExpiringMap<string>(clock);

  router.post('/signout', async (ctx) => {
    const session = sessions.find(ctx);
    const formToken = (await readForm(ctx)).get('form_token') ?? '';
    ctx.status = 303;
    if (!session) return ctx.redirect(left.get(formToken) ?? '/');
    if (!equal(formToken, session.formToken)) throw new Problem('foreign_form');
    sessions.end(session);
    const url = relyingParty.signOutUrl(session.idToken).href;
    left.set(formToken, url, new Date(clock().getTime() + SECOND_CLICK));
    ctx.redirect(url);
  });

  router.post('/backchannel-logout', async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    keys.issuer();
    const token = (await readForm(ctx)).get('logout_token');
    try {
      if (!token) throw new Error('logout_token is missing');
      const named = await verifyLogoutToken(token, { keys, clientId: settings.clientId, now: clock() });
      // Sent again because our answer was lost: right as before, but it must not end a session that began meanwhile.
      if (!seen.get(named.jti)) sessions.endNamed(named);
      seen.set(named.jti, true, new Date(clock().getTime() + REMEMBERED));
      ctx.status = 200;
      ctx.body = '';
    } catch (error) {
      log('a logout token was refused', error);
      ctx.status = 400;
      ctx.body = { error: 'invalid_request', error_description: error instanceof Error ? error.message : 'logout_token is not valid' };
    }
  });

  return router;
};
