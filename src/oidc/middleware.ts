/**
 * The provider as one piece of middleware, with what stands before and after the library. To be mounted before anything that reads
 * bodies or looks for forged forms: its endpoints are called by other parties' servers.
 */
import type { Context, Middleware, Next } from 'koa';
import mount from 'koa-mount';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import { sameSitePath } from '../http/same-origin.ts';
import type { Views } from '../http/views.ts';
import type { Registration } from './clients/registration.ts';
import { SIGNED_IN_PATH } from './clients.ts';
import { createLibraryPages } from './library-pages.ts';
import { beginAgain, withoutSession } from './logout/never-stuck.ts';
import { FAULTS, keepWhatIsSound } from './logout/sound-request.ts';
import { LONGEST_REQUEST, METHODS, ROUTES } from './routes.ts';
import type { SessionCare } from './sessions/browser-session.ts';
import { revokeReplayedCode } from './sessions/replays.ts';

const DISCOVERY = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];
const SIGN_OUT = `${ROUTES.end_session}/confirm`;
const SIGNED_OUT = `${ROUTES.end_session}/success`;
const EXACT = new Set<string>([...Object.values(ROUTES), ...DISCOVERY, SIGN_OUT, SIGNED_OUT]);
/** Where answers hold tokens, or what is known of a person. */
const HOLDS_SECRETS = new Set<string>([ROUTES.token, ROUTES.userinfo, ROUTES.introspection, ROUTES.pushed_authorization_request]);
/** Seconds for which keys and metadata may be kept by others; a key is published for longer than this before it signs (`signingKeys` in policy.json). */
const PUBLIC_FOR = 600;

interface MiddlewareDeps {
  readonly provider: Provider;
  readonly issuer: string;
  readonly views: Views;
  readonly sessions: SessionCare;
  readonly registration: Registration;
  /** The ids of the keys that relying parties are told of (`KeySet.published`). */
  readonly published: ReadonlySet<string>;
  readonly log: Pick<Logger, 'info'>;
}

export function createMiddleware({ provider, issuer, views, sessions, registration, published, log }: MiddlewareDeps): Middleware {
  const { host, protocol } = new URL(issuer);
  const pages = createLibraryPages({ issuer, views });
  const library = mount(provider) as Middleware;
  const sessionCookie = provider.cookieName('session');

  return async (ctx, next) => {
    const { path, method } = ctx;
    if (path === SIGNED_IN_PATH) return goOn(ctx);
    if (!EXACT.has(path) && !path.startsWith(`${ROUTES.authorization}/`) && !registration.isOf(ctx)) return next();
    // The library builds addresses from the request; whoever can choose them would have codes and links sent to itself.
    if (ctx.host !== host) throw new AppError('wrong_host');
    if (protocol === 'https:' && !ctx.secure)
      throw new AppError('wrong_host', { detail: 'ISSUER is https but this request is not: check TRUST_PROXY' });
    demandMethod(ctx);
    if (method === 'POST' && path === ROUTES.authorization) return asGet(ctx);
    if (method === 'POST' && path === ROUTES.end_session) return asGet(ctx).catch((fault) => askAll(ctx, fault));
    if (path === ROUTES.authorization && ctx.querystring.length > LONGEST_REQUEST) throw tooLong();
    if (path === ROUTES.end_session && ctx.querystring.length > LONGEST_REQUEST) return askAll(ctx, tooLong());
    if (path === ROUTES.end_session || path === SIGNED_OUT) await keepWhatIsSound(provider, log, ctx);
    if (registration.isOf(ctx) && (await registration.refuse(ctx))) return;
    // The address of the form's answer, from a history or a bookmark.
    if (path === SIGN_OUT && method !== 'POST') return seeOther(ctx, ROUTES.end_session);

    // Tokens are sent in the header (RFC 6750 2.1); the library would take one out of a form as well.
    if (path === ROUTES.userinfo && !ctx.get('authorization')) delete ctx.req.headers['content-type'];
    // RFC 6749 5.1 and OpenID Connect Core 3.1.3.3 ask for it beside `Cache-Control`, which the library sends.
    if (HOLDS_SECRETS.has(path)) ctx.set('pragma', 'no-cache');

    const policy = ctx.response.get('content-security-policy');
    try {
      await library(ctx, next as Next);
    } catch (error) {
      if (path === SIGN_OUT && error instanceof AppError && error.code === 'oauth') return seeOther(ctx, beginAgain(ctx));
      const uid = path.startsWith(`${ROUTES.authorization}/`) ? path.slice(ROUTES.authorization.length + 1) : '';
      if (!(error instanceof AppError && error.code === 'page_expired' && /^[\w-]+$/.test(uid))) throw error;
      await forgetLost(ctx as unknown as KoaContextWithOIDC, sessionCookie);
      // The second of two clicks on a last button, or an interaction that ended meanwhile: the journey knows where to go on.
      return ctx.redirect(`/interaction/${uid}`);
    }
    if (typeof ctx.body === 'string') {
      // The library admits a script of its own page, which ours does not have.
      if (policy) ctx.set('content-security-policy', policy);
      pages.reRender(ctx);
    }
    // Of a body that was too long for the library, too.
    ctx.req.resume();
    forgetWithBrowser(ctx, sessionCookie);
    const nowhere = path === ROUTES.end_session ? withoutSession(ctx as unknown as KoaContextWithOIDC) : undefined;
    if (nowhere !== undefined) return seeOther(ctx, nowhere);
    if (path === SIGN_OUT) {
      // Wherever it leads: whoever is next at this computer finds no page of this person by going back. Whoever chose to stay keeps theirs.
      if ((ctx as unknown as KoaContextWithOIDC).oidc?.params?.logout) ctx.set('clear-site-data', '"cache"');
      sessions.signedOut();
    }
    if (registration.isOf(ctx)) registration.conceal(ctx);
    if (path === ROUTES.token) await settle(ctx as unknown as KoaContextWithOIDC);
    if (path === ROUTES.jwks || DISCOVERY.includes(path)) publish(ctx, published);
  };

  /** A form that cannot be read says nothing; the person is asked all the same. */
  function askAll(ctx: Context, fault: unknown): void {
    if (!(fault instanceof AppError && fault.code === 'oauth')) throw fault;
    log.info({ ignored: fault.message }, FAULTS);
    ctx.req.resume();
    seeOther(ctx, ROUTES.end_session);
  }

  async function settle(ctx: KoaContextWithOIDC): Promise<void> {
    if (ctx.status === 200) await sessions.keepAlive(ctx);
    else if ((ctx.body as { error?: unknown } | undefined)?.error === 'invalid_grant') await revokeReplayedCode(ctx);
  }
}

/** The library has no answer to a method that an endpoint does not know; what comes after it would say that there is no such page. */
function demandMethod({ method, path, response }: Context): void {
  const known = METHODS[path];
  if (!known || method === 'OPTIONS' || known.includes(method)) return;
  response.set('allow', known.join(', '));
  throw new AppError('method_not_allowed');
}

function seeOther(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}

/** Where an authorization of our own pages ends: on to the path it was begun for. */
function goOn(ctx: Context): void {
  const { state, error } = ctx.query;
  ctx.status = 303;
  ctx.redirect(error === 'access_denied' ? '/declined' : sameSitePath(state));
}

/**
 * OpenID Connect Core 3.1.2.1 and RP-Initiated Logout 2 ask for POST beside GET. A POST from another site comes without our cookies
 * (`SameSite=Lax`), the GET that it is turned into has them.
 */
async function asGet(ctx: Context): Promise<void> {
  if (!ctx.is('application/x-www-form-urlencoded')) throw invalidRequest('only application/x-www-form-urlencoded bodies are supported');
  let form = '';
  // Not destroyed when left early: the refusal still has to go out on it.
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
    form += chunk;
    if (form.length > LONGEST_REQUEST) break;
  }
  if (form.length > LONGEST_REQUEST) {
    // The rest is let through unread: a sender that is stopped halfway never sees the answer, only a broken connection.
    ctx.req.resume();
    throw tooLong();
  }
  ctx.status = 303;
  ctx.redirect(`${ctx.path}?${new URLSearchParams(form)}`);
}

const invalidRequest = (description: string) =>
  new AppError('oauth', {
    params: { error: 'invalid_request', error_description: description },
    detail: `invalid_request: ${description}`,
  });
const tooLong = () => invalidRequest(`requests of more than ${LONGEST_REQUEST} bytes must be pushed (PAR, RFC 9126)`);

/**
 * Another tab has just given the session another id, or signed out: this interaction cannot go back any more and would be tried again for
 * ever. The empty session that the library has begun for it must not take the place of what the other tab was given.
 */
async function forgetLost(ctx: KoaContextWithOIDC, name: string): Promise<void> {
  const interaction = ctx.oidc?.entities.Interaction;
  if (!interaction) return;
  await interaction.destroy();
  const cookies = ctx.response.headers['set-cookie'];
  const ofSession = new RegExp(`^${name}(?:\\.sig)?=`);
  if (Array.isArray(cookies))
    ctx.set(
      'set-cookie',
      cookies.filter((cookie) => !ofSession.test(cookie)),
    );
}

/** The library gives the cookie of a session nobody has signed in to a date; no session of ours outlives the browser (SP 800-63B 5.1). */
function forgetWithBrowser(ctx: Context, name: string): void {
  const cookies = ctx.response.headers['set-cookie'];
  if (!Array.isArray(cookies)) return;
  const lasting = new RegExp(`^${name}(?:\\.sig)?=.*expires=(?!Thu, 01 Jan 1970)`);
  ctx.set(
    'set-cookie',
    cookies.map((cookie) => (lasting.test(cookie) ? cookie.replace(/; expires=[^;]*/, '') : cookie)),
  );
}

function publish(ctx: Context, published: ReadonlySet<string>): void {
  if (ctx.status !== 200) return;
  ctx.set('cache-control', `public, max-age=${PUBLIC_FOR}`);
  const { keys } = ctx.body as { readonly keys?: readonly { readonly kid: string }[] };
  if (keys) ctx.body = { keys: keys.filter(({ kid }) => published.has(kid)) };
  const metadata = ctx.body as Record<string, unknown>;
  if (metadata.response_types_supported) ctx.body = { ...metadata, response_types_supported: ['code'] };
}
