import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { testDatabase } from '../../support/mongo.ts';
import { AAL, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError, type RelyingParty, submitForm } from '../../support/relying-party.ts';

describe('oidc/sessions/browser-session', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let told: RelyingParty;
  let listener: Server;
  let answerWith = 200;
  let ahead = 0;
  const received: string[] = [];

  before(async () => {
    listener = createServer(async (req, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      received.push(new URLSearchParams(body).get('logout_token')!);
      res.writeHead(answerWith).end();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const client = {
      client_id: 'told',
      client_secret: SECRET,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://told.example/callback'],
      first_party: true,
      backchannel_logout_uri: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/logout`,
      backchannel_logout_session_required: true,
    };
    op = await openTestProvider({
      db: await testDatabase(),
      clients: [...CLIENTS, client],
      clock: () => new Date(Date.now() + ahead * 1000),
    });
    told = await createRelyingParty(op.issuer, 'told', 'https://told.example/callback');
  });
  after(() => new Promise((resolve) => listener.close(resolve)));
  beforeEach(() => {
    received.length = 0;
    answerWith = 200;
    ahead = 0;
    op.person('ann');
  });

  const who = async (browser: ReturnType<typeof createBrowser>) => JSON.parse((await browser.open('/')).body) as Record<string, unknown>;

  it('say who is signed in, and how, until the limit of 12 hours or the end of the account', async () => {
    const browser = createBrowser(op.issuer);
    expect(await who(browser)).to.deep.equal({ accountId: null });
    await browser.open(op.interactions.startUrl());
    const signedIn = await who(browser);
    expect(signedIn).to.include({ accountId: 'ann' });
    expect(signedIn.amr).to.deep.equal(['pwd', 'otp']);
    ahead = 12 * 3600;
    expect(await who(browser)).to.deep.equal({ accountId: null });
    ahead = 0;
    op.people.get('ann')!.locked = { at: new Date() };
    expect(await who(browser)).to.deep.equal({ accountId: null });
  });

  it('are kept alive by use of our own pages, up to their absolute limit', async () => {
    const browser = createBrowser(op.issuer);
    const now = Math.floor(Date.now() / 1000);
    op.state.resolve = op.as('ann', 'email', now - 11.75 * 3600);
    await browser.open(op.interactions.startUrl());
    const sessions = op.db.collection<{ exp: number; accountId: string }>('oidc_session');
    await sessions.updateMany({ accountId: 'ann' }, { $set: { exp: now + 100 } });
    await who(browser);
    const ends = (await sessions.find({ accountId: 'ann', exp: { $gt: now } }).toArray()).map(({ exp }) => exp);
    expect(Math.max(...ends)).to.equal(now + 0.25 * 3600);
    op.state.resolve = op.as('ann');
  });

  describe('get another id, and the one before is worth nothing,', () => {
    const isSignedIn = async (cookie: string) => {
      const answer = await fetch(`${op.issuer}/`, { headers: { cookie } });
      return ((await answer.json()) as { accountId: string | null }).accountId !== null;
    };
    /** What of this browser's cookies says who it is. */
    const sessionOf = async ({ jar }: ReturnType<typeof createBrowser>) =>
      (await jar.getCookies(op.issuer))
        .filter(({ key }) => key.startsWith('session'))
        .map(({ key, value }) => `${key}=${value}`)
        .join('; ');
    afterEach(() => {
      op.state.resolve = op.as('ann');
    });

    it('at the sign-in: one that was planted before it is never signed in', async () => {
      const thief = createBrowser(op.issuer);
      await thief.open('/logout');
      const planted = await sessionOf(thief);
      expect(planted).to.include('session=');
      const browser = createBrowser(op.issuer);
      for (const cookie of planted.split('; ')) await browser.jar.setCookie(cookie, op.issuer);
      await browser.open(op.interactions.startUrl());
      expect(await who(browser)).to.include({ accountId: 'ann' });
      expect(await sessionOf(browser)).not.to.equal(planted);
      expect(await isSignedIn(planted)).to.equal(false);
      expect(await who(thief)).to.deep.equal({ accountId: null });
      expect((await told.authorize(thief, { prompt: 'none' })).error).to.equal('login_required');
    });

    it('nor is one that a thief made up', async () => {
      const browser = createBrowser(op.issuer);
      await browser.jar.setCookie(`session=${'a'.repeat(43)}`, op.issuer);
      await browser.open(op.interactions.startUrl());
      expect(await sessionOf(browser)).not.to.include('a'.repeat(43));
      expect(await isSignedIn(`session=${'a'.repeat(43)}`)).to.equal(false);
    });

    for (const [when, renew] of [
      ['when signing in again', { maxAge: 0 }],
      ['when a stronger sign-in is asked for', { acr: AAL[1] }],
      ['after a change of the account', { journey: 'change-password' }],
    ] as const)
      it(when, async () => {
        const browser = createBrowser(op.issuer);
        await browser.open(op.interactions.startUrl());
        const earlier = await sessionOf(browser);
        expect(await isSignedIn(earlier)).to.equal(true);
        op.state.resolve = (interaction) => (interaction.prompt === 'change' ? { changed: true } : op.as('ann', 'text')(interaction));
        await browser.open(op.interactions.startUrl(renew));
        const later = await sessionOf(browser);
        expect(later).not.to.equal(earlier);
        expect(await isSignedIn(later)).to.equal(true);
        expect(await isSignedIn(earlier)).to.equal(false);
      });

    it('with every ending: here, at a service, and with a new password', async () => {
      for (const end of [
        (browser: ReturnType<typeof createBrowser>) => browser.open('/sign-out'),
        async (browser: ReturnType<typeof createBrowser>) => submitForm(browser, await browser.open(told.logoutUrl({})), { logout: 'yes' }),
        async () => op.end(await op.sessions.endOthers('ann', 'another')),
        async () => op.end(await op.sessions.endAll('ann')),
      ]) {
        const browser = createBrowser(op.issuer);
        await browser.open(op.interactions.startUrl());
        const cookie = await sessionOf(browser);
        expect(await isSignedIn(cookie)).to.equal(true);
        await end(browser);
        expect(await isSignedIn(cookie)).to.equal(false);
        op.person('ann');
      }
    });
  });

  for (const [how, signOut] of [
    ['from our own pages', (browser: ReturnType<typeof createBrowser>) => browser.open('/sign-out')],
    [
      'at the service',
      async (browser: ReturnType<typeof createBrowser>, idToken: string) =>
        submitForm(browser, await browser.open(told.logoutUrl({ id_token_hint: idToken }))),
    ],
  ] as const) {
    it(`LO-05: ended ${how} end with the notice of it, or not at all`, async () => {
      const browser = createBrowser(op.issuer);
      const tokens = await told.signIn(browser);
      const refuse = (validator: object) => op.db.db!.command({ collMod: 'logout_notices', validator });
      await refuse({ _id: { $type: 'int' } });
      const refused = await signOut(browser, tokens.id_token!).finally(() => refuse({}));
      expect(refused.status).to.equal(500);
      expect(await who(browser)).to.include({ accountId: 'ann' });
      await signOut(browser, tokens.id_token!);
      await op.untilTold();
      expect(received).to.have.length(1);
      expect(await who(browser)).to.deep.equal({ accountId: null });
    });

    it(`LO-03: ended ${how} end the tokens, and tell the services`, async () => {
      const browser = createBrowser(op.issuer);
      const tokens = await told.signIn(browser);
      const cookie = await browser.jar.getCookieString(op.issuer);
      await signOut(browser, tokens.id_token!);
      await op.untilTold();
      expect(await who(browser)).to.deep.equal({ accountId: null });
      expect(await (await fetch(`${op.issuer}/`, { headers: { cookie } })).json()).to.deep.equal({ accountId: null });
      expect(await oauthError(told.refresh(tokens.refresh_token!))).to.equal('invalid_grant');
      expect(await told.introspect(tokens.access_token)).to.deep.equal({ active: false });
      expect(received).to.have.length(1);
      const { payload, protectedHeader } = await jwtVerify(received[0]!, createRemoteJWKSet(new URL(`${op.issuer}/jwks`)), {
        issuer: op.issuer,
        audience: 'told',
      });
      expect(protectedHeader.typ).to.equal('logout+jwt');
      const { sub, sid } = tokens.claims()!;
      expect(payload).to.include({ sub, sid }).and.have.property('jti');
      expect(payload).not.to.have.property('nonce');
      expect(payload.exp! - payload.iat!).to.be.at.most(120);
      expect(payload.events).to.deep.equal({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    });
  }

  it('end here also when a service does not answer well, which is logged', async () => {
    const browser = createBrowser(op.issuer);
    await told.signIn(browser);
    answerWith = 500;
    op.logged.length = 0;
    await browser.open('/sign-out');
    expect(await who(browser)).to.deep.equal({ accountId: null });
    await op.untilTold();
    expect(op.logged.join()).to.include('back-channel logout failed');
  });

  it('of an account end all at once, with everything bound to them', async () => {
    const browsers = [createBrowser(op.issuer), createBrowser(op.issuer)];
    const tokens = [await told.signIn(browsers[0]!), await told.signIn(browsers[1]!)];
    await op.end(await op.sessions.endAll('ann'));
    for (const [i, browser] of browsers.entries()) {
      expect(await who(browser)).to.deep.equal({ accountId: null });
      expect(await oauthError(told.refresh(tokens[i]!.refresh_token!))).to.equal('invalid_grant');
    }
  });
});
