/** The files of `public/`: styles, scripts, pictures. Their address carries a hash of the whole folder, so browsers keep them for good. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Context, Middleware } from 'koa';
import serve from 'koa-static';

export interface StaticFiles {
  /** Answers GET and HEAD below `/assets/`; leaves everything else to the next. */
  readonly middleware: Middleware;
  /** The address of a file, e.g. `/assets/3f2a…/styles.css`. Throws when there is no such file. */
  address(file: string): string;
}

/**
 * One hash for the whole folder, so that a stylesheet may name its fonts by relative address. During a release pages of the other
 * version are about: an address with another hash is answered too, but not kept. Reads the folder once; throws when it is missing.
 */
export function staticFiles({ publicDir }: { publicDir: string }): StaticFiles {
  const names = readdirSync(publicDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.relative(publicDir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
  const files = new Set(names);
  const hashing = createHash('sha256');
  for (const name of names)
    hashing
      .update(name)
      .update('\0')
      .update(readFileSync(path.join(publicDir, name)))
      .update('\0');
  const hash = hashing.digest('hex').slice(0, 16);
  const send = serve(publicDir, { index: false, hidden: false });

  return {
    address(file) {
      if (!files.has(file)) throw new Error(`public/${file} does not exist`);
      return `/assets/${hash}/${file}`;
    },
    middleware: async (ctx: Context, next) => {
      const [, given, file] = /^\/assets\/(?:([0-9a-f]{16})\/)?(.+)$/.exec(ctx.path) ?? [];
      if (!file || !files.has(file) || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
      const asked = ctx.path;
      ctx.path = `/${file}`;
      await send(ctx, async () => {});
      ctx.path = asked;
      ctx.set('Cache-Control', given === hash ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  };
}
