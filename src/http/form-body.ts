/**
 * Reads a posted form. Only `application/x-www-form-urlencoded`, only flat fields, each at most once: what a person's browser sends
 * from our pages, and nothing that could become an object in a database query (`email[$ne]=`).
 */
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { AppError } from '../errors.ts';

const LIMIT_BYTES = 64 * 1024;

/** Field names and values. Throws AppError `too_large` (413) or `bad_request` (400). */
export async function readForm(ctx: Context): Promise<Readonly<Record<string, string>>> {
  // Declared too large is refused before a byte of it is read.
  if (Number(ctx.get('content-length')) > LIMIT_BYTES) throw new AppError('too_large');
  if (!ctx.is('application/x-www-form-urlencoded') && ctx.get('content-length') !== '0') {
    throw new AppError('bad_request', { detail: 'not a form' });
  }
  const body = await getRawBody(ctx.req, { limit: LIMIT_BYTES, encoding: 'utf-8' }).catch((cause: { type?: string }) => {
    // The rest is let through unread: a sender that is stopped halfway never sees the answer, only a broken connection.
    ctx.req.resume();
    throw new AppError(cause.type === 'entity.too.large' ? 'too_large' : 'bad_request', { cause });
  });
  return parseForm(body);
}

/** The same for a body that was read already. */
export function parseForm(body: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(body)) {
    if (name in fields) throw new AppError('bad_request', { detail: `field ${JSON.stringify(name.slice(0, 40))} came twice` });
    if (!/^\w{1,64}$/.test(name)) throw new AppError('bad_request', { detail: 'a field name that no page has' });
    // U+FFFD is what the decoder puts in place of bytes that are not UTF-8; NUL ends strings in other people's software.
    if (value.includes('\uFFFD') || value.includes('\0')) throw new AppError('bad_request', { detail: 'not UTF-8' });
    fields[name] = value;
  }
  return { ...fields };
}
