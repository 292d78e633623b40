/**
 * Many mail programs drop style sheets, so the rules of `views/mail/mail.css` are written into the elements of each mail. That is done
 * here, once, and not in the running provider: `views/mail/inlined/` is written by `npm run mails`, and a test compares.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import juice from 'juice';

export const MAILS = join(import.meta.dirname, '../views/mail');

/** File name → the template, set into its layout, with its style in its elements. The brand's colour stays `var(--primary)`. */
export function inlineMails(): Map<string, string> {
  const read = (name: string) => readFileSync(join(MAILS, name), 'utf8');
  const [layout, css] = [read('layout.html.ejs'), read('mail.css')];
  const names = readdirSync(MAILS).filter((name) => name.endsWith('.html.ejs') && !name.startsWith('layout'));
  return new Map(
    names.map((name) => [
      name,
      juice.inlineContent(
        layout.replace('<!-- body -->', () => read(name).trim()),
        css,
      ),
    ]),
  );
}

if (import.meta.main) {
  mkdirSync(join(MAILS, 'inlined'), { recursive: true });
  for (const [name, html] of inlineMails()) writeFileSync(join(MAILS, 'inlined', name), html);
}
