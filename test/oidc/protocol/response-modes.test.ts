/** How an answer travels: by the address, or by a form that the browser posts (OAuth 2.0 Form Post Response Mode). */
import { expect } from 'chai';
import { METHODS } from '../../../src/oidc/routes.ts';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, type TestProvider } from '../../support/provider.ts';
import { type Answer, type Browser, createBrowser, createRelyingParty, type RelyingParty } from '../../support/relying-party.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('oidc: response modes, and requests by POST', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let open: RelyingParty;
  let browser: Browser;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
    open = await createRelyingParty(op.issuer, 'open', 'https://open.example/callback');
    browser = createBrowser(op.issuer);
    await open.signIn(browser);
  });

  const fieldsOf = ({ body }: Answer) =>
    Object.fromEntries([...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]));

  it('is the query of the address, unless another is asked for', async () => {
    for (const parameters of [{}, { response_mode: 'query' }] as Record<string, string>[]) {
      const { answer } = await open.authorize(browser, parameters);
      expect([answer.url.searchParams.has('code'), answer.url.hash]).to.deep.equal([true, '']);
    }
    const { answer } = await open.authorize(browser, { response_mode: 'fragment' });
    expect([answer.url.search, answer.url.hash.startsWith('#code=')]).to.deep.equal(['', true]);
  });

  for (const [title, parameters, expected] of [
    ['a code', {}, 'code'],
    ['an error', { prompt: 'none', max_age: '0' }, 'error'],
    ['an error of the request itself', { prompt: 'nonsense' }, 'error'],
  ] as const)
    it(`OP-11: as a form carries ${title}, with state and iss, and posts itself or by its button, in the person’s language`, async () => {
      for (const [language, button] of [
        ['en', 'Continue'],
        ['es', 'Continuar'],
      ]) {
        const state = `"><script>alert(1)</script>'&`;
        const { answer } = await open.authorize(browser, { response_mode: 'form_post', state, ui_locales: language!, ...parameters });
        expect(answer.url.origin).to.equal(op.issuer);
        expect(answer.status).to.equal(expected === 'code' ? 200 : 400);
        expect(answer.headers.get('cache-control')).to.include('no-store');
        expect(fieldsOf(answer)).to.include({ state: '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;', iss: op.issuer });
        expect(fieldsOf(answer)).to.have.property(expected);
        expect(answer.body).to.include('action="https://open.example/callback"').and.include(`<html lang="${language}"`);
        expect(answer.body).to.match(new RegExp(`<button[^>]* form="op.form">${button}</button>`));
        const scripts = [...answer.body.matchAll(/<script(?![^>]* src=)([^>]*)>/g)].map(([, attributes]) => attributes);
        const policy = answer.headers.get('content-security-policy')!;
        const [, nonce = 'none'] = /'nonce-([^']+)'/.exec(policy) ?? [];
        expect(scripts).to.deep.equal([` nonce="${nonce}"`]);
        expect(policy)
          .to.match(/form-action [^;]*https:\/\/open\.example/)
          .and.not.include("'unsafe-inline'")
          .and.not.include("'sha256-");
      }
    });

  it('leads no form to an address that is not the client’s', async () => {
    const { answer } = await open.authorize(browser, { response_mode: 'form_post', redirect_uri: 'https://evil.example/' });
    expect(answer.status).to.equal(400);
    expect(answer.body).not.to.include('evil.example').and.not.to.include('op.form');
    expect(answer.headers.get('content-security-policy')).not.to.include('evil.example');
  });

  describe('a request by POST', () => {
    const post = (body: string, headers: Record<string, string> = FORM) =>
      fetch(`${op.issuer}/authorize`, { method: 'POST', body, headers, redirect: 'manual' });

    it('OP-12: goes on as a GET by a 303, with everything that it carried', async () => {
      const { url, checks } = await open.begin({ state: `ä ${'x'.repeat(2000)}&=+%` });
      const turned = await post(url.search.slice(1));
      expect(turned.status).to.equal(303);
      const answer = await browser.open(turned.headers.get('location')!);
      expect(answer.url.searchParams.get('state')).to.equal(`ä ${'x'.repeat(2000)}&=+%`);
      expect(answer.url.searchParams.get('code')).to.be.a('string');
      expect(checks).to.have.property('pkceCodeVerifier');
    });

    it('OA-13: of 8 KB and more, of another kind, and without anything is a clean 4xx', async () => {
      const { url } = await open.begin();
      const rows: [string, string, Record<string, string>][] = [
        ['8 KB', `${url.search.slice(1)}&state=${'x'.repeat(8 * 1024)}`, FORM],
        ['1 MB', `${url.search.slice(1)}&state=${'x'.repeat(1024 * 1024)}`, FORM],
        ['JSON', '{"client_id":"open"}', { 'content-type': 'application/json' }],
        ['text', url.search.slice(1), { 'content-type': 'text/plain' }],
        ['several parts', '--x--', { 'content-type': 'multipart/form-data; boundary=x' }],
      ];
      for (const [title, body, headers] of rows) {
        const response = await post(body, headers);
        expect(response.status, title).to.equal(400);
        expect(response.headers.get('location'), title).to.equal(null);
        expect(await response.text(), title)
          .to.include('invalid_request')
          .and.not.match(/ at .*\.(js|ts):/);
      }
      expect((await (await post(rows[0]![1])).text()).toLowerCase()).to.include('par');
      const nothing = await fetch(new URL((await post('')).headers.get('location') ?? '/authorize', op.issuer), { redirect: 'manual' });
      expect(nothing.status).to.equal(400);
    });

    it('OA-13: at every endpoint a body of 1 MB is a clean 4xx', async () => {
      const body = `token=x&grant_type=authorization_code&code=${'x'.repeat(1024 * 1024)}`;
      for (const path of ['/token', '/par', '/introspect', '/revoke', '/userinfo']) {
        const response = await fetch(op.issuer + path, { method: 'POST', body, headers: { ...FORM, authorization: 'Bearer x' } });
        expect(response.status, path).to.equal(400);
        expect(await response.json(), path).to.have.property('error', 'invalid_request');
      }
    });

    it('OA-13: other methods are refused, and say so', async () => {
      for (const [path, known] of Object.entries(METHODS))
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']) {
          const { status, headers } = await fetch(op.issuer + path, { method, redirect: 'manual' });
          const expected = known.includes(method) ? [null, false] : [known.join(', '), true];
          expect([headers.get('allow'), status === 405], `${method} ${path}`).to.deep.equal(expected);
        }
    });
  });
});
