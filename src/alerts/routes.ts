/**
 * Where the links of notices lead: "this wasn't me", "stop this recovery", "stop the change". They work without signing in, so each can do
 * one thing and undo nothing. A link's token leaves the URL at once; fetching the link changes nothing, only the button does (ASVS 3.5.3).
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { maskEmail } from '../accounts/email-address.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { languageOf, readCookie, stayInLanguage, writeCookie } from '../http/cookies.ts';
import { deviceOf } from '../http/device.ts';
import { readForm } from '../http/form-body.ts';
import { browserKey, seeOther } from '../journey/journey-page.ts';
import { createTurns } from '../journey/turns.ts';
import type { Language } from '../language.ts';
import { ALERT_PURPOSES, type Alert, type AlertState, alertOf } from './alert.ts';
import { press } from './press.ts';

const COOKIE_MS = 60 * 60 * 1000;

export function alertRoutes(deps: Deps) {
  const router = new Router();
  const inTurn = createTurns();

  for (const purpose of ALERT_PURPOSES) {
    const path = `/users/alerts/${purpose}`;
    const page = `${path}/confirm`;
    /** Of the link that this browser came with. */
    const tokenOf = (ctx: Context) => readCookie(ctx, 'alert', path);
    const show = (
      ctx: Context,
      model: Partial<Omit<Alert, 'state'>> & { state: AlertState | 'closed' },
      status = 200,
      language?: Language,
    ) => {
      ctx.status = status;
      ctx.type = 'html';
      const spoken = languageOf(ctx, language);
      stayInLanguage(ctx, spoken);
      const { state, account, until } = model;
      const address = maskEmail(account?.email ?? '');
      const { units } = deps.config.policy.limits['cancel-recovery'];
      ctx.body = deps.views.render('alerts/alert', { purpose, state, until, address, units }, { language: spoken, path: page });
    };

    router.get(path, (ctx) => {
      const { token } = ctx.query;
      // Only what a token of ours can be goes into a cookie.
      if (typeof token !== 'string' || !/^[\w-]{1,200}$/.test(token)) throw new AppError('link_invalid');
      writeCookie(ctx, 'alert', token, { path, maxAge: COOKIE_MS });
      seeOther(ctx, page);
    });

    router.get(page, async (ctx) => {
      const token = tokenOf(ctx);
      if (!token && !ctx.headers.cookie) throw new AppError('cookies_off');
      if (!token) return show(ctx, { state: 'closed' }, 410);
      const alert = await alertOf(deps, purpose, token);
      show(ctx, alert, 200, alert.account.language);
    });

    /** Whatever came of it, the page says how it is now. */
    router.post(page, async (ctx) => {
      await readForm(ctx);
      const token = tokenOf(ctx);
      const from = {
        ip: ctx.ip,
        browser: browserKey(deps, ctx),
        reference: ctx.state.reference as string,
        device: deviceOf(ctx.get('user-agent')),
      };
      if (token) await inTurn(token, () => press(deps, purpose, token, from));
      seeOther(ctx, page);
    });
  }

  return router.routes();
}
