/** Reads a posted form: flat fields, each once, at most 16 KB. */
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { Problem } from './problems.ts';

const LIMIT = 16 * 1024;

/** The fields by name. Throws `too_large`, or `bad_request` where it is no form or a field came twice. */
export const readForm = async (ctx: Context): Promise<ReadonlyMap<string, string>> => {
  if (!ctx.is('application/x-www-form-urlencoded')) throw new Problem('bad_request', { detail: 'not a form' });
  const body = await getRawBody(ctx.req, { limit: LIMIT, length: ctx.get('Content-Length') || null, encoding: 'utf-8' }).catch(
    (cause: { type?: string }) => {
      throw new Problem(cause.type === 'entity.too.large' ? 'too_large' : 'bad_request', { cause });
    },
  );
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (fields.has(name)) throw new Problem('bad_request', { detail: 'a field came twice' });
    fields.set(name, value);
  }
  return fields;
};
