/** The words of this service in both languages (locales/en.json, locales/es.json), and which language a request gets. */
import { readFileSync } from 'node:fs';
import i18next from 'i18next';
import type { Context, Next } from 'koa';

export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Translate = (key: string, params?: Record<string, unknown>) => string;

const COOKIE = 'myuscis_language';
const YEAR = 365 * 24 * 60 * 60_000;

const read = (language: Language): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`locales/${language}.json`, import.meta.url), 'utf8')) as Record<string, unknown>;

const words = i18next.createInstance({
  resources: { en: { translation: read('en') }, es: { translation: read('es') } },
  lng: 'en',
  fallbackLng: false,
  initAsync: false,
  // The templates escape.
  interpolation: { escapeValue: false },
});
await words.init();

/** Looks words up. Throws for a key that does not exist in that language: a page must not show keys, nor the other language. */
export const translator = (language: Language): Translate => {
  const t = words.getFixedT(language);
  return (key, params) => {
    if (!words.exists(key, { lng: language, ...params })) throw new Error(`no words for ${key} in ${language}`);
    return t(key, { ...params });
  };
};

/** Words for something that came from outside, or that itself where we have none. */
export const translateOr = (language: Language, key: string, otherwise: string): string =>
  words.exists(key, { lng: language }) ? words.getFixedT(language)(key) : otherwise;

const isLanguage = (value: unknown): value is Language => LANGUAGES.includes(value as Language);

/** The first of OpenID Connect's space-separated tags that we speak. */
const fromTags = (tags: unknown): Language | undefined =>
  typeof tags === 'string'
    ? tags
        .split(' ')
        .map((tag) => tag.split('-')[0])
        .find(isLanguage)
    : undefined;

/** Sets `ctx.state.language`: chosen just now (`?lang=`, or `ui_locales` from the site that sends somebody to /login), chosen before, or the browser's. */
export const chooseLanguage =
  (secure: boolean) =>
  async (ctx: Context, next: Next): Promise<void> => {
    const chosen = isLanguage(ctx.query['lang'])
      ? ctx.query['lang']
      : ctx.path === '/login'
        ? fromTags(ctx.query['ui_locales'])
        : undefined;
    const before = ctx.cookies.get(COOKIE, { signed: false });
    if (chosen && chosen !== before) {
      ctx.cookies.secure = secure;
      ctx.cookies.set(COOKIE, chosen, { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: YEAR, signed: false });
    }
    ctx.state['language'] = chosen ?? (isLanguage(before) ? before : ctx.acceptsLanguages('en', 'es') || 'en');
    ctx.vary('Accept-Language');
    ctx.vary('Cookie');
    await next();
  };
