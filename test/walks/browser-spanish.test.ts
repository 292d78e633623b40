/** The same journey in Spanish, by the mailed link: no word of English on any page, title, error, mail or text; and how a language is chosen and kept. */
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { openTab, type Seen, type Tab, type TabOptions } from '../support/browser-tab.ts';
import { startServerAndDemo } from '../support/demo.ts';
import { englishIn, linesOf } from '../support/english.ts';
import { newAddress, newPhone } from '../support/people.ts';
import * as walk from '../support/sign-up-walk.ts';
import { ENGLISH } from './words-en.ts';
import { SPANISH as words } from './words-es.ts';

describe('walk: sign-up in Spanish', function () {
  this.timeout(120_000);
  // Each step stands on the one before.
  this.bail(true);
  let all: Awaited<ReturnType<typeof startServerAndDemo>>;
  let browser: Browser;
  let walker: walk.Walker;
  const tabs: Tab[] = [];

  const open = async (options: Partial<TabOptions> = {}) => {
    const tab = await openTab(browser, { origins: [all.server.origin, all.demoUrl], axe: 'right', ...options });
    tabs.push(tab);
    return tab;
  };
  before(async () => {
    all = await startServerAndDemo();
    browser = await openBrowser();
    walker = {
      server: all.server,
      tab: await open({ permissions: ['clipboard-read', 'clipboard-write'] }),
      words,
      address: newAddress('nieves'),
      phone: newPhone(),
      messages: [],
    };
  });
  after(async () => {
    await browser?.close();
    await all?.stopDemo();
    await all?.server.close();
  });

  it('changes the language in its place, with what was typed', async () => {
    const { tab } = walker;
    await tab.open(`${all.server.origin}/users/sign_up`);
    await tab.look(ENGLISH.email);
    tab.seen.length = 0;
    const place = tab.page.url();
    await tab.field(ENGLISH.email.field).fill('nieves@example');
    await tab.press(ENGLISH.other);
    expect(tab.page.url()).to.equal(place);
    expect((await tab.look(words.email)).language).to.equal('es');
    expect(await tab.field(words.email.field).inputValue()).to.equal('nieves@example');
    await tab.page.reload();
    expect(await tab.field(words.email.field).inputValue(), 'once').to.equal('');
  });

  walk.itGoesAllTheWay(() => walker, walk.openLink);

  describe('beside the way', () => {
    it('says what is wrong with an address', async () => {
      const { tab } = walker;
      await tab.open(`${all.server.origin}/users/confirmation?confirmation_token=nothing`);
      await tab.look(words.link.wrong);
      await tab.open(`${all.server.origin}/nothing-here`);
      await tab.look(words.notFound);
    });

    it('follows the language of a sign-up to another browser, but not into a session of somebody else', async () => {
      const { server, tab } = walker;
      const address = newAddress('nieves');
      const here = await open({ locale: 'es-US' });
      await here.open(`${server.origin}/users/sign_up`);
      await here.field(words.email.field).fill(address);
      await here.press(words.email.submit);
      const mail = await server.newest(address);
      expect(mail.subject).to.equal(words.confirmMail.subject);

      await tab.open(mail.links[0]!);
      await tab.look(words.link.somebody);
      const other = await open();
      await walk.openLink({ ...walker, tab: other }, mail);
      await other.look(words.terms);
      await other.follow(words.help.title);
      await other.look(words.help);
    });

    it('comes from the service', async () => {
      const tab = await open();
      await tab.open(`${all.demoUrl}/login?ui_locales=es`);
      await tab.look({ ...words.signIn, says: [words.signIn.toService] });
      await tab.follow(words.privacy.title);
      await tab.look(words.privacy);
      await tab.back();
      await tab.follow(words.confirm.notReceived);
      await tab.look(words.resend);
    });
  });

  describe('in all of this', () => {
    it('no page, title, or error has a word of English', () => {
      const seen: Seen[] = tabs.flatMap((tab) => tab.seen);
      expect(seen.length).to.be.above(60);
      expect(seen.filter(({ language }) => language !== 'es').map(({ url }) => url)).to.deep.equal([]);
      expect(seen.flatMap(({ url, lines }) => englishIn(lines).map((line) => `${url}: ${line}`))).to.deep.equal([]);
    });

    it('no mail or text has one', () => {
      expect(walker.messages.map(({ channel }) => channel)).to.include.members(['mail', 'text']);
      expect(walker.messages.flatMap((one) => englishIn(linesOf(one)))).to.deep.equal([]);
    });

    it('can tell English from Spanish', () => {
      const { controls: _, ...said } = ENGLISH.delivery;
      expect(englishIn([said.heading, said.fees, said.email, 'We sent a one-time code to', 'Submit'])).to.have.length(5);
      expect(englishIn(['Correo electrónico', 'Enviar', 'myUSCIS', 'nieves@people.test'])).to.deep.equal([]);
    });

    it('no title stands for two pages', () => expect(walk.sharedTitles(tabs.flatMap((tab) => tab.seen))).to.deep.equal([]));

    it('no content security policy is broken, nothing loaded from elsewhere, no error logged', () => {
      expect(tabs.flatMap(({ faults }) => faults)).to.deep.equal([]);
    });
  });
});
