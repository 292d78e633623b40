/**
 * Our own cookies. All are HttpOnly, SameSite=Lax and signed; over https they carry the prefix that binds them to this host
 * (`__Host-`, or `__Secure-` where a path narrows them: RFC 6265bis 4.1.3). Koa answers 500 for a secure cookie over http, so
 * development has neither.
 */
import type { Context } from 'koa';
import type { Language } from '../language.ts';
import { firstLanguage, isLanguage } from '../language.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;

interface CookieOptions {
  /** Milliseconds; without it the cookie goes when the browser closes. */
  readonly maxAge?: number;
  readonly path?: string;
}

const nameOf = (ctx: Context, name: string, path: string) => (ctx.secure ? `${path === '/' ? '__Host-' : '__Secure-'}${name}` : name);

export function readCookie(ctx: Context, name: string, path = '/'): string | undefined {
  return ctx.cookies.get(nameOf(ctx, name, path), { signed: true });
}

/** `null` removes it. */
export function writeCookie(ctx: Context, name: string, value: string | null, { maxAge, path = '/' }: CookieOptions = {}): void {
  ctx.cookies.set(nameOf(ctx, name, path), value, {
    signed: true,
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.secure,
    path,
    overwrite: true,
    ...(maxAge !== undefined && { maxAge }),
  });
}

/**
 * The id of this browser, made and set on first need. It recognises a browser that has signed in before (so that a stranger's wrong
 * passwords never keep its owner out) and the browser a sign-up was begun in; it never stands in for a factor.
 */
export function browserOf(ctx: Context, newId: () => string): string {
  const known = (ctx.state.browser as string | undefined) ?? readCookie(ctx, 'browser');
  if (known) return known;
  const id = newId();
  ctx.state.browser = id;
  writeCookie(ctx, 'browser', id, { maxAge: YEAR_MS });
  return id;
}

/**
 * The language a person chose here, else the one wanted by this journey, account or service, else the one they were last shown a page
 * in, else the browser's, else English.
 */
export function languageOf(ctx: Context, wanted?: Language): Language {
  const [chosen, shown] = [readCookie(ctx, 'language'), readCookie(ctx, 'shown-language')];
  if (isLanguage(chosen)) return chosen;
  if (wanted) return wanted;
  return isLanguage(shown) ? shown : (firstLanguage(ctx.get('accept-language').replace(/;q=[\d.]+/g, '')) ?? 'en');
}

/** So that Help, the terms and errors come in the language of the page they are opened from, until the browser is closed. */
export function stayInLanguage(ctx: Context, language: Language): void {
  if (languageOf(ctx) !== language) writeCookie(ctx, 'shown-language', language);
}

export const chooseLanguage = (ctx: Context, language: Language): void => writeCookie(ctx, 'language', language, { maxAge: YEAR_MS });
