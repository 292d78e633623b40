/** What is ours: forms are taken from our own pages alone (no token in every form is needed), and people are led on to them alone. */
import type { Context, Middleware } from 'koa';
import { AppError } from '../errors.ts';

/** Services and their libraries post to these from anywhere; each has a proof of its own in the protocol. */
export const PROTOCOL_PATHS = ['/authorize', '/token', '/userinfo', '/introspect', '/revoke', '/logout', '/register', '/par'] as const;

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A request that may change something must come from a page of this origin: `Sec-Fetch-Site` says so in every current browser
 * (Fetch Metadata, 2.2), and where an older one does not send it, `Origin` must equal the issuer's. Neither: refused. A protocol
 * path is free with whatever follows it only for `/register/:client` (RFC 7592); `/logout/confirm` is a page of ours.
 */
export function sameOrigin({ issuer, free = PROTOCOL_PATHS }: { issuer: string; free?: readonly string[] }): Middleware {
  const { origin } = new URL(issuer);
  const isFree = (path: string) => free.includes(path) || (free.includes('/register') && /^\/register\/[^/]+$/.test(path));

  return async (ctx: Context, next) => {
    if (SAFE.has(ctx.method) || isFree(ctx.path)) return next();
    const site = ctx.get('sec-fetch-site');
    if (site ? site !== 'same-origin' : ctx.get('origin') !== origin) {
      throw new AppError('foreign_form', { detail: site ? `Sec-Fetch-Site: ${site.slice(0, 20)}` : 'Origin is missing or another' });
    }
    return next();
  };
}

/**
 * A path of this site and nothing else, as a browser would open it; anything that is none, or that could be taken for another host
 * (`//evil`, `/\evil`, `/.//evil`, absolute URLs, control characters, which browsers leave out), becomes `/`.
 */
export function sameSitePath(path: unknown): string {
  const base = 'http://here.invalid';
  if (typeof path !== 'string' || !/^\/(?!\/)[\x21-\x7e]*$/.test(path) || path.includes('\\') || !URL.canParse(path, base)) return '/';
  const { origin, pathname, search, hash } = new URL(path, base);
  // Only now are the dots gone, and what was behind them may be another host.
  return origin === base && !pathname.startsWith('//') ? pathname + search + hash : '/';
}
