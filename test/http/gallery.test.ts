import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { LANGUAGES } from '../../src/language.ts';
import { openBrowser } from '../support/browser.ts';
import { EXHIBITS, nameOf } from '../support/gallery.ts';
import { addressOf, galleryServer } from '../support/gallery-server.ts';

/** Every control that can be seen, and its height. */
const HEIGHTS = `[...document.querySelectorAll('button, select, input:not([type=hidden], [type=checkbox], [type=radio], .hidden-field), .button, .service, .choice')]
  .filter((element) => element.offsetParent).map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect().height])`;

describe('every page in a browser', function () {
  // Half a second for each state of each page on an idle machine, and twice that on a busy one.
  this.timeout(360_000);
  let server: Server;
  let browser: Browser;
  let narrow: BrowserContext;
  let page: Page;
  let base: string;
  const faults: string[] = [];
  const found = { axe: [] as string[], wide: [] as string[], small: [] as string[] };

  const open = async (name: string, language = 'en') => {
    await page.goto(base + addressOf(name, language));
  };

  /** One tour through all pages, for what is judged of each. */
  const tour = async () => {
    for (const language of LANGUAGES) {
      for (const shown of EXHIBITS) {
        const name = nameOf(shown);
        await open(name, language);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        if (width !== 320) found.wide.push(`${language} ${name}: ${width} pixels`);
        if (language !== 'en') continue;
        const heights = (await page.evaluate(HEIGHTS)) as [string, number][];
        for (const [tag, height] of heights) if (height < 44) found.small.push(`${name}: ${tag} ${height}`);
        // In the page itself: these have no frames, and a second page for each would take most of the time.
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        for (const { id, nodes } of violations)
          found.axe.push(`${name}: ${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(' | ')}`);
      }
    }
  };

  before(async () => {
    server = createServer(galleryServer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openBrowser();
    narrow = await browser.newContext({ viewport: { width: 320, height: 640 } });
    page = await narrow.newPage();
    page.on('console', (message) => message.type() === 'error' && faults.push(`${page.url()}: ${message.text()}`));
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    await tour();
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  it('has nothing that axe finds, at 320 pixels', () => expect(found.axe).to.deep.equal([]));
  it('fits into 320 pixels, which is 1280 at 400 %, in both languages', () => expect(found.wide).to.deep.equal([]));
  it('has targets of 44 pixels, but for links within a text', () => expect(found.small).to.deep.equal([]));

  // What happened: a pale band stood between a short page and its footer.
  it('is of one colour down to the footer where it has no edge', async () => {
    await page.setViewportSize({ width: 390, height: 2000 });
    await open('sign-in/too-weak');
    const colour = await page.evaluate(`getComputedStyle(
      document.elementFromPoint(195, document.querySelector('.footer').getBoundingClientRect().top - 4)).backgroundColor`);
    expect(colour).to.equal('rgb(255, 255, 255)');
    await page.setViewportSize({ width: 320, height: 640 });
  });

  it('puts the focus on the list of problems, and from there on the field', async () => {
    await open('sign-up/email (invalid)');
    expect(await page.evaluate('document.activeElement.className')).to.equal('error-summary');
    await page.getByRole('link', { name: 'Enter an email address in the correct format' }).click();
    expect(await page.evaluate('document.activeElement.id')).to.equal('email');
  });

  it('puts the focus there without scripts too, and shows nothing that needs them', async () => {
    const bare = await browser.newContext({ javaScriptEnabled: false });
    const still = await bare.newPage();
    for (const name of [
      'steps/new-backup-code',
      'steps/authenticator (set up)',
      'steps/new-password',
      'sign-in/password',
      'static/terms',
    ]) {
      await still.goto(base + addressOf(name, 'en'));
      for (const words of ['Print', 'Copy', 'Copy the key', 'Show password'])
        expect(await still.getByText(words, { exact: true }).isVisible(), `${name}: ${words}`).to.equal(false);
    }
    await still.goto(base + addressOf('steps/delivery', 'en'));
    expect(await still.getByLabel('U.S. mobile phone number').isVisible()).to.equal(true);
    await still.goto(base + addressOf('sign-up/email (invalid)', 'en'));
    expect(await still.locator('.error-summary:focus').count()).to.equal(1);
    await bare.close();
  });

  it('shows the password when asked, hides it again when the form is sent', async () => {
    await open('steps/new-password');
    const field = page.getByLabel('Password', { exact: true });
    await page.getByLabel('Show password').check();
    expect(await field.getAttribute('type')).to.equal('text');
    await page.evaluate(`document.forms[1].addEventListener('submit', (event) => event.preventDefault())`);
    await page.getByRole('button', { name: 'Submit' }).click();
    expect(await field.getAttribute('type')).to.equal('password');
  });

  it('ticks the password rules while typing', async () => {
    await open('steps/new-password');
    const met = () => page.evaluate(`[...document.querySelectorAll('.rule-met')].map((item) => item.dataset.rule)`);
    await page.getByLabel('Password', { exact: true }).fill('abc');
    expect(await met()).to.deep.equal(['lowercase', 'too-long']);
    await page.getByLabel('Password', { exact: true }).fill('correct Horse battery');
    expect(await met()).to.deep.equal(['length', 'uppercase', 'lowercase', 'special', 'too-long']);
  });

  it('asks for a phone number where text messages are chosen', async () => {
    await open('steps/delivery');
    const phone = page.getByLabel('U.S. mobile phone number');
    expect(await phone.isVisible()).to.equal(false);
    await page.getByLabel('Text message').check();
    expect(await phone.isVisible()).to.equal(true);
  });

  it('takes a code that is pasted with spaces, and a name it is found by', async () => {
    await open('steps/email-code');
    const code = page.getByLabel('Secure one-time password');
    await code.fill('  123 456  ');
    expect(await code.inputValue()).to.equal('  123 456  ');
    expect(await code.getAttribute('autocomplete')).to.equal('one-time-code');
    expect(await code.getAttribute('inputmode')).to.equal('numeric');
  });

  it('sends a form once when its button is clicked twice, and never switches the button off', async () => {
    let sent = 0;
    await page.route('**/interaction/**', async (route) => {
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
      await route.fulfill({ status: 204 });
    });
    await open('steps/questions');
    await page.getByRole('button', { name: 'Submit' }).dblclick();
    await page.waitForFunction('document.readyState === "complete"');
    expect(sent).to.equal(1);
    expect(await page.getByRole('button', { name: 'Submit' }).isEnabled()).to.equal(true);
    await page.unroute('**/interaction/**');
  });

  it('breaks no rule of its content security policy and throws nothing', () => {
    expect(faults).to.deep.equal([]);
  });
});
