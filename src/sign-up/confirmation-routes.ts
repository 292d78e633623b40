/**
 * The pages around the confirmation mail that stand outside an interaction: the mailed link, and "Didn't receive confirmation
 * instructions?". A link's token leaves the URL at once; fetching the link uses nothing up, only the button does (ASVS 3.5.3).
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { maskEmail, parseEmailAddress } from '../accounts/email-address.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { languageOf, readCookie, stayInLanguage, writeCookie } from '../http/cookies.ts';
import { noSoonerThan } from '../http/even-time.ts';
import { readForm } from '../http/form-body.ts';
import { browserKey, pathOf, seeOther } from '../journey/journey-page.ts';
import { JourneyMoved, type StoredJourney } from '../journey/stored-journey.ts';
import { createTurns } from '../journey/turns.ts';
import type { Text } from '../language.ts';
import type { EmailAnswer } from './email.ts';
import { goOnHere } from './hand-over.ts';
import { type Asking, createResend } from './resend.ts';

const PATH = '/users/confirmation';
const COOKIE_MS = 60 * 60 * 1000;
const COOKIE = { path: PATH, maxAge: COOKIE_MS };
/** Longer than writing down a mail takes, even when there is much to do. */
const EVEN_TIME_MS = 400;

interface Link {
  readonly token: string;
  /** While it is unfinished. */
  readonly journey: StoredJourney | undefined;
  /** `own`: it led to the account that is signed in here; `signed-in`: somebody else is. */
  readonly state: 'ready' | 'expired' | 'used' | 'own' | 'signed-in';
  readonly signedInAs?: string | undefined;
}

export function confirmationRoutes(deps: Deps) {
  const router = new Router();
  const { waitingIn, mailAgain, sendAgain } = createResend(deps);
  const sender = (ctx: Context): Asking => ({
    ip: ctx.ip,
    browser: browserKey(deps, ctx),
    languageFor: (begun) => languageOf(ctx, begun),
  });
  const inTurn = createTurns();
  const show = (ctx: Context, view: string, model: object, language = languageOf(ctx), status = 200) => {
    ctx.status = status;
    ctx.type = 'html';
    stayInLanguage(ctx, language);
    ctx.body = deps.views.render(view, { values: {}, problems: {}, ...model }, { language, path: ctx.path });
  };

  router.get(PATH, async (ctx) => {
    const token = ctx.query.confirmation_token;
    // Only what a token of ours can be goes into a cookie: a line break is no value for one, and a semicolon would end it.
    if (typeof token !== 'string' || !/^[\w-]{1,200}$/.test(token)) throw new AppError('link_invalid');
    writeCookie(ctx, 'confirmation', token, COOKIE);
    // Known from here on: two clicks on the button are of one browser.
    browserKey(deps, ctx);
    seeOther(ctx, `${PATH}/confirm`);
  });

  router.get(`${PATH}/confirm`, async (ctx) => {
    const link = await linkOf(ctx);
    await (link.state === 'own' ? seeOther(ctx, '/') : showLink(ctx, link));
  });

  /** The button: the sign-up goes on in the browser that pressed it, and in no other. */
  router.post(`${PATH}/confirm`, async (ctx) => {
    await readForm(ctx);
    await inTurn(readCookie(ctx, 'confirmation', PATH) ?? '', () => press(ctx, 3));
  });

  async function press(ctx: Context, tries: number): Promise<void> {
    const { journey, state, token } = await linkOf(ctx);
    if (!journey || state !== 'ready' || tries === 0) return seeOther(ctx, `${PATH}/confirm`);
    try {
      return seeOther(ctx, pathOf({ uid: await goOnHere(deps, journey, { browser: browserKey(deps, ctx), token }) }, 'sign-up'));
    } catch (cause) {
      // The other browser at the same moment: look again at what has become of it.
      if (cause instanceof JourneyMoved) return press(ctx, tries - 1);
      throw cause;
    }
  }

  /** An expired link: one button, nothing typed again. */
  router.post(`${PATH}/resend`, async (ctx) => {
    await readForm(ctx);
    const link = await linkOf(ctx);
    const { journey, state } = link;
    if (!journey) return seeOther(ctx, '/users/sign_up');
    if (state !== 'expired') return seeOther(ctx, `${PATH}/confirm`);
    const { content, keptUntil } = journey;
    const refused = await mailAgain(ctx.ip, {
      id: journey.id,
      email: emailOf(journey),
      language: languageOf(ctx, content.language),
      keptUntil,
    });
    return refused ? showLink(ctx, link, { form: refused }) : seeOther(ctx, `${PATH}/sent`);
  });

  router.get(`${PATH}/new`, async (ctx) => {
    const email = (await waitingIn(sender(ctx)))?.content.answers.email as EmailAnswer | undefined;
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
    const refused = await noSoonerThan(EVEN_TIME_MS, () => sendAgain(sender(ctx), parsed.canonical));
    if (refused) return again(refused);
    return seeOther(ctx, `${PATH}/sent`);
  });

  router.get(`${PATH}/sent`, async (ctx) => {
    const begun = await waitingIn(sender(ctx));
    show(ctx, 'sign-up/resend-sent', {
      sender: deps.config.mail.from,
      minutes: 10,
      continueUrl: begun && pathOf(begun.content, 'sign-up'),
    });
  });

  async function showLink(ctx: Context, { journey, state, signedInAs }: Link, problems: Record<string, Text> = {}): Promise<void> {
    const email = journey && maskEmail(emailOf(journey).address);
    const model = { state, address: email, signedInAs: signedInAs && maskEmail(signedInAs), problems };
    show(ctx, 'sign-up/confirm-link', model, languageOf(ctx, journey?.content.language), 'form' in problems ? 422 : 200);
  }

  /** The link that this browser came with, and what can be done with it. */
  async function linkOf(ctx: Context): Promise<Link> {
    const token = readCookie(ctx, 'confirmation', PATH);
    if (!token) throw new AppError(ctx.headers.cookie ? 'page_expired' : 'cookies_off');
    const link = await deps.mailedLinks.find(token, 'confirm-sign-up');
    if (!link) throw new AppError('link_invalid');
    const found = await deps.journeys.find(link.about);
    const journey = found?.closed ? undefined : found;
    const session = await deps.interactions.signedIn(ctx);
    if (session?.accountId === link.about) return { token, journey: undefined, state: 'own' };
    if (session) return { token, journey, state: 'signed-in', signedInAs: (await deps.accounts.find(session.accountId))?.email };
    const email = journey && emailOf(journey).canonical;
    // Finished, here or by another sign-up with the same address.
    const account = (await deps.accounts.find(link.about)) ?? (email && (await deps.accounts.findByEmail(email)));
    if (account) return { token, journey: undefined, state: 'used' };
    // The address was changed since, or the sign-up given up: this link leads nowhere any more.
    if (found?.closed || (email !== undefined && !link.isFor(email))) throw new AppError('link_invalid');
    return { token, journey, state: !journey || link.expired ? 'expired' : 'ready' };
  }

  return router.routes();
}

const emailOf = ({ content }: StoredJourney) => content.answers.email as EmailAnswer;
