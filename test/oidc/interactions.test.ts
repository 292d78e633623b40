import { expect } from 'chai';
import * as oauth from 'openid-client';
import { testDatabase } from '../support/mongo.ts';
import { AAL, API, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, type RelyingParty } from '../support/relying-party.ts';

describe('oidc/interactions', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let service: RelyingParty;
  let open: RelyingParty;
  let pushing: RelyingParty;

  before(async () => {
    const pushes = {
      client_id: 'pushing',
      client_secret: SECRET,
      redirect_uris: ['https://pushing.example/cb'],
      require_pushed_authorization_requests: true,
      first_party: true,
      audiences: [API],
    };
    op = await openTestProvider({ db: await testDatabase(), clients: [...CLIENTS, pushes] });
    pushing = await createRelyingParty(op.issuer, 'pushing', 'https://pushing.example/cb');
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    open = await createRelyingParty(op.issuer, 'open', 'https://open.example/callback');
  });
  beforeEach(() => {
    op.state.resolve = op.as('ann');
    op.prompts.length = 0;
  });

  const waitAt = async (browser: Browser, rp = open, more = {}) => {
    op.state.resolve = () => undefined;
    const { answer } = await rp.authorize(browser, more);
    op.state.resolve = op.as('ann');
    return answer.url;
  };
  const statusAt = async (browser: Browser, url: URL | string) => (await browser.open(url)).status;

  it('are read as the journeys know them', async () => {
    await waitAt(createBrowser(op.issuer), service, { login_hint: '"><b>', ui_locales: 'es', acr_values: AAL[1] });
    const { uid, ...shown } = op.state.shown!;
    expect(uid).to.be.a('string');
    expect(shown.params).to.include({ client_id: 'service', login_hint: '"><b>', ui_locales: 'es' });
    expect(shown).to.deep.include({
      prompt: 'login',
      serviceId: 'service',
      wanted: { acr: AAL[1], essential: false },
      sessionAccountId: undefined,
      scopesAsked: undefined,
    });
    expect(shown.client).to.deep.equal({
      id: 'service',
      name: 'The Service',
      firstParty: true,
      uri: undefined,
      policyUri: undefined,
      tosUri: undefined,
      redirectOrigins: ['https://service.example'],
    });
  });

  it('belong to the browser that began them, and to their own address', async () => {
    const [mine, yours] = [createBrowser(op.issuer), createBrowser(op.issuer)];
    const [myPage, yourPage] = [await waitAt(mine), await waitAt(yours)];
    op.state.resolve = () => undefined;
    expect(await statusAt(mine, myPage)).to.equal(200);
    expect(await statusAt(yours, myPage)).to.equal(410);
    expect(await statusAt(mine, yourPage)).to.equal(410);
    expect(await statusAt(mine, '/interaction/unknown')).to.equal(410);
    // The cookie's value under another address: what the URL names is not what the browser was given.
    const cookies = await mine.jar.getCookies(myPage.href);
    const cookie = cookies.map(({ key, value }) => `${key}=${value}`).join('; ');
    expect((await fetch(`${op.issuer}/interaction/other`, { headers: { cookie } })).status).to.equal(410);
  });

  it('are over when they have been finished, or when their session has', async () => {
    const browser = createBrowser(op.issuer);
    const page = await waitAt(browser);
    await browser.open(page);
    op.state.resolve = () => undefined;
    expect(await statusAt(browser, page)).to.equal(410);
    const again = await waitAt(browser, service);
    await op.end(await op.sessions.endAll('ann'));
    expect(await statusAt(browser, again)).to.equal(410);
  });

  it('of a change are over with the session they came from, even if a request under way has written it back', async () => {
    for (const end of [
      async (_browser: Browser, id: string) => op.end(await op.sessions.endOne('ann', id)),
      async () => op.end(await op.sessions.endAll('ann')),
      async (browser: Browser) => browser.open('/sign-out'),
      async () => Object.assign(op.people.get('ann')!, { closesAt: new Date() }),
    ]) {
      op.person('ann');
      await op.db.collection('oidc_session').deleteMany({ accountId: 'ann' });
      const browser = createBrowser(op.issuer);
      op.state.resolve = (interaction) => (interaction.prompt === 'change' ? undefined : op.as('ann')(interaction));
      const { url, body } = await browser.open(op.interactions.startUrl({ journey: 'change-password' }));
      expect(body).to.equal('waiting: change');
      expect(await statusAt(browser, url)).to.equal(200);
      const documents = await op.db.collection('oidc_session').find({ accountId: 'ann' }).toArray();
      const cookies = (await browser.jar.getCookies(op.issuer)).map(String);
      await end(browser, (await op.sessions.of('ann'))[0]!.id);
      await op.db.collection('oidc_session').deleteMany({ accountId: 'ann' });
      await op.db.collection('oidc_session').insertMany(documents);
      for (const cookie of cookies) await browser.jar.setCookie(cookie, op.issuer);
      expect(await statusAt(browser, url)).to.equal(410);
    }
    op.person('ann');
  });

  it('tell the client of an error, and forget what was answered before', async () => {
    const browser = createBrowser(op.issuer);
    op.state.resolve = (interaction) =>
      interaction.prompt === 'account-type' ? { error: 'access_denied', error_description: 'declined' } : op.as('bob')(interaction);
    op.person('bob');
    const { answer, checks } = await service.authorize(browser);
    expect(Object.fromEntries(answer.url.searchParams)).to.include({
      error: 'access_denied',
      error_description: 'declined',
      state: checks.expectedState,
    });
  });

  it('of a sign-up live for a week, others for an hour', async () => {
    const lifeOf = async (more: Record<string, string>) => {
      const { answer } = await (async () => {
        op.state.resolve = () => undefined;
        return open.authorize(createBrowser(op.issuer), more);
      })();
      const line = answer.cookies.find((cookie) => cookie.startsWith('interaction='))!;
      return (Date.parse(/expires=([^;]+)/.exec(line)![1]!) - Date.now()) / 3600_000;
    };
    expect(await lifeOf({ prompt: 'create' })).to.be.closeTo(7 * 24, 0.1);
    expect(await lifeOf({})).to.be.closeTo(1, 0.1);
  });

  describe('of our own pages', () => {
    it('sign in and come back, with no code', async () => {
      const browser = createBrowser(op.issuer);
      const { url, hops, body } = await browser.open(op.interactions.startUrl());
      expect(op.prompts).to.deep.equal(['login']);
      expect(url.href).to.equal(`${op.issuer}/`);
      expect(JSON.parse(body)).to.include({ accountId: 'ann', acr: AAL[0] });
      expect(hops.some((hop) => hop.url.includes('code='))).to.equal(false);
    });

    it('sign up where that is wanted, in the language wanted', async () => {
      const browser = createBrowser(op.issuer);
      await browser.open(op.interactions.startUrl({ create: true, language: 'es' }));
      expect(op.prompts).to.deep.equal(['create']);
      expect(op.state.shown!.params).to.include({ ui_locales: 'es' });
      expect(op.state.shown!.client).to.include({ id: 'account-pages', firstParty: true });
    });

    it('ask again before something sensitive', async () => {
      const browser = createBrowser(op.issuer);
      await browser.open(op.interactions.startUrl());
      await browser.open(op.interactions.startUrl({ maxAge: 0, returnTo: '/' }));
      expect(op.prompts).to.deep.equal(['login', 'login']);
      op.state.resolve = op.as('ann', 'app');
      await browser.open(op.interactions.startUrl({ acr: AAL[1] }));
      expect(op.prompts).to.deep.equal(['login', 'login', 'login']);
    });
  });

  it('begin anew from their parameters', async () => {
    const browser = createBrowser(op.issuer);
    const page = await waitAt(browser, service, { scope: 'openid email' });
    const restarted = await browser.open(await op.interactions.restartUrl(op.state.shown!.params));
    expect(restarted.url.href).to.match(/^https:\/\/service\.example\/callback\?code=/);
    expect(page.pathname).to.match(/^\/interaction\//);
    expect(op.state.shown!.requestUrl).to.equal(await op.interactions.restartUrl(op.state.shown!.params));
  });

  it('begin anew for a client whose requests must be pushed, as it pushed them, and once', async () => {
    const browser = createBrowser(op.issuer);
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: AAL[1] } } });
    const { url, checks } = await pushing.begin({ scope: 'openid email', claims, resource: API });
    op.state.resolve = () => undefined;
    await browser.open(await oauth.buildAuthorizationUrlWithPAR(pushing.config, url.searchParams));
    const { params, requestUrl } = op.state.shown!;
    expect(requestUrl).to.equal(undefined);
    op.state.resolve = op.as('ann', 'app');
    const again = await op.interactions.restartUrl(params);
    expect(again).to.match(/^\/authorize\?client_id=pushing&request_uri=urn[^&]*$/);
    const { url: answer } = await browser.open(again);
    const tokens = await oauth.authorizationCodeGrant(pushing.config, answer, checks);
    expect(tokens.claims()).to.include({ acr: AAL[1] });
    expect(op.state.shown!.params).to.deep.equal(params);
    expect((await browser.open(again)).status).to.equal(400);
  });
});
