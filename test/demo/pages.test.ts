import { mkdir } from 'node:fs/promises';
import { expect } from 'chai';
import type { BrowserContext, Browser as Chromium, Page } from 'playwright-core';
import { axeViolations } from '../support/axe.ts';
import { openBrowser } from '../support/browser.ts';
import { Browser, caseIds, signedIn, startDemo, type TestDemo } from './support/demo.ts';

/** The seeds' words, written out here on purpose: the pages must say these, whatever the locale files say. */
const BENEFITS = [
  'Filing certain USCIS forms, benefits, or service requests online',
  'Receiving alerts regarding changes to your submitted forms or benefits',
  'Easily uploading required documents and paying fees online',
  'Preventing common form filing mistakes such as missing required fields',
  'Checking the status of your USCIS case online with a full history of updates',
  'Responding to Request for Evidence (RFE) online if applicable',
  'Receiving confirmation and receipt notices for forms filed online',
  'Securely sending messages and responses with USCIS',
];
const OFFERS = [
  'Up-to-date information about the application process for immigration benefits',
  'Tools to help you prepare for filing and help finding citizenship preparation classes',
  'Information to help explore your immigration options',
];

describe('demo: its pages', () => {
  let demo: TestDemo;
  before(async () => {
    demo = await startDemo();
  });
  after(() => demo.stop());

  it('say what the seeds say myUSCIS offers, and mark what is not there', async () => {
    const { text, status } = await new Browser().open(demo.url);
    expect(status).to.equal(200);
    expect(text).to.include('myUSCIS provides a personalized account to help you navigate the immigration process.');
    for (const words of [...BENEFITS, ...OFFERS]) expect(text).to.include(`<span>${words}</span>`);
    expect(text.match(/class="mark">Not in this demonstration</g)).to.have.length(10);
    expect(text.match(/class="mark here" href="\/my-account">In this demonstration</g)).to.have.length(1);
    expect(text).to.include('This is a demonstration, not a government website.');
  });

  it('speak Spanish to who asks for it, and remember a choice', async () => {
    const browser = new Browser('fr');
    expect((await browser.open(demo.url)).text).to.include('<html lang="en">');
    const spanish = await browser.open(`${demo.url}/?lang=es`);
    expect(spanish.text).to.include('<html lang="es">').and.include('¿Qué es myUSCIS?').and.include('href="/?lang=en"');
    expect(spanish.headers.get('content-language')).to.equal('es');
    expect((await browser.open(demo.url)).text).to.include('<html lang="es">');
    expect((await new Browser('es-US,en;q=0.5').open(demo.url)).text).to.include('<html lang="es">');
    for (const bad of ['?lang=xx', '?lang=es&lang=en', '?lang[]=es']) {
      expect((await new Browser().open(`${demo.url}/${bad}`)).text, bad).to.include('<html lang="en">');
    }
  });

  it('carry a strict content policy and may not be framed, sniffed or kept', async () => {
    const browser = await signedIn(demo, 'ana');
    for (const path of [
      '/',
      '/my-account',
      '/signout',
      '/sign-in-problem?reason=access_denied',
      '/nothing',
      '/assets/demo.css',
      '/api/cases',
    ]) {
      const { headers } = await browser.open(demo.url + path);
      const policy = headers.get('content-security-policy')!;
      expect(policy, path)
        .to.include("default-src 'none'")
        .and.include("frame-ancestors 'none'")
        .and.include(`form-action 'self' ${demo.provider.issuer}`);
      expect(policy).to.not.include('unsafe');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('referrer-policy')).to.equal('same-origin');
    }
    for (const path of ['/my-account', '/signout'])
      expect((await browser.open(demo.url + path)).headers.get('cache-control')).to.equal('no-store');
  });

  it('answer what does not exist, what is wrong and what is not theirs without a 500', async () => {
    const browser = await signedIn(demo, 'ana');
    const opened = async (path: string) => (await browser.request(demo.url + path)).status;
    expect(await opened('/nothing')).to.equal(404);
    expect(await opened('/cases/unknown')).to.equal(404);
    expect(await opened('/sign-in-problem?reason=constructor')).to.equal(502);
    for (const path of [
      '/%',
      '/cases/%E0%A4%A',
      '/cases/%2e%2e%2f',
      `/${'a'.repeat(8000)}`,
      '/assets/../settings.ts',
      '/assets/%2e%2e/settings.ts',
    ]) {
      expect(await opened(path), path.slice(0, 30)).to.be.within(400, 404);
    }
    expect((await fetch(`${demo.url}/my-account`, { method: 'DELETE' })).status).to.equal(405);
    const big = await browser.request(`${demo.url}/signout`, { form_token: 'x'.repeat(1_000_000) }).catch(() => ({ status: 413 }));
    expect(big.status).to.equal(413);
    expect((await browser.request(`${demo.url}/signout`, { 'form_token[$ne]': '' })).status).to.equal(403);
  });

  it('escape what the provider tells', async () => {
    const { text } = await (await signedIn(demo, '<script>alert(1)</script>')).open(`${demo.url}/my-account`);
    expect(text).to.include('&lt;script&gt;');
    expect(text).to.not.include('<script');
  });

  it('send who came by 127.0.0.1 to localhost, where the cookies live', async () => {
    const response = await fetch(`${demo.url.replace('localhost', '127.0.0.1')}/login?x=1`, { redirect: 'manual' });
    expect(response.status).to.equal(307);
    expect(response.headers.get('location')).to.equal(`${demo.url}/login?x=1`);
  });

  describe('in Chromium', () => {
    let browser: Chromium;
    let context: BrowserContext;
    let page: Page;

    before(async () => {
      browser = await openBrowser();
    });
    after(() => browser?.close());
    afterEach(() => context?.close());

    /** No sideways scrolling, and nothing that axe finds. axe is a script, so these pages are shown with scripts. */
    const judge = async (name: string): Promise<void> => {
      const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect(wide, `${name} is wider than the window`).to.equal(0);
      const pictures = process.env['DEMO_PICTURES'];
      if (pictures) {
        await mkdir(pictures, { recursive: true });
        await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
      }
      // The rules see the same at both widths, and each look takes most of a second.
      if (page.viewportSize()!.width > 320) return;
      const violations = await axeViolations(page);
      expect(
        violations.map(({ id, nodes }) => `${name}: ${id} ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`)}`),
        name,
      ).to.deep.equal([]);
    };

    for (const [locale, width] of [
      ['en-US', 320],
      ['en-US', 1280],
      ['es-US', 320],
      ['es-US', 1280],
    ] as const) {
      it(`show everything and break no rule of axe (${locale}, ${width})`, async () => {
        context = await browser.newContext({ locale, viewport: { width, height: 800 } });
        page = await context.newPage();
        const name = (what: string) => `${what}-${locale.slice(0, 2)}-${width}`;
        await page.goto(demo.url);
        await judge(name('home'));
        await page.goto(`${demo.url}/login?login_hint=error:access_denied`);
        await judge(name('problem'));
        await page.goto(`${demo.url}/login?login_hint=attorney`);
        expect(page.url()).to.equal(`${demo.url}/my-account`);
        await judge(name('my-account'));
        await page.goto(`${demo.url}/cases/${caseIds(await page.content())[0]}`);
        await judge(name('case'));
        await page.goto(`${demo.url}/`);
        await judge(name('home-signed-in'));
        await page.goto(`${demo.url}/signout`);
        await judge(name('sign-out'));
        await page.goto(`${demo.url}/nothing`);
        await judge(name('not-found'));
      });
    }

    it('can be used with scripts switched off and the policy in force, from sign-in to sign-out', async () => {
      context = await browser.newContext({ locale: 'en-US', viewport: { width: 320, height: 640 }, javaScriptEnabled: false });
      page = await context.newPage();
      const faults: string[] = [];
      page.on('console', (message) => faults.push(message.text()));
      await page.goto(demo.url);
      await page.getByRole('link', { name: 'Sign in with your USCIS online account' }).click();
      await page.getByRole('heading', { name: 'Who is signed in' }).waitFor();
      await page
        .getByRole('link', { name: /^Form / })
        .first()
        .click();
      await page.getByRole('heading', { name: 'Full history of updates' }).waitFor();
      await page.getByRole('link', { name: 'Español' }).click();
      await page.getByRole('heading', { name: 'Historial completo de actualizaciones' }).waitFor();
      await page.getByRole('link', { name: 'Cerrar sesión' }).click();
      await page.getByRole('button', { name: 'Cerrar sesión' }).click();
      await page.waitForURL((url) => url.origin === demo.provider.issuer);
      expect(faults).to.deep.equal([]);
      await page.goto(demo.url);
      await page.getByRole('link', { name: 'Iniciar sesión con su cuenta en línea de USCIS' }).waitFor();
    });
  });
});
