/**
 * The API of this service: a resource server that knows no session and no cookie, only the access token (RFC 6750). It answers by `sub` alone; no
 * parameter can name another person.
 */
import Router from '@koa/router';
import type { Context, Next } from 'koa';
import type { IssuerKeys } from '../issuer-keys.ts';
import type { Log } from '../problems.ts';
import { InvalidToken, verifyAccessToken } from './access-token.ts';
import type { Cases } from './cases.ts';

const REALM = 'Bearer realm="myUSCIS demonstration API"';

const refuse = (ctx: Context, status: number, error: string, description: string): void => {
  ctx.status = status;
  ctx.body = { error, error_description: description };
};

/** The token of the Authorization header, the only place where it is looked for (RFC 6750 section 2.1; in an address it would be logged). */
const bearerToken = (ctx: Context): string | undefined => /^Bearer +([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization').trim())?.[1];

export const createApiRoutes = (parts: { keys: IssuerKeys; cases: Cases; audience: string; clock: () => Date; log: Log }): Router => {
  const { keys, cases, audience, clock, log } = parts;
  const router = new Router({ prefix: '/api' });

  const authenticate = async (ctx: Context, next: Next): Promise<void> => {
    ctx.set('Cache-Control', 'no-store');
    const token = bearerToken(ctx);
    if (!token) {
      // Section 3.1: a request without a token is told the scheme and nothing more.
      ctx.set('WWW-Authenticate', REALM);
      return refuse(ctx, 401, 'unauthorized', 'An access token is needed.');
    }
    try {
      ctx.state['sub'] = (await verifyAccessToken(token, { keys, audience, now: clock() })).sub;
    } catch (error) {
      if (error instanceof InvalidToken) {
        ctx.set('WWW-Authenticate', `${REALM}, error="invalid_token", error_description="${error.message}"`);
        return refuse(ctx, 401, 'invalid_token', error.message);
      }
      log('an access token could not be checked', error);
      ctx.set('Retry-After', '5');
      return refuse(ctx, 503, 'temporarily_unavailable', 'The access token cannot be checked now.');
    }
    await next();
  };

  router.use(authenticate);

  router.get('/cases', (ctx) => {
    ctx.body = { cases: cases.of(ctx.state['sub']) };
  });

  router.get('/cases/:id', (ctx) => {
    const found = cases.find(ctx.state['sub'], ctx.params['id']!);
    if (!found) return refuse(ctx, 404, 'not_found', 'You have no such case.');
    ctx.body = found;
  });

  return router;
};
