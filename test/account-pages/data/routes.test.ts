import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { axeViolations } from '../../support/axe.ts';
import { openBrowser } from '../../support/browser.ts';
import { enterService, newMember } from '../../support/member.ts';
import { sharedServer } from '../../support/shared-server.ts';
import type { Visitor } from '../../support/visitor.ts';

const AS_PAGE = 'Download as a page';
const AS_DATA = 'Download as data';

describe('account-pages/data/routes', function () {
  this.timeout(60_000);
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());

  const events = async (id: string) => {
    const { deps } = await sharedServer();
    return (await deps.audit.of(id)).filter(({ type }) => type === 'data.downloaded');
  };
  const english = (visitor: Visitor) => visitor.open('/account/data');

  it('gives all of the data as JSON, to keep; the history and a mail say so', async () => {
    const member = await newMember({ email: true, app: true });
    await enterService(member);
    const { visitor, person } = member;
    const { origin, newest, received } = await sharedServer();
    await visitor.open(`${origin}/account/data`);
    expect(visitor.page().heading).to.equal('Download your data');
    const before = (await received(person.email)).length;
    const { status, headers, html } = await visitor.press(AS_DATA);
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect(headers.get('content-disposition')).to.equal('attachment; filename="data.json"');
    expect(headers.get('cache-control')).to.equal('no-store');
    const data = JSON.parse(html);
    const { id } = await member.account();
    expect(data.account).to.include({ id, email: person.email, backupCode: 'not used', knownBrowsers: 1 });
    expect(data.account.accountTypes).to.deep.equal([{ service: 'myUSCIS', type: 'I am an applicant, petitioner, or requestor' }]);
    const { deps } = await sharedServer();
    expect(data.services).to.have.length((await deps.sessions.services(id)).length);
    expect(data.sessions).to.have.length(1);
    expect(data.history.map(({ type }: { type: string }) => type)).to.include('account.created');
    expect(await events(id)).to.have.length(1);
    expect((await newest(person.email, before + 1)).text).to.match(/download/i);
  });

  for (const [language, heading] of [
    ['en', 'Data of your account'],
    ['es', 'Datos de su cuenta'],
  ] as const)
    it(`gives them as one page that needs nothing else, to read and print, in ${language}`, async () => {
      const member = await newMember();
      const { visitor, person } = member;
      const { origin } = await sharedServer();
      await visitor.open(`${origin}/account/data`);
      if (language === 'es') await visitor.press('Español');
      const { headers, html } = await visitor.press(language === 'en' ? AS_PAGE : 'Descargar como página');
      expect(headers.get('content-disposition')).to.equal('attachment; filename="data.html"');
      expect(headers.get('cache-control')).to.equal('no-store');
      const { heading: shown, title, text } = visitor.page();
      expect([shown, title]).to.deep.equal([heading, `${heading} – ${language === 'en' ? 'USCIS online account' : title.split(' – ')[1]}`]);
      expect(html).to.contain(`<html lang="${language}">`).and.contain(person.email);
      expect(html).not.to.match(/<script|<link|<img|<form|<iframe|src=|url\(|href="(?!#)|undefined|\[object/);
      expect(text).not.to.match(/account-pages\.|history\./);

      const page = await (await browser.newContext({ viewport: { width: 320, height: 640 }, javaScriptEnabled: true })).newPage();
      await page.setContent(html);
      const violations = await axeViolations(page);
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`)).to.deep.equal([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(320);
      await page.context().close();
    });

  it('asks for a fresh sign-in before the page and before the download, and downloads nothing by a GET', async () => {
    const member = await newMember();
    const { visitor } = member;
    const { origin, clock, visitor: newcomer } = await sharedServer();
    const { id } = await member.account();
    await visitor.open(`${origin}/account/data`);
    const { url, body } = visitor.formOf(AS_DATA);
    clock.advance(6 * 60);
    for (const open of [() => visitor.post(url, body.toString()), () => visitor.open(`${origin}/account/data`)]) {
      const { url: at, html } = await open();
      expect(at).to.match(/sign-in\/password$/);
      expect(html).not.to.contain('"history"');
    }
    const stranger = newcomer();
    await stranger.open('/help');
    expect((await stranger.post(url, body.toString())).url).to.match(/sign-in\/password$/);
    expect((await stranger.open(`${origin}/account/data?format=json`)).url).to.match(/sign-in\/password$/);
    expect(await events(id)).to.deep.equal([]);
  });

  it('refuses what its page does not send', async () => {
    const { visitor } = await newMember();
    await english(visitor);
    for (const body of ['', 'format=', 'format=pdf']) {
      const { status, text } = await visitor.post('/account/data', body);
      expect([status, text.includes('Choose one of the two downloads')], body).to.deep.equal([422, true]);
    }
    expect((await visitor.post('/account/data', 'format=json&format=html')).status).to.equal(400);
    expect((await visitor.post('/account/data', 'format=json', { 'sec-fetch-site': 'cross-site' })).status).to.equal(403);
  });

  it('has a page for those whose account is closed, who are not signed in', async () => {
    const { origin, visitor, config } = await sharedServer();
    const stranger = visitor();
    await stranger.open(`${origin}/closed`);
    expect(stranger.page().text).to.contain(`erase the account and its data in ${config.policy.closing.days} days`);
    await stranger.follow('Sign In');
    expect(stranger.page().url).to.match(/sign-in\/password$/);
  });
});
