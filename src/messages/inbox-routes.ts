/** `/dev/inbox`: what the development inbox holds, for people and as JSON for tests. Mounted in development alone. */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Language } from '../language.ts';
import type { Inbox } from './inbox.ts';

export interface InboxRoutesOptions {
  readonly inbox: Inbox;
  readonly views: { render(name: string, model: Record<string, unknown>, page: { language: Language; path: string }): string };
  readonly languageOf: (ctx: Context) => Language;
}

/** A mail is shown as its reader's program would show it: its styles, nothing loaded, nothing run; its links open. */
const MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Whose messages are asked for. A parameter given twice counts as not given; the `+` of a number may have come unescaped. */
const recipient = ({ query }: Context): string | undefined => {
  const to = query['to'];
  return typeof to === 'string' && to !== '' ? to.replace(/^ /, '+') : undefined;
};

/**
 * `GET /dev/inbox.json?to=` answers `[{ id, channel, to, subject, text, html?, at, links, codes }]`, the newest first; `DELETE` empties
 * the inbox. The pages show the same.
 */
export function inboxRoutes({ inbox, views, languageOf }: InboxRoutesOptions): Router {
  const router = new Router();
  router.use(async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store');
    await next();
  });

  router.get('/dev/inbox', async (ctx) => {
    const to = recipient(ctx);
    const path = to === undefined ? '/dev/inbox' : `/dev/inbox?to=${encodeURIComponent(to)}`;
    ctx.type = 'html';
    ctx.body = views.render('dev/inbox', { messages: await inbox.list(to), to }, { language: languageOf(ctx), path });
  });

  router.post('/dev/inbox/clear', async (ctx) => {
    await inbox.clear();
    ctx.redirect('/dev/inbox');
    ctx.status = 303;
  });

  router.get('/dev/inbox/:id.html', async (ctx) => {
    const found = await inbox.find(ctx.params['id'] ?? '');
    if (found?.html === undefined) return;
    ctx.set('Content-Security-Policy', MAIL_CSP);
    ctx.type = 'html';
    ctx.body = found.html;
  });

  router.get('/dev/inbox.json', async (ctx) => {
    ctx.body = await inbox.list(recipient(ctx));
  });

  router.delete('/dev/inbox.json', async (ctx) => {
    await inbox.clear();
    ctx.status = 204;
  });
  return router;
}
