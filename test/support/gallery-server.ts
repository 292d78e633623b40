/** The gallery over HTTP, under the content security policy that the real pages have for their own files. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { PACKAGED } from '../../src/http/static-files.ts';
import { LANGUAGES } from '../../src/language.ts';
import { EXHIBITS, nameOf, renderExhibit, SHEET } from './gallery.ts';

const PUBLIC = join(import.meta.dirname, '../../public');
const TYPES: Readonly<Record<string, string>> = { '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const pages = new Map(
  EXHIBITS.flatMap((shown) =>
    LANGUAGES.map((language) => [addressOf(nameOf(shown), language), () => renderExhibit(shown, language)] as const),
  ),
);

/** Where the gallery shows it. */
export function addressOf(name: string, language: string): string {
  return `/${language}/${name.replace(/[^a-z-]+/gi, '-')}`;
}

export function galleryServer({ url = '/' }: IncomingMessage, response: ServerResponse): void {
  const page = pages.get(url);
  const asset = /^\/assets\/([\w-]+\.\w+)$/.exec(url)?.[1];
  const [type, body] = page
    ? ['text/html', page()]
    : url === SHEET.address
      ? ['text/css', SHEET.css]
      : asset
        ? [TYPES[extname(asset)] ?? 'text/plain', readFileSync(({ ...PACKAGED } as Record<string, string>)[asset] ?? join(PUBLIC, asset))]
        : [
            'text/html',
            `<!doctype html><title>Gallery</title>${[...pages.keys()].map((address) => `<p><a href="${address}">${address}</a>`).join('')}`,
          ];
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': POLICY, 'cache-control': 'no-store' });
  response.end(body);
}
