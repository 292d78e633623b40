/** Our own pages around the journeys: the front door, the welcome page, signing out, the language. They sign in as any client does. */
import Router from '@koa/router';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { chooseLanguage, languageOf } from '../http/cookies.ts';
import { readForm } from '../http/form-body.ts';
import { sameSitePath } from '../http/same-origin.ts';
import { browserKey, seeOther } from '../journey/journey-page.ts';
import { isLanguage, type Language } from '../language.ts';
import { localize } from '../texts.ts';
import { addForm } from './account-form.ts';
import { newsFor } from './changed.ts';
import { addData } from './data/routes.ts';
import { removeMethod, removePasskey, renameMethod, renamePasskey } from './methods.ts';
import { addNotMe } from './not-me.ts';
import { addOverview } from './overview.ts';
import { ownerOf, showOwnPage } from './owner.ts';
import { addSecurity } from './security.ts';
import { changeAccountType, withdrawService } from './services.ts';
import { endOtherSessions, endSession } from './sessions.ts';
import { mailLanguage, recoveryQuestions } from './settings.ts';

export function accountPagesRoutes(deps: Deps) {
  const router = new Router();

  /** Sign-in page, or the welcome page when signed in. */
  router.get('/', async (ctx) => {
    const owner = await ownerOf(deps, ctx);
    if (!owner) return seeOther(ctx, deps.interactions.startUrl());
    const { account, language } = owner;
    showOwnPage(deps, ctx, owner, 'account-pages/welcome', {
      email: account.email,
      notice: await newsFor(deps, owner, {}),
      services: deps.config.services.map(({ id, name, initiateLoginUri }) => ({
        id,
        name: localize(name, language),
        url: loginUrl(initiateLoginUri, deps.config.issuer, language),
      })),
    });
  });

  addOverview(router, deps);
  addSecurity(router, deps);
  addNotMe(router, deps);
  addData(router, deps);
  // One after the other: each knows a target of its own kind.
  addForm(router, deps, endOtherSessions);
  addForm(router, deps, endSession);
  addForm(router, deps, removeMethod);
  addForm(router, deps, renameMethod);
  addForm(router, deps, removePasskey);
  addForm(router, deps, renamePasskey);
  addForm(router, deps, withdrawService);
  addForm(router, deps, changeAccountType);
  addForm(router, deps, mailLanguage);
  addForm(router, deps, recoveryQuestions);

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
