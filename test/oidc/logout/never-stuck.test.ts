import { expect } from 'chai';
import { testDatabase } from '../../support/mongo.ts';
import { CLIENTS, openTestProvider, type TestProvider } from '../../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, type RelyingParty, submitForm } from '../../support/relying-party.ts';
import { openToldService, type ToldService } from '../../support/told-service.ts';

const BACK = 'https://told.example/?signed=out';

describe('oidc/logout/never-stuck', function () {
  this.timeout(60_000);
  let service: ToldService;
  let op: TestProvider;
  let told: RelyingParty;
  let plain: RelyingParty;

  before(async () => {
    service = await openToldService();
    op = await openTestProvider({ db: await testDatabase(), clients: [...CLIENTS, service.client('told')] });
    told = await createRelyingParty(op.issuer, 'told', 'https://told.example/callback');
    plain = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
  });
  beforeEach(async () => {
    await op.untilTold();
    service.forget();
    op.state.resolve = op.as('ann');
    op.person('ann');
    op.person('bob');
  });

  const browserOf = () => createBrowser(op.issuer);
  const signedInAs = async (browser: Browser) => (JSON.parse((await browser.open('/')).body) as { accountId: string | null }).accountId;
  const asks = (body: string) => body.includes('op.logoutForm');
  const logout = (browser: Browser, parameters: Record<string, string>) => browser.open(`/logout?${new URLSearchParams(parameters)}`);

  /** An ID token of this provider with what is said, as it might have been given to the client. */
  async function hintOf(clientId: string, accountId: string, claims: Record<string, unknown> = {}, expiresAt?: number): Promise<string> {
    const { IdToken } = op.provider as unknown as {
      IdToken: new (
        available: object,
        of: object,
      ) => { mask: object; set(name: string, value: unknown): void; issue(how: object): Promise<string> };
    };
    const token = new IdToken({ sub: accountId }, { client: await op.provider.Client.find(clientId), ctx: undefined });
    token.mask = { sub: null };
    for (const [name, value] of Object.entries(claims)) token.set(name, value);
    return token.issue({ use: 'idtoken', expiresAt: expiresAt ?? Math.floor(Date.now() / 1000) + 600 });
  }

  describe('the question', () => {
    it('LO-01: is left out where the hint is of this very session, be it by GET or POST', async () => {
      for (const method of ['GET', 'POST']) {
        const browser = browserOf();
        const { id_token: hint = '' } = await told.signIn(browser);
        const fields = new URLSearchParams({ id_token_hint: hint, client_id: 'told', post_logout_redirect_uri: BACK, state: 'a b' });
        const page = method === 'GET' ? await browser.open(`/logout?${fields}`) : await browser.open('/logout', { method, body: fields });
        expect(asks(page.body), method).to.equal(false);
        // The page submits itself where scripts run. Merely fetched, it has ended nothing.
        expect(await signedInAs(browser), method).to.equal('ann');
        expect((await submitForm(browser, page)).url.href).to.equal(`${BACK}&state=a+b`);
        expect(await signedInAs(browser), method).to.equal(null);
      }
    });

    it('LO-02: nor does it come for a hint that has expired long ago', async () => {
      const browser = browserOf();
      const { sid, auth_time } = (await told.signIn(browser)).claims()!;
      const hint = await hintOf('told', 'ann', { sid, auth_time }, Math.floor(Date.now() / 1000) - 30 * 24 * 3600);
      const page = await logout(browser, { id_token_hint: hint, post_logout_redirect_uri: BACK });
      expect(asks(page.body)).to.equal(false);
      expect((await submitForm(browser, page)).url.href).to.equal(BACK);
    });

    it('LO-01: is asked without a hint, or with one of another person, another session, or another service', async () => {
      const browser = browserOf();
      const mine = (await told.signIn(browser)).claims()!;
      const { id_token: elsewhere = '' } = await told.signIn(browserOf());
      const { id_token: first = '' } = await plain.signIn(browserOf());
      op.state.resolve = op.as('bob');
      const { id_token: his = '' } = await told.signIn(browserOf());
      const cases: Record<string, Record<string, string>> = {
        none: {},
        'client alone': { client_id: 'told', post_logout_redirect_uri: BACK },
        'another person': { id_token_hint: his },
        'another session': { id_token_hint: elsewhere },
        'a service that is not in this session': { id_token_hint: first },
        'another sub of the same sid': { id_token_hint: await hintOf('told', 'bob', { sid: mine.sid, auth_time: mine.auth_time }) },
        forged: { id_token_hint: `${elsewhere.slice(0, -10)}AAAAAAAAAA` },
      };
      for (const [name, parameters] of Object.entries(cases)) {
        const page = await logout(browser, parameters);
        expect([page.status, asks(page.body)], name).to.deep.equal([200, true]);
        expect(await signedInAs(browser), name).to.equal('ann');
      }
      expect(service.tokens).to.deep.equal([]);
    });

    it('LO-01: is asked for a token from before this session, where the service has no sid', async () => {
      const browser = browserOf();
      op.state.resolve = op.as('ann', 'email', Math.floor(Date.now() / 1000) - 600);
      const { id_token: earlier = '' } = await plain.signIn(browserOf());
      op.state.resolve = op.as('ann');
      const { id_token: now = '' } = await plain.signIn(browser);
      expect(asks((await logout(browser, { id_token_hint: earlier })).body)).to.equal(true);
      expect(asks((await logout(browser, { id_token_hint: now })).body)).to.equal(false);
    });
  });

  describe('the way back', () => {
    it('LO-02: leads to what the identified client has registered, by the letter, and to nothing else', async () => {
      const browser = browserOf();
      for (const uri of [
        'https://told.example',
        'https://told.example/x',
        'https://service.example/',
        'https://evil.example/',
        'javascript:1',
      ]) {
        const { id_token: hint = '' } = await told.signIn(browser);
        for (const by of [{ client_id: 'told' }, { id_token_hint: hint }]) {
          const page = await logout(browser, { ...by, post_logout_redirect_uri: uri, state: 'x' });
          // The fault is the service's: the person is asked, or signed out, all the same.
          expect([page.status, asks(page.body)], uri).to.deep.equal([200, 'client_id' in by]);
          if ('client_id' in by) continue;
          expect((await submitForm(browser, page)).url.href, uri).to.equal(`${op.issuer}/logout/success`);
          expect(await signedInAs(browser), uri).to.equal(null);
        }
      }
      await told.signIn(browser);
      for (const parameters of [{ client_id: 'told', post_logout_redirect_uri: BACK, state: 'x' }]) {
        const done = await submitForm(browser, await logout(browser, parameters), { logout: 'yes' });
        expect(done.url.href).to.equal(`${BACK}&state=x`);
      }
    });

    it('LO-02: is not taken from a request that names no client', async () => {
      const browser = browserOf();
      await told.signIn(browser);
      const done = await submitForm(browser, await logout(browser, { post_logout_redirect_uri: BACK }), { logout: 'yes' });
      expect(done.url.href).to.equal(`${op.issuer}/logout/success`);
      expect((await logout(browserOf(), { post_logout_redirect_uri: BACK })).url.href).to.equal(`${op.issuer}/logout/success`);
    });
  });

  describe('is no dead end', () => {
    const parameters = { client_id: 'told', post_logout_redirect_uri: BACK, state: 'x' };

    it('with no session: the way back at once, or a page in words', async () => {
      const { url, hops } = await logout(browserOf(), parameters);
      expect([url.href, hops.map(({ status }) => status)]).to.deep.equal([`${BACK}&state=x`, [303]]);
      const page = await logout(browserOf(), {});
      expect([page.url.pathname, page.status]).to.deep.equal(['/logout/success', 200]);
      expect(page.body).to.include('<h1>');
      expect(
        (await logout(browserOf(), { id_token_hint: 'nonsense', client_id: 'told', post_logout_redirect_uri: BACK })).url.href,
      ).to.equal(BACK);
    });

    it('with a double click, the back button, or a cookie that is gone: where the first one led', async () => {
      const browser = browserOf();
      await told.signIn(browser);
      const page = await logout(browser, parameters);
      const clicks = await Promise.all([0, 1, 2].map(() => submitForm(browser, page, { logout: 'yes' })));
      expect(clicks.map(({ url }) => url.href)).to.deep.equal(Array(3).fill(`${BACK}&state=x`));
      expect(await signedInAs(browser)).to.equal(null);
      expect((await submitForm(browser, page, { logout: 'yes' })).url.href).to.equal(`${BACK}&state=x`);
      expect((await submitForm(browserOf(), page, { logout: 'yes' })).url.href).to.equal(`${BACK}&state=x`);
      expect((await submitForm(browserOf(), page)).url.href).to.equal(`${BACK}&state=x`);
    });

    it('when another tab has signed out, with a hint or without', async () => {
      const browser = browserOf();
      const { id_token: hint = '' } = await told.signIn(browser);
      const [asking, hinted] = [await logout(browser, {}), await logout(browser, { id_token_hint: hint })];
      await browser.open('/sign-out');
      expect((await submitForm(browser, asking, { logout: 'yes' })).url.pathname).to.equal('/logout/success');
      expect((await submitForm(browser, hinted)).url.pathname).to.equal('/logout/success');
    });

    it('when another tab asks too: the form of the first asks again, and ends nothing by itself', async () => {
      const browser = browserOf();
      await told.signIn(browser);
      const first = await logout(browser, parameters);
      await logout(browser, {});
      const again = await submitForm(browser, first, { logout: 'yes' });
      expect([again.status, asks(again.body), await signedInAs(browser)]).to.deep.equal([200, true, 'ann']);
      expect((await submitForm(browser, again, { logout: 'yes' })).url.href).to.equal(`${BACK}&state=x`);
    });

    it('at the address of the form, opened as a page', async () => {
      expect((await browserOf().open('/logout/confirm')).url.pathname).to.equal('/logout/success');
      const browser = browserOf();
      await told.signIn(browser);
      expect(asks((await browser.open('/logout/confirm')).body)).to.equal(true);
    });

    it('by a method that is none of a sign-out', async () => {
      for (const where of ['/logout', '/logout/confirm', '/logout/success'])
        for (const method of ['PUT', 'DELETE', 'HEAD', 'OPTIONS'])
          expect((await browserOf().open(where, { method })).status, `${method} ${where}`).to.be.below(500);
    });

    it('for a form that was made up: it leads to no address that is not registered', async () => {
      for (const body of [
        { client_id: 'told', post_logout_redirect_uri: 'https://evil.example/' },
        { client_id: 'unknown' },
        { resume: '../../evil' },
        { resume: '//evil.example' },
        { post_logout_redirect_uri: BACK, state: '"><script>' },
      ]) {
        const answer = await browserOf().open('/logout/confirm', {
          method: 'POST',
          body: new URLSearchParams(body as Record<string, string>),
        });
        expect(answer.url.origin, JSON.stringify(body)).to.equal(op.issuer);
        expect(answer.status, JSON.stringify(body)).to.equal(200);
        expect(answer.body).not.to.include('"><script>');
      }
    });

    it('when somebody else signs in, and clicks twice', async () => {
      const browser = browserOf();
      await told.signIn(browser);
      op.state.resolve = op.as('bob');
      const { answer: page } = await told.authorize(browser, { prompt: 'login' });
      expect(page.body).to.include('name="logout" value="yes"');
      // The first answer does not reach the browser: it has been clicked again.
      const cookie = await browser.jar.getCookieString(op.issuer);
      const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.body) ?? [];
      const first = await fetch(`${op.issuer}/logout/confirm`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie },
        body: new URLSearchParams({ xsrf, logout: 'yes' }),
      });
      expect(first.status).to.equal(303);
      const second = await submitForm(browser, page, { logout: 'yes' });
      expect(second.url.href).to.include('https://told.example/callback?code=');
      expect(await signedInAs(browser)).to.equal('bob');
    });
  });

  it('LO-03: ends the tokens of the session, and leaves what was allowed for when nobody is there', async () => {
    const browser = browserOf();
    const { ClientSecretPost } = await import('openid-client');
    const { SECRET } = await import('../../support/provider.ts');
    const shop = await createRelyingParty(op.issuer, 'shop.example', 'https://shop.example/callback', ClientSecretPost(SECRET));
    const tokens = await told.signIn(browser);
    const bound = await shop.signIn(browser, { scope: 'openid email' });
    const offline = await shop.signIn(browserOf(), { scope: 'openid email offline_access', prompt: 'consent' });
    const mine = await shop.signIn(browser, { scope: 'openid email offline_access', prompt: 'consent' });
    await submitForm(browser, await logout(browser, { id_token_hint: tokens.id_token! }));
    expect(await told.introspect(tokens.access_token)).to.deep.equal({ active: false });
    expect(await told.introspect(tokens.refresh_token!)).to.deep.equal({ active: false });
    const { status } = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(status).to.equal(401);
    expect((await shop.introspect(bound.access_token)).active, 'its session is over').to.equal(false);
    for (const { refresh_token } of [offline, mine]) expect(await shop.refresh(refresh_token!)).to.have.property('access_token');
  });

  it('OA-13: says of methods that it does not know that they are none, which was the 500 of a bug once', async () => {
    for (const method of ['PATCH', 'PUT', 'DELETE']) {
      const answer = await fetch(`${op.issuer}/logout`, { method });
      expect(answer.status, method).to.be.within(400, 499);
    }
    expect(op.logged.filter((line) => JSON.parse(line).level >= 50)).to.deep.equal([]);
  });
});
