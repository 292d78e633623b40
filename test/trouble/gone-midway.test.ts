/** A client that is removed, or an account that is closed or erased, while somebody is on the way: a clear end, and no token. */
import { expect } from 'chai';
import * as oauth from 'openid-client';
import { testDatabase } from '../support/mongo.ts';
import { openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, oauthError, type RelyingParty } from '../support/relying-party.ts';

describe('gone in the middle of a flow', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let browser: Browser;
  let id: string;
  let party: RelyingParty;
  let ids = 0;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
  });
  beforeEach(async () => {
    id = `leaving-${++ids}`;
    const record = {
      client_id: id,
      client_secret: SECRET,
      redirect_uris: [`https://${id}.example/cb`],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid offline_access',
    };
    await op.clients.add(record);
    party = await createRelyingParty(op.issuer, id, `https://${id}.example/cb`);
    op.person(id);
    op.state.resolve = op.as(id);
    browser = createBrowser(op.issuer);
    op.logged.length = 0;
  });
  afterEach(() => {
    expect(op.logged.filter((line) => JSON.parse(line).level >= 50)).to.deep.equal([]);
  });

  const offline = { scope: 'openid offline_access', prompt: 'consent' };
  const push = async () => {
    const { url } = await party.begin();
    const authorization = `Basic ${Buffer.from(`${id}:${SECRET}`).toString('base64')}`;
    const pushed = await fetch(`${op.issuer}/par`, { method: 'POST', body: url.searchParams, headers: { authorization } });
    return { status: pushed.status, body: (await pushed.json()) as Record<string, string> };
  };
  const openPushed = (request_uri: string) => browser.open(`/authorize?${new URLSearchParams({ client_id: id, request_uri })}`);
  const userInfo = (token: string) => fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  /** Signed in, and before the page of this prompt. */
  const stopAt = async (prompt: string) => {
    const resolve = op.as(id);
    op.state.resolve = (interaction) => (interaction.prompt === prompt ? undefined : resolve(interaction));
    const { answer } = await party.authorize(browser);
    expect(answer.body).to.equal(`waiting: ${prompt}`);
    op.state.resolve = resolve;
    return answer.url;
  };

  /** What is said of a client that could not say who it is: in the header as in the body. */
  const challenge = (refused: Promise<unknown>) =>
    refused.then(
      () => 'nothing was refused',
      (error: { status?: number; cause?: { parameters?: { error?: string } }[] }) =>
        `${error.status} ${error.cause?.[0]?.parameters?.error}`,
    );

  describe('a client', () => {
    const remove = () => op.clients.remove(id, { clients: [], refusedClients: [] });

    it('OA-13: before its code is redeemed gets no token', async () => {
      const { answer, checks } = await party.authorize(browser);
      await remove();
      expect(await challenge(oauth.authorizationCodeGrant(party.config, answer.url, checks))).to.equal('401 invalid_client');
    });

    for (const prompt of ['login', 'consent'])
      it(`OA-13: gets no code at an address that it has no more, from a request that waited for: ${prompt}`, async () => {
        const page = await stopAt(prompt);
        await op.clients.change(id, { redirect_uris: [`https://${id}.example/other`] });
        const { url, status, body } = await browser.open(page);
        expect([url.origin, status]).to.deep.equal([op.issuer, 400]);
        expect(body).to.include('invalid_redirect_uri');
      });

    it('OA-13: has nothing of the tokens that it was given', async () => {
      const tokens = await party.signIn(browser, offline);
      await remove();
      expect(await challenge(party.refresh(tokens.refresh_token!))).to.equal('401 invalid_client');
      expect(await challenge(party.introspect(tokens.access_token))).to.equal('401 invalid_client');
      const answer = await userInfo(tokens.access_token);
      expect(answer.status).to.equal(401);
      expect(await answer.json()).to.include({ error: 'invalid_token' });
    });

    for (const prompt of ['login', 'consent'])
      it(`OA-13: leaves whoever is before the page of ${prompt} with a page that says so`, async () => {
        const url = await stopAt(prompt);
        await remove();
        for (const path of [url.pathname, url.pathname.replace('/interaction/', '/authorize/')]) {
          const answer = await browser.open(path);
          expect(answer.status, path).to.be.within(400, 499);
          expect(answer.body).to.include('<main');
        }
      });

    it('OA-13: pushes no request, and none that it has pushed is answered', async () => {
      const { body } = await push();
      await remove();
      const answer = await openPushed(body.request_uri!);
      expect([answer.status, answer.url.origin]).to.deep.equal([400, op.issuer]);
      expect(answer.body).to.include('invalid_client');
      expect(await push())
        .to.deep.include({ status: 401 })
        .and.have.nested.property('body.error', 'invalid_client');
    });
  });

  for (const [what, leave] of [
    ['closed', () => Object.assign(op.people.get(id)!, { closesAt: new Date(Date.now() + 86_400_000) })],
    ['erased', () => op.people.delete(id)],
  ] as const)
    describe(`an account that is ${what}`, () => {
      it('OA-13: before the code is redeemed gives no token', async () => {
        const { answer, checks } = await party.authorize(browser);
        leave();
        expect(await oauthError(oauth.authorizationCodeGrant(party.config, answer.url, checks))).to.equal('invalid_grant');
      });

      it('OA-13: ends what its tokens are good for', async () => {
        const tokens = await party.signIn(browser, offline);
        leave();
        expect(await oauthError(party.refresh(tokens.refresh_token!))).to.equal('invalid_grant');
        expect(await party.introspect(tokens.access_token)).to.deep.equal({ active: false });
        expect((await userInfo(tokens.access_token)).status).to.equal(401);
      });

      it('OA-13: between two pages is asked to sign in again', async () => {
        const url = await stopAt('consent');
        leave();
        op.prompts.length = 0;
        const resolve = op.state.resolve;
        op.state.resolve = (interaction) => (interaction.prompt === 'login' ? undefined : resolve(interaction));
        const answer = await browser.open(url.pathname);
        expect(answer.url.origin).to.equal(op.issuer);
        expect(answer.body).to.equal('waiting: login');
      });

      it('OA-13: is asked to sign in again by a pushed request', async () => {
        await party.signIn(browser);
        const { body } = await push();
        leave();
        op.state.resolve = () => undefined;
        const answer = await openPushed(body.request_uri!);
        expect([answer.status, answer.body]).to.deep.equal([200, 'waiting: login']);
      });
    });
});
