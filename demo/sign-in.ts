/**
 * Signing in: /login begins (from a link here, or from another site: OpenID Connect Core section 4, third-party initiated login), /callback finishes.
 * What a sign-in needs until then is kept on the server, bound to this browser, and used once.
 */
import { randomBytes } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { createExpiringMap } from './expiring-map.ts';
import { readForm } from './form-body.ts';
import { isProblemCode, type Log, Problem, type ProblemCode } from './problems.ts';
import { errorCodeOf, type PendingSignIn, type RelyingParty } from './relying-party.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';

interface Parts {
  readonly settings: Settings;
  readonly relyingParty: RelyingParty;
  readonly sessions: Sessions;
  readonly clock: () => Date;
  readonly log: Log;
}

/** The provider keeps an unfinished sign-up for 7 days, and somebody who finishes it arrives here. */
const PENDING_LIFE = 7 * 24 * 60 * 60_000;
const HOME = '/my-account';
const NO_TARGETS = ['/login', '/callback', '/signout', '/sign-in-problem'];

/** A parameter that was given once; repeated or structured ones count as absent. */
export const single = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Only a page of this site may follow a sign-in (otherwise /login would be an open redirector); anything else becomes the person's own page. */
export const sameSiteTarget = (value: string | undefined, base: string): string => {
  if (!value || value.length > 2000 || !URL.canParse(value, `${base}/`)) return HOME;
  const target = new URL(value, `${base}/`);
  if (target.origin !== new URL(base).origin || target.username || NO_TARGETS.includes(target.pathname)) return HOME;
  // `//evil.example` is a path to the URL class and a host to a browser.
  return target.pathname.startsWith('//') ? HOME : `${target.pathname}${target.search}`;
};

const problemOf = (error: unknown): ProblemCode => {
  const code = errorCodeOf(error);
  if (error instanceof Problem) return error.code;
  if (code === undefined || code === 'invalid_grant') return 'sign_in_failed';
  return isProblemCode(code) ? code : 'sign_in_refused';
};

export const createSignInRoutes = ({ settings, relyingParty, sessions, clock, log }: Parts): Router => {
  const router = new Router();
  const secure = settings.url.startsWith('https:');
  const cookie = secure ? '__Host-myuscis_sign_in' : 'myuscis_sign_in';
  const pendings = createExpiringMap<PendingSignIn>(clock);
  const finishing = new Map<string, { readonly target: string; readonly session: Promise<Session> }>();

  const browserOf = (ctx: Context): string | undefined => ctx.cookies.get(cookie, { signed: true });

  const knownBrowser = (ctx: Context): string => {
    const id = browserOf(ctx) ?? randomBytes(32).toString('base64url');
    ctx.cookies.secure = secure;
    ctx.cookies.set(cookie, id, { httpOnly: true, sameSite: 'lax', secure, path: '/', signed: true });
    return id;
  };

  router.get('/login', async (ctx) => {
    const issuer = relyingParty.provider().issuer;
    const given = ctx.query['iss'];
    if (given !== undefined && given !== issuer) throw new Problem('wrong_issuer');
    const hint = single(ctx.query['login_hint']);
    const { url, pending } = await relyingParty.begin({
      target: sameSiteTarget(single(ctx.query['target_link_uri']), settings.url),
      language: ctx.state['language'],
      loginHint: hint && hint.length <= 320 ? hint : undefined,
      create: ctx.query['prompt'] === 'create',
    });
    pendings.set(`${knownBrowser(ctx)} ${pending.state}`, pending, new Date(clock().getTime() + PENDING_LIFE));
    ctx.status = 303;
    ctx.redirect(url.href);
  });

  // The specification wants POST too. A POST from another site comes without our cookies, so it goes on as the same request by GET.
  router.post('/login', async (ctx) => {
    const fields = await readForm(ctx);
    ctx.status = 303;
    ctx.redirect(`/login?${new URLSearchParams([...fields])}`);
  });

  const finish = async (ctx: Context, pending: PendingSignIn): Promise<Session> => {
    const { person, tokens } = await relyingParty.finish(new URL(ctx.url, settings.url), pending);
    if (sessions.hasEnded(person.sid)) throw new Problem('session_ended');
    return sessions.begin(ctx, person, tokens);
  };

  const startFinishing = (ctx: Context, key: string) => {
    const pending = pendings.take(key);
    if (!pending) throw new Problem('unknown_sign_in');
    const underWay = { target: pending.target, session: finish(ctx, pending).finally(() => finishing.delete(key)) };
    finishing.set(key, underWay);
    return underWay;
  };

  router.get('/callback', async (ctx) => {
    relyingParty.provider();
    const key = `${browserOf(ctx) ?? ''} ${single(ctx.query['state']) ?? ''}`;
    try {
      // Two clicks at the provider bring the browser here twice and it shows the second answer: that one joins the first while it is under way.
      const underWay = finishing.get(key) ?? startFinishing(ctx, key);
      sessions.give(ctx, await underWay.session);
      ctx.status = 303;
      ctx.redirect(underWay.target);
    } catch (error) {
      const reference: string = ctx.state['reference'];
      log('a sign-in did not succeed', error, reference);
      // A page of its own, so that a reload or a change of language shows the same words again.
      ctx.status = 303;
      ctx.redirect(`/sign-in-problem?reason=${problemOf(error)}&reference=${reference}`);
    }
  });

  return router;
};
