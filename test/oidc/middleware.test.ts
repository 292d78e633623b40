import { request } from 'node:http';
import { expect } from 'chai';
import { testDatabase } from '../support/mongo.ts';
import { CLIENTS, openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, type RelyingParty, submitForm } from '../support/relying-party.ts';

describe('oidc/middleware', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let service: RelyingParty;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
  });
  beforeEach(() => {
    op.state.resolve = op.as('ann');
  });

  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('answers nobody who asks for another host', async () => {
    const ask = (headers: Record<string, string>, path = '/.well-known/openid-configuration') =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        request({ host: '127.0.0.1', port: op.port, path, headers, agent: false }, async (response) => {
          let text = '';
          for await (const chunk of response) text += chunk;
          resolve({ status: response.statusCode!, text });
        })
          .on('error', reject)
          .end();
      });
    const host = new URL(op.issuer).host;
    expect((await ask({ host: 'evil.example' })).status).to.equal(421);
    expect((await ask({ host: 'evil.example' }, '/authorize?client_id=service')).status).to.equal(421);
    const forwarded = await ask({ host, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' });
    expect(forwarded.status).to.equal(200);
    expect(forwarded.text).not.to.include('evil.example').and.not.to.include('https://localhost');
  });

  it('answers no plain request for an https issuer', async () => {
    const other = await openTestProvider({ db: op.db, issuer: 'https://id.example', clients: [] });
    const status = await new Promise((resolve) =>
      request({ host: '127.0.0.1', port: other.port, path: '/jwks', headers: { host: 'id.example' } }, (response) =>
        resolve(response.resume().statusCode),
      ).end(),
    );
    expect(status).to.equal(421);
    expect(other.logged.join()).to.include('TRUST_PROXY');
    await other.close();
  });

  describe('POST to the authorization endpoint', () => {
    it('is turned into the same request as a GET, to which the cookies come', async () => {
      const browser = createBrowser(op.issuer);
      await service.signIn(browser);
      op.prompts.length = 0;
      const { url, checks } = await service.begin({ scope: 'openid email' });
      // From another site a browser sends no SameSite=Lax cookie with it.
      const turned = await fetch(`${op.issuer}/authorize`, {
        method: 'POST',
        body: url.search.slice(1),
        headers: form,
        redirect: 'manual',
      });
      expect(turned.status).to.equal(303);
      expect(Object.fromEntries(new URL(turned.headers.get('location')!, op.issuer).searchParams)).to.deep.equal(
        Object.fromEntries(url.searchParams),
      );
      const answer = await browser.open(new URL(turned.headers.get('location')!, op.issuer));
      expect(answer.url.searchParams.get('state')).to.equal(checks.expectedState);
      expect(op.prompts).to.deep.equal([]);
    });

    it('of more than 8 KB is an invalid_request that names PAR; so is another kind of body', async () => {
      const refused = async (body: string, headers: Record<string, string>) => {
        const response = await fetch(`${op.issuer}/authorize`, { method: 'POST', body, headers });
        expect(response.status).to.equal(400);
        return response.text();
      };
      const logged = async (body: string, headers: Record<string, string>) => {
        op.logged.length = 0;
        await refused(body, headers);
        return op.logged.join();
      };
      expect(await logged(`client_id=service&state=${'x'.repeat(9000)}`, form))
        .to.include('invalid_request')
        .and.to.include('PAR');
      expect(await logged('{}', { 'content-type': 'application/json' })).to.include('x-www-form-urlencoded');
    });

    it('of more than 8 KB is refused as a GET too: anybody could have it kept', async () => {
      op.logged.length = 0;
      const response = await fetch(`${op.issuer}/authorize?client_id=service&state=${'x'.repeat(9000)}`, { redirect: 'manual' });
      expect(response.status).to.equal(400);
      expect(op.logged.join()).to.include('PAR');
    });

    it('of more than 8 KB is pushed by whoever proves who they are, and by nobody else', async () => {
      const push = async (client_id: string, redirect_uri: string, headers: Record<string, string>) => {
        const { url } = await service.begin();
        const body = new URLSearchParams({ ...Object.fromEntries(url.searchParams), client_id, redirect_uri, state: 'x'.repeat(9000) });
        const response = await fetch(`${op.issuer}/par`, { method: 'POST', body, headers });
        return [response.status, ((await response.json()) as { error?: string }).error];
      };
      const {
        redirect_uris: [app],
      } = CLIENTS.find(({ client_id: id }) => id === 'public') as unknown as { redirect_uris: [string] };
      const authorization = `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}`;
      expect(await push('service', 'https://service.example/callback', { authorization })).to.deep.equal([201, undefined]);
      expect(await push('public', app, {})).to.deep.equal([400, 'invalid_request']);
    });

    it('keeps repeated parameters, so that they are refused', async () => {
      const { url } = await service.begin();
      const response = await fetch(`${op.issuer}/authorize`, {
        method: 'POST',
        body: `${url.search.slice(1)}&scope=openid`,
        headers: form,
        redirect: 'manual',
      });
      const answer = await createBrowser(op.issuer).open(response.headers.get('location')!);
      expect(answer.url.searchParams.get('error')).to.equal('invalid_request');
    });
  });

  describe('logout', () => {
    it('by POST works as by GET, and GET alone signs nobody out', async () => {
      const browser = createBrowser(op.issuer);
      await service.signIn(browser);
      for (const page of [await browser.open('/logout'), await browser.open('/logout', { method: 'POST', body: new URLSearchParams() })]) {
        expect(page.status).to.equal(200);
        expect(page.body).to.include('op.logoutForm');
        expect(JSON.parse((await browser.open('/')).body)).to.include({ accountId: 'ann' });
      }
    });

    it('asks when the hint cannot be verified, as if there were none', async () => {
      const browser = createBrowser(op.issuer);
      const { id_token: good = '' } = await service.signIn(browser);
      const [head, body, signature = ''] = good.split('.');
      const hints = ['nonsense', `${head}.${body}.${signature.replaceAll('a', 'b')}`, 'a.b.c', 'e30.e30.', `${good}&id_token_hint=${good}`];
      for (const hint of hints) {
        const page = await browser.open(
          `/logout?id_token_hint=${hint}&post_logout_redirect_uri=${encodeURIComponent('https://service.example/')}`,
        );
        expect(page.status, hint).to.equal(200);
        expect(page.body, hint).to.include('op.logoutForm');
        const after = await submitForm(browser, page);
        expect(after.url.origin, hint).to.equal(op.issuer);
      }
    });

    it('takes a hint of this person, and goes back to the registered address with state', async () => {
      const browser = createBrowser(op.issuer);
      const { id_token_hint, ...rest } = {
        id_token_hint: (await service.signIn(browser)).id_token!,
        post_logout_redirect_uri: 'https://service.example/',
        state: 's t',
      };
      const page = await browser.open(service.logoutUrl({ id_token_hint, ...rest }));
      expect(page.body).to.include('op.form');
      const done = await submitForm(browser, page);
      expect(done.url.href).to.equal('https://service.example/?state=s+t');
      expect(JSON.parse((await browser.open('/')).body)).to.include({ accountId: null });
    });

    it('asks when the hint is of somebody else', async () => {
      const { id_token: hint = '' } = await service.signIn(createBrowser(op.issuer));
      op.person('bob');
      op.state.resolve = op.as('bob');
      const browser = createBrowser(op.issuer);
      await service.signIn(browser);
      expect((await browser.open(service.logoutUrl({ id_token_hint: hint }))).body).to.include('op.logoutForm');
    });
  });

  describe('the way back to our own pages', () => {
    it('leads to the path it was begun for, and to no other site', async () => {
      const browser = createBrowser(op.issuer);
      const answer = await browser.open(op.interactions.startUrl({ returnTo: '/account?x=1' }));
      expect(answer.url.pathname + answer.url.search).to.equal('/account?x=1');
      for (const state of ['//evil.example', 'https://evil.example', '/\\evil.example', '', 'javascript:alert(1)']) {
        const { url } = await browser.open(`/signed-in?${new URLSearchParams({ state })}`);
        expect(url.href, state).to.equal(`${op.issuer}/`);
      }
    });
  });

  it('keeps two tabs with two authorizations apart', async () => {
    const browser = createBrowser(op.issuer);
    op.state.resolve = () => undefined;
    const [one, two] = [await service.authorize(browser), await service.authorize(browser)];
    op.state.resolve = op.as('ann');
    const first = await browser.open(one.answer.url);
    const second = await browser.open(two.answer.url);
    expect(first.url.searchParams.get('state')).to.equal(one.checks.expectedState);
    // The other tab's began without a session; it goes on all the same.
    expect(second.url.searchParams.get('state')).to.equal(two.checks.expectedState);
  });
});
