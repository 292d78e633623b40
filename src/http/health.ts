/** `/health/live` and `/health/ready`, for load balancers and orchestrators. They say nothing but yes or no. */
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';

interface HealthDeps {
  /** Resolves when a majority write has succeeded within 2 seconds, rejects when not. */
  readonly majorityWrite: () => Promise<void>;
  /** True once the process has begun to stop: no new visitors, please. */
  readonly stopping?: () => boolean;
  readonly log: Pick<Logger, 'warn'>;
}

/** Live: this process answers. Ready: it could also keep what people do; otherwise 503. */
export function health({ majorityWrite, stopping = () => false, log }: HealthDeps): Middleware {
  // Anybody may ask; however many do at once, there is one write.
  let asking: Promise<boolean> | undefined;
  const ready = (): Promise<boolean> => {
    asking ??= majorityWrite()
      .then(
        () => true,
        (error: Error) => {
          log.warn({ reason: error.message }, 'not ready: the database does not take a majority write');
          return false;
        },
      )
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };

  return async (ctx: Context, next) => {
    if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('Allow', 'GET, HEAD');
      ctx.status = 405;
      return;
    }
    const fine = ctx.path === '/health/live' || (!stopping() && (await ready()));
    ctx.status = fine ? 200 : 503;
    ctx.body = { status: fine ? 'ok' : 'unavailable' };
  };
}
