/** Our own pages around the journeys: the front door, the welcome page, signing out, the language. They sign in as any client does. */
import Router from '@koa/router';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { chooseLanguage, languageOf, stayInLanguage } from '../http/cookies.ts';
import { readForm } from '../http/form-body.ts';
import { browserKey, seeOther } from '../journey/journey-page.ts';
import { isLanguage, type Language } from '../language.ts';
import { localize } from '../texts.ts';

export function accountPagesRoutes(deps: Deps) {
  const router = new Router();

  /** Sign-in page, or the welcome page when signed in. */
  router.get('/', async (ctx) => {
    const session = await deps.interactions.signedIn(ctx);
    const account = session && (await deps.accounts.find(session.accountId));
    if (!account) return seeOther(ctx, deps.interactions.startUrl());
    const language = languageOf(ctx, account.language);
    stayInLanguage(ctx, language);
    ctx.type = 'html';
    ctx.body = deps.views.render(
      'account-pages/welcome',
      {
        email: account.email,
        idleMinutes: deps.config.policy.session.idleMinutes,
        services: deps.config.services.map(({ id, name, initiateLoginUri }) => ({
          id,
          name: localize(name, language),
          url: loginUrl(initiateLoginUri, deps.config.issuer, language),
        })),
      },
      { language, path: '/', signedIn: true },
    );
  });

  /** Somebody did not agree to the terms, and is not left wondering what became of that. */
  router.get('/declined', async (ctx) => {
    ctx.type = 'html';
    ctx.body = deps.views.render('account-pages/declined', {}, { language: languageOf(ctx), path: '/declined' });
  });

  for (const path of ['/users/sign_up', '/create-account']) {
    router.get(path, async (ctx) =>
      seeOther(ctx, (await deps.interactions.signedIn(ctx)) ? '/' : deps.interactions.startUrl({ create: true })),
    );
  }

  router.post('/sign-out', async (ctx) => {
    await readForm(ctx);
    const accountId = await deps.interactions.signOut(ctx);
    if (accountId) deps.audit.note({ type: 'session.ended', accountId, ip: ctx.ip, browser: browserKey(deps, ctx) }, ctx.state.reference);
    ctx.set('clear-site-data', '"cache"');
    return seeOther(ctx, '/');
  });

  /** The language switch: remembered in this browser, and back to the page it was pressed on. */
  router.post('/language', async (ctx) => {
    const { to, back = '/' } = await readForm(ctx);
    if (!isLanguage(to)) throw new AppError('bad_request', { detail: 'an unknown language' });
    chooseLanguage(ctx, to);
    return seeOther(ctx, sameSitePath(back));
  });

  return router.routes();
}

/** Third-party-initiated login (OpenID Connect Core 4): the service starts the flow itself, so it owns state and PKCE. */
function loginUrl(initiateLoginUri: string, issuer: string, language: Language): string {
  const url = new URL(initiateLoginUri);
  url.searchParams.set('iss', issuer);
  url.searchParams.set('ui_locales', language);
  return url.href;
}

/** A path of this site and nothing else: `//evil`, `/\evil`, `/.//evil` and absolute URLs become `/`. */
export function sameSitePath(path: string): string {
  const base = 'http://here.invalid';
  const url = URL.canParse(path, base) ? new URL(path, base) : undefined;
  if (url?.origin !== base || !path.startsWith('/')) return '/';
  // Only now are the dots gone, and what was behind them may be another host.
  return url.pathname.startsWith('//') ? '/' : url.pathname + url.search;
}
