/**
 * The last word on everything that goes wrong: a page that says what happened, what was kept and what to do next, with a reference
 * number that is also in the log. What is no AppError is a bug, logged whole and shown as nothing but its number.
 */
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { AppError, ERRORS, type ErrorCode } from '../errors.ts';
import { isOutage } from '../mongo/outage.ts';
import { languageOf } from './cookies.ts';
import type { Views } from './views.ts';

export function handleErrors({ views, log }: { views: Views; log: Logger }): Middleware {
  return async (ctx, next) => {
    let error: AppError | undefined;
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) error = new AppError('not_found');
      else if (ctx.status === 405 && ctx.body == null) error = new AppError('method_not_allowed');
    } catch (cause) {
      error = asAppError(cause);
    }
    if (!error) return;
    const { code, params, until, cause } = error;
    const reference = String(ctx.state.reference ?? '');
    log[ERRORS[code].log](
      { reference, code, detail: error.message, ...(error.status >= 500 && { err: cause ?? error }) },
      'request failed',
    );
    ctx.status = error.status;
    if (error.status === 503 || error.status === 429) ctx.set('retry-after', String(retryAfter(until)));
    ctx.set('cache-control', 'no-store');
    ctx.type = 'html';
    ctx.body = views.render(
      'errors/error',
      { code, reference, until, params, details: code === 'oauth' ? error.message : undefined },
      { language: languageOf(ctx), path: '/' },
    );
  };
}

/** Whole tens of seconds: coarse on purpose. */
const retryAfter = (until: Date | undefined) => (until ? Math.max(10, Math.ceil((until.getTime() - Date.now()) / 10_000) * 10) : 10);

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  501: 'method_not_allowed',
};

function asAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (isOutage(cause)) return new AppError('unavailable', { cause });
  const { status } = (cause ?? {}) as { status?: number };
  const code = status === undefined ? undefined : STATUS_CODES[status];
  return new AppError(code ?? 'internal', { cause });
}
