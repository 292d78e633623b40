/**
 * The files of `public/` (styles, scripts, pictures) and scripts that packages bring along. Their address carries a hash of all of them, so
 * browsers keep them for good.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context, Middleware } from 'koa';
import serve from 'koa-static';

export interface StaticFiles {
  /** Answers GET and HEAD below `/assets/`; leaves everything else to the next. */
  readonly middleware: Middleware;
  /** The address of a file, e.g. `/assets/3f2a…/styles.css`. Throws when there is no such file. */
  address(file: string): string;
}

/** What pages load beside our own scripts; the bundle is no entry of its package, so it is found from one. */
export const PACKAGED = {
  'simplewebauthn.js': fileURLToPath(new URL('../dist/bundle/index.umd.min.js', import.meta.resolve('@simplewebauthn/browser'))),
};

interface Places {
  readonly publicDir: string;
  /** Files that lie elsewhere, by the name they are asked for. */
  readonly packaged?: Readonly<Record<string, string>>;
}

/**
 * One hash for all, so that a stylesheet may name its fonts by relative address. During a release pages of the other
 * version are about: an address with another hash is answered too, but not kept. Reads all files once; throws when one is missing.
 */
export function staticFiles({ publicDir, packaged = {} }: Places): StaticFiles {
  const elsewhere = new Map(Object.entries(packaged).map(([name, file]) => [name, readFileSync(file)]));
  const names = readdirSync(publicDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.relative(publicDir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
  const files = new Set([...names, ...elsewhere.keys()]);
  const hashing = createHash('sha256');
  for (const name of files)
    hashing
      .update(name)
      .update('\0')
      .update(elsewhere.get(name) ?? readFileSync(path.join(publicDir, name)))
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
      const content = elsewhere.get(file);
      if (content) {
        ctx.type = path.extname(file);
        ctx.body = content;
      } else {
        const asked = ctx.path;
        ctx.path = `/${file}`;
        await send(ctx, async () => {});
        ctx.path = asked;
      }
      ctx.set('Cache-Control', given === hash ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  };
}
