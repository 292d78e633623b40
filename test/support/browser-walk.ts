/** What all walks in a browser have in common: a browser for the file, its tabs, and what is judged of all pages together. */
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { openTab, type Seen, type Tab, type TabOptions } from './browser-tab.ts';

/**
 * Each step of this walk stands on the one before: after one that fails, the others are left out. What mocha has for that, `bail`, would
 * end the run of all files.
 */
export function inOneGo(walk: Mocha.Suite): void {
  let isOver = false;
  walk.beforeEach(function () {
    if (isOver) this.skip();
  });
  walk.afterEach(function () {
    isOver ||= this.currentTest?.state === 'failed';
  });
}

/** To be called first in the suite of a walk; `usual` is asked for as the first tab is opened. */
export function inBrowser(walk: Mocha.Suite, usual: () => TabOptions) {
  walk.timeout(120_000);
  inOneGo(walk);
  let browser: Browser;
  const tabs: Tab[] = [];
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());
  return {
    /** Another person, or another browser of the same. */
    open: async (options: Partial<TabOptions> = {}): Promise<Tab> => {
      const tab = await openTab(browser, { ...usual(), ...options });
      tabs.push(tab);
      return tab;
    },
    seen: (): readonly Seen[] => tabs.flatMap((tab) => tab.seen),
    /** What holds for all of it. */
    itIsSound(): void {
      it('no title stands for two pages', () => expect(sharedTitles(tabs.flatMap(({ seen }) => seen))).to.deep.equal([]));
      it('no content security policy is broken, nothing loaded from elsewhere, no error logged', () => {
        expect(tabs.flatMap(({ faults }) => faults)).to.deep.equal([]);
      });
    },
  };
}

/** Titles that more than one page has. A page with problems has its own title, and so have the pages of different languages. */
function sharedTitles(seen: readonly Seen[]): string[] {
  const pages = Map.groupBy(seen, ({ title }) => title);
  // The last part of the path is the page; what comes before is the journey it belongs to.
  // A method that is new is proven on the page on which it will prove its owner.
  const nameOf = (url: string) => new URL(url).pathname.split('/').findLast((part) => !/^[\w-]{43}$/.test(part));
  const pageOf = ({ url, heading }: Seen) => `${nameOf(url)?.replace(/^new-/, '')} ${heading}`;
  return [...pages].flatMap(([title, shown]) => {
    const different = new Set(shown.map(pageOf));
    return different.size > 1 ? [`${title}: ${[...different].join(', ')}`] : [];
  });
}
