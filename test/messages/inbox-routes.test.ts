import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import Koa from 'koa';
import { createViews, type PageBrand } from '../../src/http/views.ts';
import type { Language } from '../../src/language.ts';
import { createInbox, type Inbox } from '../../src/messages/inbox.ts';
import { inboxRoutes } from '../../src/messages/inbox-routes.ts';
import { createTexts } from '../../src/texts.ts';
import { testDatabase } from '../support/mongo.ts';

const root = join(import.meta.dirname, '../..');
const brand = JSON.parse(readFileSync(join(root, 'config/brand.json'), 'utf8')) as PageBrand;

describe('the inbox page', () => {
  let inbox: Inbox;
  let origin: string;
  let language: Language = 'en';
  let close: () => void;
  const get = (path: string) => fetch(`${origin}${path}`, { redirect: 'manual' });
  const page = async (path = '/dev/inbox') => (await get(path)).text();

  before(async function () {
    this.timeout(120_000);
    inbox = createInbox({ db: await testDatabase(), clock: () => new Date('2026-11-22T12:00:00Z') });
    await inbox.init();
    const views = createViews({ brand, texts: createTexts(join(root, 'config/locales')), viewsDir: join(root, 'views') });
    const app = new Koa().use(inboxRoutes({ inbox, views, languageOf: () => language }).routes());
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => {
      server.close();
      server.closeAllConnections();
    };
  });
  after(() => close());
  beforeEach(async () => {
    language = 'en';
    await inbox.clear();
    const link = 'https://myaccount.example.org/users/confirmation?token=a&x=1';
    await inbox.mailer.send({
      key: 'k1',
      to: 'ana@example.org',
      subject: 'Confirm <it>',
      text: `Open:\n${link}\n<b>012345</b>`,
      html: '<p>Hello</p>',
      language: 'en',
    });
    await inbox.texter.send({ key: 'k2', to: '+12025550123', text: '678901 is your code' });
  });

  it('shows every message with its text, links to open and nothing of it as markup', async () => {
    const html = await page();
    expect(html).to.include('Confirm &lt;it&gt;').and.to.include('&lt;b&gt;012345').and.to.include('678901 is your code');
    expect(html).to.include('<a class="address" href="https://myaccount.example.org/users/confirmation?token=a&amp;x=1">');
    expect(html.indexOf('678901')).to.be.lessThan(html.indexOf('012345'));
  });

  it('shows those of one address or number', async () => {
    expect(await page('/dev/inbox?to=ana@example.org'))
      .to.include('012345')
      .and.not.to.include('678901');
    expect(await page('/dev/inbox?to=%2B12025550123'))
      .to.include('678901')
      .and.not.to.include('012345');
  });

  it('speaks Spanish', async () => {
    language = 'es';
    expect(await page())
      .to.include('Buzón de desarrollo')
      .and.not.to.include('Development inbox');
  });

  it('says that there is nothing yet', async () => {
    await inbox.clear();
    expect(await page()).to.include('No messages yet.');
  });

  it('shows a mail as its reader sees it, under a policy that loads and runs nothing', async () => {
    const [mail] = await inbox.list('ana@example.org');
    const response = await get(`/dev/inbox/${mail?.id}.html`);
    expect(response.headers.get('content-security-policy')).to.include("default-src 'none'").and.not.to.include('script-src');
    expect(response.headers.get('content-type')).to.match(/^text\/html/);
    expect(await response.text()).to.equal('<p>Hello</p>');
    const [text] = await inbox.list('+12025550123');
    for (const id of [text?.id, 'nothing', '%00', '..%2f']) expect((await get(`/dev/inbox/${id}.html`)).status).to.equal(404);
  });

  it('answers tests in JSON, the newest first', async () => {
    const response = await get('/dev/inbox.json');
    expect(response.headers.get('cache-control')).to.equal('no-store');
    const [text, mail] = (await response.json()) as Record<string, unknown>[];
    expect(text).to.deep.include({
      channel: 'text',
      to: '+12025550123',
      subject: '',
      codes: ['678901'],
      links: [],
      at: '2026-11-22T12:00:00.000Z',
    });
    expect(mail).to.deep.include({ channel: 'mail', html: '<p>Hello</p>', codes: ['012345'] });
    expect(mail?.['links']).to.deep.equal(['https://myaccount.example.org/users/confirmation?token=a&x=1']);
  });

  it('filters the JSON by a number, its plus escaped or not, and gives nothing to odd questions', async () => {
    const count = async (query: string) => ((await (await get(`/dev/inbox.json${query}`)).json()) as unknown[]).length;
    expect(await count('?to=%2B12025550123')).to.equal(1);
    expect(await count('?to=+12025550123')).to.equal(1);
    expect(await count('?to=nobody@example.org')).to.equal(0);
    expect(await count('?to[$ne]=x')).to.equal(2);
    expect(await count('?to=a&to=b')).to.equal(2);
    expect(await count('?to=')).to.equal(2);
  });

  it('is emptied by its button, and by DELETE', async () => {
    const cleared = await fetch(`${origin}/dev/inbox/clear`, { method: 'POST', redirect: 'manual' });
    expect(cleared.status).to.equal(303);
    expect(cleared.headers.get('location')).to.equal('/dev/inbox');
    expect(await inbox.list()).to.deep.equal([]);
    await inbox.texter.send({ key: 'k', to: '+12025550123', text: 'again' });
    expect((await fetch(`${origin}/dev/inbox.json`, { method: 'DELETE' })).status).to.equal(204);
    expect(await inbox.list()).to.deep.equal([]);
  });

  it('is not emptied by a GET', async () => {
    expect((await get('/dev/inbox/clear')).status).to.equal(404);
    expect(await inbox.list()).to.have.length(2);
  });
});
