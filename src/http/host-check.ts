/**
 * The provider builds the addresses in its discovery document from the request, so a foreign Host header would put a foreign
 * address there. Nothing but the issuer's own host is answered.
 */
import type { Context, Middleware } from 'koa';
import { AppError } from '../errors.ts';

/** `development`: loopback addresses lead to the issuer's name (passkeys need a name, and cookies know no aliases). */
export function hostCheck({ issuer, development }: { issuer: string; development: boolean }): Middleware {
  const own = new URL(issuer);
  const port = own.port || (own.protocol === 'https:' ? '443' : '80');
  const hosts = new Set([own.host, `${own.hostname}:${port}`]);
  const loopback = new Set([`127.0.0.1:${port}`, `[::1]:${port}`]);

  return async (ctx: Context, next) => {
    // Koa, the provider and we must not disagree about the host: this header is believed by none.
    delete ctx.req.headers['x-forwarded-host'];
    if (ctx.path.startsWith('/health/')) return next();

    const host = ctx.req.headers.host?.toLowerCase() ?? '';
    if (!ctx.url.startsWith('/')) throw new AppError('wrong_host', { detail: 'the request names an absolute address' });
    if (development && loopback.has(host) && (ctx.method === 'GET' || ctx.method === 'HEAD')) {
      ctx.status = 307;
      ctx.redirect(own.origin + ctx.url);
      return;
    }
    if (!hosts.has(host)) throw new AppError('wrong_host', { detail: `the request is for ${JSON.stringify(host.slice(0, 100))}` });
    if (own.protocol === 'https:' && !ctx.secure) {
      // No redirect to https: behind a proxy that is not believed it would lead here again, for ever.
      ctx.status = 421;
      ctx.type = 'text/plain';
      ctx.body =
        `This provider is reached at ${own.origin}, but this request came without TLS.\n` +
        'Operator: check TRUST_PROXY (how many proxies stand in front) and that the proxy sends X-Forwarded-Proto.\n';
      return;
    }
    return next();
  };
}
