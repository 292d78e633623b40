/** The gallery in a real browser, at 320 pixels, and the tour of all its pages in two halves. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { LANGUAGES, type Language } from '../../src/language.ts';
import { axeViolations, bringAxe } from './axe.ts';
import { openBrowser } from './browser.ts';
import { EXHIBITS, type Exhibit, nameOf, renderExhibit } from './gallery.ts';
import { addressOf, galleryServer } from './gallery-server.ts';

/** The folders of `views` of the first half; the second has all others. */
const WAYS_IN = ['sign-up', 'sign-in', 'steps', 'recovery'];
export const HALVES: Readonly<Record<'ways in' | 'others', (shown: Exhibit) => boolean>> = {
  'ways in': ({ view }) => WAYS_IN.includes(view.split('/')[0]!),
  others: ({ view }) => !WAYS_IN.includes(view.split('/')[0]!),
};

/** Every control that can be seen, and its height. */
const HEIGHTS = `[...document.querySelectorAll('button, select, input:not([type=hidden], [type=checkbox], [type=radio], .hidden-field), .button, .service, .choice')]
  .filter((element) => element.offsetParent).map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect().height])`;

/**
 * A page without its words, addresses and values. Those that differ in nothing else (a page of an error and that of another, a code by mail
 * and a code by text) are one page to axe, which judges elements, their names and their colours.
 */
const shapeOf = (html: string): string =>
  html.replace(/>[^<]*[^<\s][^<]*</g, '>…<').replace(/ (href|action|value|data-[\w-]+)="[^"]*"/g, ' $1');

export type GalleryBrowser = Awaited<ReturnType<typeof openGallery>>;

/** `faults`: what the pages complained about, such as their content security policy. */
export async function openGallery() {
  const server = createServer(galleryServer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await openBrowser();
  const narrow = await browser.newContext({ viewport: { width: 320, height: 640 } });
  const page = await narrow.newPage();
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(`${page.url()}: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
  return {
    browser,
    page,
    faults,
    urlOf: (name: string, language = 'en') => base + addressOf(name, language),
    open: async (name: string, language = 'en') => {
      await page.goto(base + addressOf(name, language));
    },
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

/** What is judged of each page of this half, in one walk through them. */
export function tourGallery(half: keyof typeof HALVES): void {
  describe(`every page in a browser: ${half}`, function () {
    // Half a second for each state of each page on an idle machine, and more on a busy one.
    this.timeout(240_000);
    let gallery: GalleryBrowser;
    const found = { axe: [] as string[], wide: [] as string[], small: [] as string[] };

    before(async () => {
      gallery = await openGallery();
      const { page, open } = gallery;
      const exhibits = EXHIBITS.filter(HALVES[half]);
      const judged = new Set<string>();
      const show = async (name: string, language: Language) => {
        await open(name, language);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        if (width !== 320) found.wide.push(`${language} ${name}: ${width} pixels`);
      };
      for (const language of LANGUAGES.filter((other) => other !== 'en')) for (const shown of exhibits) await show(nameOf(shown), language);
      await bringAxe(page);
      for (const shown of exhibits) {
        const name = nameOf(shown);
        await show(name, 'en');
        const heights = (await page.evaluate(HEIGHTS)) as [string, number][];
        for (const [tag, height] of heights) if (height < 44) found.small.push(`${name}: ${tag} ${height}`);
        const shape = shapeOf(renderExhibit(shown, 'en'));
        if (judged.has(shape)) continue;
        judged.add(shape);
        for (const { id, nodes } of await axeViolations(page))
          found.axe.push(`${name}: ${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(' | ')}`);
      }
    });
    after(() => gallery?.close());

    it('has nothing that axe finds, at 320 pixels', () => expect(found.axe).to.deep.equal([]));
    it('fits into 320 pixels, which is 1280 at 400 %, in both languages', () => expect(found.wide).to.deep.equal([]));
    it('has targets of 44 pixels, but for links within a text', () => expect(found.small).to.deep.equal([]));
    it('breaks no rule of its content security policy and throws nothing', () => expect(gallery.faults).to.deep.equal([]));
  });
}
