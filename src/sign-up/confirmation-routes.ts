/**
 * The pages around the confirmation mail that stand outside an interaction: the mailed link, and "Didn't receive confirmation
 * instructions?". A link's token leaves the URL at once; fetching the link uses nothing up, only the button does (ASVS 3.5.3).
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { maskEmail, parseEmailAddress } from '../accounts/email-address.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { languageOf, readCookie, writeCookie } from '../http/cookies.ts';
import { readForm } from '../http/form-body.ts';
import { giveTicket } from '../journey/continue.ts';
import { browserKey, pathOf, seeOther } from '../journey/journey-page.ts';
import type { StoredJourney } from '../journey/stored-journey.ts';
import type { Language } from '../language.ts';
import { findUnfinishedSignUp } from '../steps/unfinished-sign-up.ts';
import { confirmed } from './confirm.ts';
import { sendConfirmation } from './confirmation.ts';
import type { EmailAnswer } from './email.ts';
import { signUp } from './journey.ts';

const PATH = '/users/confirmation';
const COOKIE_MS = 60 * 60 * 1000;
const COOKIE = { path: PATH, maxAge: COOKIE_MS };

export function confirmationRoutes(deps: Deps) {
  const router = new Router();
  const show = (ctx: Context, view: string, model: object, language = languageOf(ctx), status = 200) => {
    ctx.status = status;
    ctx.type = 'html';
    ctx.body = deps.views.render(view, { values: {}, problems: {}, ...model }, { language, path: ctx.path });
  };

  router.get(PATH, async (ctx) => {
    const token = ctx.query.confirmation_token;
    if (typeof token !== 'string' || token.length > 200) throw new AppError('link_invalid');
    writeCookie(ctx, 'confirmation', token, COOKIE);
    seeOther(ctx, `${PATH}/confirm`);
  });

  router.get(`${PATH}/confirm`, async (ctx) => {
    const { journey, state } = await linkOf(ctx);
    const email = journey && emailOf(journey).address;
    show(ctx, 'sign-up/confirm-link', { state, address: email && maskEmail(email) }, languageOf(ctx, journey?.content.language));
  });

  /** The button: the sign-up goes on in the browser that pressed it, and in no other. */
  router.post(`${PATH}/confirm`, async (ctx) => {
    await readForm(ctx);
    const { journey, state, token } = await linkOf(ctx);
    if (!journey || state !== 'ready') return seeOther(ctx, `${PATH}/confirm`);
    const here = browserKey(deps, ctx) === journey.browser;
    const email = emailOf(journey);
    const { answers } = journey.content;
    if (!signUp.answered('confirm', answers)) {
      const confirm = await confirmed(deps, email.canonical, journey.id);
      const change = { address: email.canonical, keptMinutes: signUp.keptMinutes(deps) };
      await deps.transaction([
        deps.mailedLinks.use(token),
        deps.journeys.save(journey, { ...journey.content, answers: { ...answers, confirm } }, change),
      ]);
    }
    writeCookie(ctx, 'confirmation', null, { path: PATH });
    if (here) return seeOther(ctx, pathOf(journey.content, 'sign-up'));
    // Once there is a password, going on in another browser asks for it.
    const asksPassword = 'new-password' in answers;
    const confirm = { canonical: email.canonical, at: deps.clock().toISOString(), earlier: journey.id };
    giveTicket(ctx, deps, { journeyId: journey.id, ...(asksPassword && { answers: { email, confirm } }) });
    return seeOther(ctx, deps.interactions.startUrl({ create: true, language: journey.content.language }));
  });

  /** An expired link: one button, nothing typed again. */
  router.post(`${PATH}/resend`, async (ctx) => {
    await readForm(ctx);
    const { journey } = await linkOf(ctx);
    writeCookie(ctx, 'confirmation', null, { path: PATH });
    if (!journey || journey.closed) return seeOther(ctx, '/users/sign_up');
    await mailAgain(ctx, journey.id, emailOf(journey), journey.content.language, journey.expiresAt);
    return seeOther(ctx, `${PATH}/sent`);
  });

  router.get(`${PATH}/new`, async (ctx) => {
    const begun = await deps.journeys.findByBrowser('sign-up', browserKey(deps, ctx));
    const email = begun && (begun.content.answers.email as EmailAnswer | undefined);
    show(ctx, 'sign-up/resend', { values: { email: email?.address ?? '' }, action: `${PATH}/new` });
  });

  /** An unfinished sign-up gets a mail that resumes it, a finished account its account-created mail, an unknown address nothing: one page for all. */
  router.post(`${PATH}/new`, async (ctx) => {
    const { email = '' } = await readForm(ctx);
    const parsed = parseEmailAddress(email);
    const again = (problem: object) =>
      show(
        ctx,
        'sign-up/resend',
        { values: { email: email.slice(0, 500) }, problems: { email: problem }, action: `${PATH}/new` },
        languageOf(ctx),
        422,
      );
    if (!parsed) return again({ key: email.trim() === '' ? 'problems.email_required' : 'problems.email_invalid' });
    const [account, unfinished] = [await deps.accounts.findByEmail(parsed.canonical), await findUnfinishedSignUp(deps, parsed.canonical)];
    if (!account && unfinished) {
      const refused = await mailAgain(
        ctx,
        unfinished.id,
        { address: unfinished.address, canonical: parsed.canonical },
        unfinished.language,
        unfinished.keptUntil,
      );
      if (refused) return again({ key: 'problems.wait', until: refused });
    } else {
      const spent = await deps.attempts.spendAll([
        ['confirmation-network', ctx.ip],
        ['confirmation-address', parsed.canonical],
      ]);
      if (!spent.ok) return again({ key: 'problems.wait', until: spent.until });
      if (account) {
        const message = {
          kind: 'account-created',
          to: account.email,
          language: account.language,
          signInUrl: `${deps.config.issuer}/`,
        } as const;
        await deps.transaction([deps.outbox.enqueue(`account-created/${account.id}/${deps.newId()}`, message)]);
        deps.outbox.nudge();
      }
    }
    return seeOther(ctx, `${PATH}/sent`);
  });

  router.get(`${PATH}/sent`, async (ctx) => {
    const begun = await deps.journeys.findByBrowser('sign-up', browserKey(deps, ctx));
    show(ctx, 'sign-up/resend-sent', {
      sender: deps.config.mail.from,
      minutes: 10,
      continueUrl: begun && pathOf(begun.content, 'sign-up'),
    });
  });

  /** Returns until when sending is refused, if it is. */
  async function mailAgain(
    ctx: Context,
    journeyId: string,
    email: EmailAnswer,
    language: Language,
    keptUntil: Date,
  ): Promise<Date | undefined> {
    const { keep, writes } = await sendConfirmation(deps, { journeyId, email, language, keptUntil, ip: ctx.ip });
    if (keep.until) return new Date(keep.until);
    await deps.transaction(writes);
    deps.outbox.nudge();
    return undefined;
  }

  /** The link that this browser came with, and what can be done with it. */
  async function linkOf(
    ctx: Context,
  ): Promise<{ token: string; journey: StoredJourney | undefined; state: 'ready' | 'expired' | 'used' | 'signed-in' }> {
    const token = readCookie(ctx, 'confirmation', PATH);
    if (!token) throw new AppError(ctx.headers.cookie ? 'page_expired' : 'cookies_off');
    const link = await deps.mailedLinks.find(token);
    if (!link) throw new AppError('link_invalid');
    const journey = await deps.journeys.find(link.journeyId);
    if (await deps.interactions.signedIn(ctx)) return { token, journey, state: 'signed-in' };
    if (await deps.accounts.find(link.journeyId)) return { token, journey: undefined, state: 'used' };
    // The address was changed since, or the sign-up taken over by a later one: this link leads nowhere any more.
    if (journey && (journey.closed || !link.isFor(emailOf(journey).canonical))) throw new AppError('link_invalid');
    return { token, journey, state: !journey || link.expired ? 'expired' : 'ready' };
  }

  return router.routes();
}

const emailOf = ({ content }: StoredJourney) => content.answers.email as EmailAnswer;
