/** "This wasn't me": one button that shuts everybody out, its owner too, until a new password is chosen. */
import type Router from '@koa/router';
import { noticesTo } from '../accounts/notices.ts';
import { isSettling } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { languageOf } from '../http/cookies.ts';
import { deviceOf } from '../http/device.ts';
import { readForm } from '../http/form-body.ts';
import { browserKey, seeOther } from '../journey/journey-page.ts';
import { freshOwner, showOwnPage } from './owner.ts';

const SECURED = '/account/secured';

export function addNotMe(router: Router, deps: Deps): void {
  router.get('/account/not-me', async (ctx) => {
    const owner = await freshOwner(deps, ctx);
    if (owner) showOwnPage(deps, ctx, owner, 'account-pages/not-me', { formUrl: ctx.path, back: '/account/security' });
  });

  router.post('/account/not-me', async (ctx) => {
    await readForm(ctx);
    const owner = await freshOwner(deps, ctx);
    if (!owner) return;
    const { account } = owner;
    const device = deviceOf(ctx.get('user-agent'));
    const by = { accountId: account.id, ip: ctx.ip, browser: browserKey(deps, ctx), device };
    const [ending, recoveries] = await Promise.all([deps.sessions.endAll(account.id), deps.recoveries.of(account.id)]);
    await deps.transaction([
      ...ending.writes,
      // A sign-in that has got past its password would not be asked for a new one, and one at its end could still add a key.
      deps.journeys.endOthers(account.id, undefined),
      deps.accounts.demandNewPassword(account.id),
      deps.recoveries.cancelPresent(account.id),
      ...(recoveries.every(isSettling) ? [] : [deps.audit.record({ type: 'recovery.cancelled', by: 'account-pages', ...by })]),
      deps.audit.record({ type: 'not-me.reported', ...by }),
      ...noticesTo(deps, account, `account/${deps.newId()}`, { kind: 'security-change', what: 'account-secured', device }),
    ]);
    deps.outbox.nudge();
    await ending.after();
    // Nothing is left to end; the cookie goes.
    await deps.interactions.signOut(ctx);
    ctx.set('clear-site-data', '"cache"');
    seeOther(ctx, SECURED);
  });

  /** For somebody who is signed out by now. */
  router.get(SECURED, async (ctx) => {
    ctx.type = 'html';
    ctx.body = deps.views.render('account-pages/secured', {}, { language: languageOf(ctx), path: SECURED });
  });
}
