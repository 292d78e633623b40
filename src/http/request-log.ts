/** The log, and one line of it for each request. No secret and no personal data belongs there; this file is what keeps them out. */
import type { Context, Middleware } from 'koa';
import { type DestinationStream, type Logger, pino } from 'pino';
import { randomFrom } from '../crypto/random.ts';

const SECRET_FIELDS = [
  'password',
  'password_confirmation',
  'answer',
  'answers',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'code_verifier',
  'authorization',
  'cookie',
  'email',
  'phone',
  'to',
];

/** JSON lines at `level` (pino's names) to `destination`, stdout when not given. Fields that by their name hold secrets are blanked. */
export function createLog({ level, destination }: { level: string; destination?: DestinationStream }): Logger {
  // A one-time code is called `code`, but so is the code of an error, which a log needs.
  const codes = ['code', 'body.code', 'values.code', 'fields.code'];
  const paths = [...SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), ...codes];
  const options = { level, base: null, redact: { paths, censor: '[secret]' }, timestamp: pino.stdTimeFunctions.isoTime };
  return destination ? pino(options, destination) : pino(options);
}

/** Without look-alikes, so that it can be read out on the phone. */
const ALPHABET = '23456789BCDFGHJKLMNPQRSTVWXZ';

/**
 * The path as it may be logged: without the query, and with everything that looks like an id or a token (20 characters or more of
 * base64url among which is a digit or a capital) put out of sight: a mailed link's token opens something.
 */
export const loggablePath = (path: string): string =>
  path
    .slice(0, 300)
    .replace(/[\w-]{20,}/g, (part) => (/[0-9A-Z_]/.test(part) ? ':id' : part))
    .replace(/[^\x20-\x7e]/g, '?');

/**
 * Gives each request a reference number, which error pages show and the header `X-Request-Id` carries (`ctx.state.reference`), and a
 * log of its own that names it (`ctx.state.log`). Writes one line when the answer has gone out: method, path, status, milliseconds.
 * What the visitor sends as `X-Request-Id` counts for nothing.
 */
export function requestLog({ log }: { log: Logger }): Middleware {
  return async (ctx: Context, next) => {
    const started = performance.now();
    const reference = `${randomFrom(ALPHABET, 4)}-${randomFrom(ALPHABET, 4)}`;
    ctx.state.reference = reference;
    ctx.state.log = log.child({ reference });
    ctx.set('X-Request-Id', reference);
    const path = loggablePath(ctx.path);
    ctx.res.once('close', () => {
      const { statusCode: status, writableFinished } = ctx.res;
      const line = {
        method: ctx.method,
        path,
        status,
        ms: Math.round(performance.now() - started),
        ...(writableFinished ? {} : { aborted: true }),
      };
      const level = status >= 500 ? 'warn' : /^\/(health|assets)\//.test(path) ? 'debug' : 'info';
      ctx.state.log[level](line, 'request');
    });
    await next();
  };
}
