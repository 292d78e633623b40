/** `/account/data`: everything that is known of an account, for its owner to keep; and the page that a closed account ends on. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { noticesTo } from '../../accounts/notices.ts';
import type { Deps } from '../../deps.ts';
import { languageOf } from '../../http/cookies.ts';
import { deviceOf } from '../../http/device.ts';
import { readForm } from '../../http/form-body.ts';
import type { PageModel } from '../../http/views.ts';
import { browserKey } from '../../journey/journey-page.ts';
import { eventLines } from '../history.ts';
import { freshOwner, type Owner, showOwnPage } from '../owner.ts';
import { collectData } from './collection.ts';

const PATH = '/account/data';

export function addData(router: Router, deps: Deps): void {
  const page = (ctx: Context, owner: Owner, more: PageModel = {}) =>
    showOwnPage(deps, ctx, owner, 'account-pages/data', { formUrl: ctx.path, back: '/account', ...more });

  router.get(PATH, async (ctx) => {
    const owner = await freshOwner(deps, ctx);
    if (owner) page(ctx, owner);
  });

  router.post(PATH, async (ctx) => {
    const { format } = await readForm(ctx);
    const owner = await freshOwner(deps, ctx);
    if (!owner) return;
    if (format !== 'json' && format !== 'html') return page(ctx, owner, { problems: { form: { key: 'problems.data_format_required' } } });
    const { account, language } = owner;
    const { data, events } = await collectData(deps, account, language);
    const device = deviceOf(ctx.get('user-agent'));
    await deps.transaction([
      deps.audit.record({ type: 'data.downloaded', accountId: account.id, ip: ctx.ip, browser: browserKey(deps, ctx), device }),
      ...noticesTo(deps, account, `account/${deps.newId()}`, { kind: 'security-change', what: 'data-downloaded', device }),
    ]);
    deps.outbox.nudge();
    ctx.attachment(`data.${format}`);
    ctx.set('cache-control', 'no-store');
    if (format === 'json') {
      ctx.type = 'application/json';
      ctx.body = `${JSON.stringify(data, null, 2)}\n`;
      return;
    }
    ctx.type = 'html';
    const history = await eventLines(deps, events, language);
    ctx.body = deps.views.render('account-pages/data-file', { data, history }, { language, path: PATH, layout: 'layout-file' });
  });

  /** For somebody who is signed out by now. */
  router.get('/closed', async (ctx) => {
    ctx.type = 'html';
    const { days } = deps.config.policy.closing;
    ctx.body = deps.views.render('account-pages/closed', { days }, { language: languageOf(ctx), path: '/closed' });
  });
}
