import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import Koa from 'koa';
import type { Config } from '../../src/config.ts';
import { AppError } from '../../src/errors.ts';
import { brandSheet } from '../../src/http/brand-sheet.ts';
import { createViews } from '../../src/http/views.ts';
import { staticPagesRoutes } from '../../src/static-pages/routes.ts';
import { createTexts } from '../../src/texts.ts';

const read = (file: string) => readFileSync(`config/${file}`, 'utf8');
const brand = JSON.parse(read('brand.json')) as Config['brand'];
const policy = JSON.parse(read('policy.json')) as Config['policy'];
const terms = { version: '2026-11-01', text: { en: read('terms/2026-11-01.en.md'), es: read('terms/2026-11-01.es.md') } };

describe('static pages', () => {
  let server: Server;
  let base: string;

  before(async () => {
    const views = createViews({ brand, texts: createTexts('config/locales'), viewsDir: 'views' });
    const app = new Koa({ keys: ['a key of the test'] });
    app.use(async (ctx, next) => {
      try {
        await next();
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        ctx.status = error.status;
      }
    });
    app.use(staticPagesRoutes({ views, config: { brand, terms, policy } }));
    server = createServer(app.callback()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => void server.close());

  const get = async (path: string, language = 'en') => {
    const response = await fetch(base + path, { headers: { 'accept-language': language } });
    return { response, html: await response.text() };
  };

  for (const page of ['help', 'terms', 'privacy', 'accessibility']) {
    it(`shows /${page} in the language of the browser`, async () => {
      const english = await get(`/${page}`);
      expect(english.response.status).to.equal(200);
      expect(english.response.headers.get('content-type')).to.equal('text/html; charset=utf-8');
      expect(english.response.headers.get('vary')).to.match(/accept-language/i);
      expect(english.html).to.include('<html lang="en">').and.to.include(`name="back" value="/${page}"`);
      expect((await get(`/${page}`, 'es-MX')).html).to.include('<html lang="es">');
    });
  }

  it('shows the Terms of Use before anybody signs up, the name of the system in full and the version', async () => {
    const { html } = await get('/terms');
    expect(html).to.include('<strong>U.S. Citizenship and Immigration Services Online Electronic Immigration System</strong>');
    expect(html).to.include('Version of November 1, 2026');
  });

  it('tells on Help where to find an attorney, and on both the numbers that hold', async () => {
    const help = (await get('/help')).html;
    expect(help).to.include(`<a href="${brand.attorneyUrl}"`);
    expect(help).to.include(`wait ${policy.recovery.holdHours} hours`).and.to.include(`after ${policy.recovery.coolingOffHours} hours`);
    const { html } = await get('/privacy');
    expect(html).to.include(`${policy.signUpDays} days`).and.to.include(`${policy.session.idleMinutes} minutes`).and.to.include('one year');
    expect(html).to.include(`${policy.closing.days} days more`);
  });

  it('serves the colours of the brand as a stylesheet that may be kept', async () => {
    const { response, html } = await get(brandSheet(brand.colors).address);
    expect(response.headers.get('content-type')).to.equal('text/css; charset=utf-8');
    expect(response.headers.get('cache-control')).to.include('immutable');
    expect(html).to.include(`--primary: ${brand.colors['primary']}`);
  });

  it('leaves everything else to the next', async () => {
    expect((await get('/help/me')).response.status).to.equal(404);
  });

  it('knows no method but GET and HEAD', async () => {
    expect((await fetch(`${base}/help`, { method: 'HEAD' })).status).to.equal(200);
    for (const method of ['POST', 'DELETE', 'PUT']) {
      const response = await fetch(`${base}/help`, { method });
      expect(response.status).to.equal(405);
      expect(response.headers.get('allow')).to.equal('GET, HEAD');
    }
  });
});
