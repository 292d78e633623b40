/** The pages: templates in views/, the models they get, and the routes that show them. Every page works without JavaScript; there is none. */
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import ejs from 'ejs';
import type { Context } from 'koa';
import type { Case } from './api/cases.ts';
import type { ApiClient } from './api-client.ts';
import { isProblemCode, type Log, PROBLEMS, Problem, type ProblemCode } from './problems.ts';
import type { Person, Session, Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';
import { type Language, translateOr, translator } from './texts.ts';

/** What the first seed lists under "Benefits" and what the second lists under "you will find"; `here` is where the demonstration has it. */
export const BENEFITS = ['filing', 'alerts', 'uploading', 'mistakes', 'status', 'evidence', 'receipts', 'messages'].map((id) => ({
  id,
  here: id === 'status',
}));
export const OFFERS = ['information', 'tools', 'options'].map((id) => ({ id, here: false }));

const views = fileURLToPath(new URL('views/', import.meta.url));

export type Pages = ReturnType<typeof createPages>;

export const createPages = (parts: { settings: Settings; sessions: Sessions }) => {
  const { settings, sessions } = parts;

  /** Answers with views/`name`.ejs in the layout. `path` is where the language switch leads. */
  const show = async (ctx: Context, name: string, title: string, model: object = {}, path = ctx.path): Promise<void> => {
    const language = ctx.state['language'] as Language;
    const t = translator(language);
    const page = {
      t,
      language,
      path,
      title: t(title),
      session: sessions.find(ctx),
      provider: settings.issuer.replace(/\/$/, ''),
      signUpUrl: '/login?prompt=create',
      ...words(language),
      ...model,
    };
    const body = await ejs.renderFile(`${views}${name}.ejs`, page, { cache: true });
    ctx.type = 'html';
    ctx.set('Content-Language', language);
    ctx.body = await ejs.renderFile(`${views}layout.ejs`, { ...page, body }, { cache: true });
  };

  return {
    show,

    /** The page of a dead end. `reference` is in the log too. */
    async showProblem(ctx: Context, code: ProblemCode, reference: string, path = '/'): Promise<void> {
      ctx.status = PROBLEMS[code];
      if (ctx.status === 503) ctx.set('Retry-After', '5');
      await show(ctx, 'problem', `problems.${code}.title`, { code, reference }, path);
    },
  };
};

/** In the zone that the provider's pages name too, and with their words: "November 22, 2026, 3:15 PM Eastern Time". */
export const sayTime = (value: Date, language: Language): string => {
  const timeZone = 'America/New_York';
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone }).format(value);
  const options = { hour: 'numeric', minute: '2-digit', timeZone, timeZoneName: 'longGeneric' } as const;
  const time = new Intl.DateTimeFormat(`${language}-US`, options).format(value).replace(/[\u00a0\u202f]/g, ' ');
  return `${date}, ${time.replace('hora oriental', 'hora del Este')}`;
};

/** How values from the tokens and the API read in words. */
const words = (language: Language) => ({
  date: (value: string): string => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(value)),
  time: (value: Date): string => sayTime(value, language),
  accountType: (person: Person): string =>
    person.accountType
      ? translateOr(language, `account-types.${person.accountType}`, person.accountType)
      : translator(language)('account-types.none'),
  acr: (value: string): string => translateOr(language, `acr.${value.replace(/^.*\/aal\//, 'aal').replace(/\W+/g, '-')}`, value),
  amr: (methods: readonly string[]): string =>
    new Intl.ListFormat(language, { type: 'conjunction' }).format(methods.map((method) => translateOr(language, `amr.${method}`, method))),
  // A form number must not be broken at its hyphen.
  formNumber: (form: string): string => form.replace('-', '\u2011'),
  formName: (form: string): string => translateOr(language, `cases.forms.${form}`, form),
  statusName: (status: string): string => translateOr(language, `cases.status.${status}`, status),
});

export const createPageRoutes = (parts: { settings: Settings; sessions: Sessions; pages: Pages; api: ApiClient; log: Log }): Router => {
  const { settings, sessions, pages, api, log } = parts;
  const router = new Router();

  /** The person's own session, or undefined after sending the browser to sign in and back here. */
  const signedIn = (ctx: Context): Session | undefined => {
    ctx.set('Cache-Control', 'no-store');
    const session = sessions.find(ctx);
    if (!session) {
      ctx.status = 303;
      ctx.redirect(`/login?${new URLSearchParams({ target_link_uri: `${settings.url}${ctx.path}` })}`);
    }
    return session;
  };

  router.get('/', (ctx) =>
    pages.show(ctx, 'home', 'home.title', { benefits: BENEFITS, offers: OFFERS, signedOut: ctx.query['state'] === 'signed-out' }),
  );

  router.get('/my-account', async (ctx) => {
    const session = signedIn(ctx);
    if (!session) return;
    let cases: Case[] | undefined;
    try {
      cases = await api.cases(session);
    } catch (error) {
      if (error instanceof Problem) throw error;
      // Who signed in is known without the API; the page says what is missing.
      log('the API could not be asked', error);
    }
    await pages.show(ctx, 'my-account', 'my-account.title', { session, cases });
  });

  router.get('/cases/:id', async (ctx) => {
    const session = signedIn(ctx);
    if (!session) return;
    const found = await api.case(session, ctx.params['id']!);
    if (!found) throw new Problem('not_found');
    await pages.show(ctx, 'case', 'case.title', { session, found });
  });

  router.get('/signout', async (ctx) => {
    const session = sessions.find(ctx);
    ctx.set('Cache-Control', 'no-store');
    if (session) return pages.show(ctx, 'sign-out', 'sign-out.title', { session });
    ctx.status = 303;
    ctx.redirect('/');
  });

  router.get('/sign-in-problem', async (ctx) => {
    const reason = ctx.query['reason'];
    const code = isProblemCode(reason) ? reason : 'sign_in_failed';
    // The number under which the sign-in stands in the log; nothing else that an address brings is shown.
    const given = ctx.query['reference'];
    const reference = typeof given === 'string' && /^[0-9a-f]{12}$/.test(given) ? given : ctx.state['reference'];
    await pages.showProblem(ctx, code, reference, `/sign-in-problem?${new URLSearchParams({ reason: code, reference })}`);
  });

  return router;
};
