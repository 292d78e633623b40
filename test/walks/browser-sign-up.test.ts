/** The whole journey as a person in a browser meets it, in English, at 320 pixels: words, focus, titles, names and axe after every step. */
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { openTab, type Tab, type TabOptions } from '../support/browser-tab.ts';
import { startServerAndDemo } from '../support/demo.ts';
import { newAddress, newPhone } from '../support/people.ts';
import * as walk from '../support/sign-up-walk.ts';
import { ENGLISH as words } from './words-en.ts';

describe('walk: sign-up in a browser', function () {
  this.timeout(120_000);
  // Each step stands on the one before.
  this.bail(true);
  let all: Awaited<ReturnType<typeof startServerAndDemo>>;
  let browser: Browser;
  const tabs: Tab[] = [];

  const open = async (options: Partial<TabOptions> = {}) => {
    const tab = await openTab(browser, { origins: [all.server.origin, all.demoUrl], ...options });
    tabs.push(tab);
    return tab;
  };
  const walkerIn = (tab: Tab): walk.Walker => ({
    server: all.server,
    tab,
    words,
    address: newAddress(),
    phone: newPhone(),
    messages: [],
  });

  before(async () => {
    all = await startServerAndDemo();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await all?.stopDemo();
    await all?.server.close();
  });

  describe('by typing the code, with all three methods', () => {
    let walker: walk.Walker;
    before(async () => {
      walker = walkerIn(await open({ permissions: ['clipboard-read', 'clipboard-write'] }));
    });

    it('begins at /create-account as at /users/sign_up', async () => {
      const { tab } = walker;
      await tab.open(`${all.server.origin}/create-account`);
      await tab.look(words.email);
      await tab.open(`${all.server.origin}/users/sign_up`);
    });
    walk.itGoesAllTheWay(() => walker, walk.typeConfirmation);
  });

  describe('in all of this', () => {
    it('no title stands for two pages', () => expect(walk.sharedTitles(tabs.flatMap((tab) => tab.seen))).to.deep.equal([]));

    it('no content security policy is broken, nothing loaded from elsewhere, no error logged', () => {
      expect(tabs.flatMap(({ faults }) => faults)).to.deep.equal([]);
    });
  });
});
