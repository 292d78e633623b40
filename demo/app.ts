/** The whole service on one screen: what a request passes, in order. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import Koa, { type Context, type Next } from 'koa';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import serveFiles from 'koa-static';
import type { Logger } from 'pino';
import { createCases } from './api/cases.ts';
import { createApiRoutes } from './api/routes.ts';
import { createApiClient } from './api-client.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { createPageRoutes, createPages, type Pages } from './pages.ts';
import { type Log, Problem, type ProblemCode } from './problems.ts';
import { createRelyingParty, type RelyingParty } from './relying-party.ts';
import { createSessions } from './sessions.ts';
import type { Settings } from './settings.ts';
import { createSignInRoutes } from './sign-in.ts';
import { createSignOutRoutes } from './sign-out.ts';
import { chooseLanguage } from './texts.ts';

const codeOf = (error: unknown): ProblemCode => {
  if (error instanceof Problem) return error.code;
  const status = error instanceof Error && 'status' in error ? error.status : 500;
  if (status === 413) return 'too_large';
  return typeof status === 'number' && status >= 400 && status < 500 ? 'bad_request' : 'internal';
};

const securityHeaders = (settings: Settings) =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        // Browsers apply this to the redirects of a form too, and signing out leads to the provider.
        formAction: ["'self'", new URL(settings.issuer).origin],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Only over https: a browser would remember it for every port of localhost.
    strictTransportSecurity: settings.url.startsWith('https:'),
    referrerPolicy: { policy: 'same-origin' },
  });

/** Every answer gets a reference number; what was thrown becomes a page (or JSON for the API), logged under that number. */
const handleProblems = (pages: Pages, logger: Logger) => async (ctx: Context, next: Next) => {
  ctx.state['reference'] = randomBytes(6).toString('hex');
  const tell = async (code: ProblemCode): Promise<void> => {
    if (!ctx.path.startsWith('/api/')) return pages.showProblem(ctx, code, ctx.state['reference']);
    ctx.status = new Problem(code).status;
    ctx.body = { error: code, reference: ctx.state['reference'] };
  };
  try {
    await next();
    if (ctx.status === 404 && !ctx.body) await tell('not_found');
    if (ctx.status === 405 && !ctx.body) await tell('method_not_allowed');
  } catch (error) {
    const code = codeOf(error);
    logger[code === 'internal' ? 'error' : 'info'](
      { err: error, reference: ctx.state['reference'], path: ctx.path },
      'a request ended with a problem page',
    );
    if (code === 'session_ended') {
      ctx.status = 303;
      return ctx.redirect(`/sign-in-problem?reason=session_ended&reference=${ctx.state['reference']}`);
    }
    await tell(code);
  }
};

/** Cookies belong to a host name: a sign-in begun at 127.0.0.1 would not be known at localhost, where the provider sends the browser back to. */
const oneLoopbackName = (settings: Settings) => (ctx: Context, next: Next) => {
  const wanted = new URL(settings.url);
  if (ctx.method !== 'GET' || wanted.hostname !== 'localhost' || ctx.hostname !== '127.0.0.1' || /^\/(api|health)\//.test(ctx.path))
    return next();
  ctx.status = 307;
  ctx.redirect(`${wanted.origin}${ctx.url.startsWith('/') ? ctx.url : '/'}`);
};

const health = (relyingParty: RelyingParty) => (ctx: Context, next: Next) => {
  if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next();
  ctx.status = ctx.path === '/health/live' || relyingParty.isReady() ? 200 : 503;
  ctx.body = { status: ctx.status === 200 ? 'ok' : 'waiting for the provider' };
};

/** `ownAddress()` is where this process listens, once it does: the pages ask the API there. */
export const createDemo = (settings: Settings, parts: { logger: Logger; ownAddress: () => string; clock?: () => Date }) => {
  const { logger, ownAddress, clock = () => new Date() } = parts;
  const secure = settings.url.startsWith('https:');
  const log: Log = (message, cause, reference) => logger.info({ err: cause, reference }, message);

  const sessions = createSessions({ clock, secure });
  const relyingParty = createRelyingParty(settings, log);
  const keys = createIssuerKeys(relyingParty);
  const pages = createPages({ settings, sessions });
  const api = createApiClient({ relyingParty, sessions, clock, address: ownAddress });
  const cases = createCases();

  const app = new Koa();
  app.keys = [settings.sessionSecret];
  app.on('error', (error: unknown) => logger.error({ err: error }, 'an answer could not be sent'));

  app.use(securityHeaders(settings));
  app.use(health(relyingParty));
  app.use(oneLoopbackName(settings));
  app.use(mount('/assets', serveFiles(fileURLToPath(new URL('public/', import.meta.url)), { maxage: 300_000 })));
  app.use(chooseLanguage(secure));
  app.use(handleProblems(pages, logger));
  for (const router of [
    createApiRoutes({ keys, cases, audience: relyingParty.audience, clock, log }),
    createSignInRoutes({ settings, relyingParty, sessions, clock, log }),
    createSignOutRoutes({ settings, relyingParty, sessions, keys, clock, log }),
    createPageRoutes({ settings, sessions, pages, api, log }),
  ]) {
    app.use(router.routes());
    app.use(router.allowedMethods());
  }

  return { app, relyingParty, sessions };
};
