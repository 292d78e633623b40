/** What may stand in an authorization request, parameter by parameter (OpenID Connect Core 3.1.2.1, RFC 6749 4.1.1). */
import { expect } from 'chai';
import { decodeJwt, SignJWT } from 'jose';
import type { Connection } from 'mongoose';
import * as oauth from 'openid-client';
import { testDatabase } from '../../support/mongo.ts';
import { AAL, API, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { type Answer, type Browser, createBrowser, createRelyingParty, type RelyingParty } from '../../support/relying-party.ts';

const [AAL1, AAL2] = AAL;

describe('oidc: the authorization request', function () {
  this.timeout(60_000);
  let db: Connection;
  let op: TestProvider;
  let open: RelyingParty;
  let shop: RelyingParty;
  let service: RelyingParty;
  let browser: Browser;
  let ids = 0;

  before(async () => {
    db = await testDatabase();
    const base = { client_secret: SECRET, first_party: true };
    op = await openTestProvider({
      db,
      clients: [
        ...CLIENTS,
        { ...base, client_id: 'strong', redirect_uris: ['https://strong.example/cb'], default_acr_values: [AAL2] },
        { ...base, client_id: 'fresh', redirect_uris: ['https://fresh.example/cb'], default_max_age: 0 },
        { ...base, client_id: 'timed', redirect_uris: ['https://timed.example/cb'], default_max_age: 50, require_auth_time: true },
        { ...base, client_id: 'two-apis', redirect_uris: ['https://two.example/cb'], audiences: [API, `${API}/2`] },
      ],
    });
    open = await createRelyingParty(op.issuer, 'open', 'https://open.example/callback');
    shop = await createRelyingParty(op.issuer, 'shop.example', 'https://shop.example/callback', oauth.ClientSecretPost(SECRET));
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
  });
  beforeEach(async () => {
    browser = await signedIn();
    op.prompts.length = 0;
  });

  const now = () => Math.floor(Date.now() / 1000);
  /** The browser of somebody new, who has signed in by this method, then. */
  async function signedIn(method: Parameters<TestProvider['as']>[1] = 'email', ts?: number): Promise<Browser> {
    const { id, memberships } = op.person(`person-${++ids}`);
    memberships.service = 'applicant';
    op.state.resolve = op.as(id, method, ts);
    const fresh = createBrowser(op.issuer);
    await open.signIn(fresh);
    op.state.resolve = op.as(id, method);
    op.prompts.length = 0;
    return fresh;
  }
  const told = ({ url }: Answer) => Object.fromEntries(url.searchParams);
  /** The answer to a request of `open` with these parameters; `undefined` leaves one out, an array repeats it. */
  async function request(changes: Record<string, string | string[] | undefined>, rp = open, by = browser) {
    const { url, checks } = await rp.begin();
    for (const [name, value] of Object.entries(changes)) {
      url.searchParams.delete(name);
      for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, one);
    }
    const answer = await by.open(url);
    if (answer.url.hash) answer.url.search = answer.url.hash.slice(1);
    return { ...told(answer), answer, checks } as Record<string, unknown> & { answer: Answer; checks: typeof checks; error?: string };
  }

  describe('prompt', () => {
    it('OP-04: none never shows a page: each reason has its error, with state and iss', async () => {
      const stranger = createBrowser(op.issuer);
      const newcomer = createBrowser(op.issuer);
      op.state.resolve = op.as(op.person(`person-${++ids}`).id);
      await open.signIn(newcomer);
      op.prompts.length = 0;
      const rows: [string, RelyingParty, Browser, Record<string, string>, string | null][] = [
        ['nobody is signed in', open, stranger, {}, 'login_required'],
        ['signed in', open, browser, {}, null],
        ['too long ago', open, browser, { max_age: '0' }, 'login_required'],
        ['too weak', open, browser, { acr_values: AAL2 }, 'unmet_authentication_requirements'],
        ['consent is missing', shop, browser, {}, 'consent_required'],
        ['the account type is missing', service, newcomer, {}, 'interaction_required'],
        ['as somebody else', open, browser, { claims: '{"id_token":{"sub":{"value":"ann"}}}' }, 'login_required'],
      ];
      for (const [title, rp, by, parameters, error] of rows) {
        const { answer, checks } = await rp.authorize(by, { prompt: 'none', ...parameters });
        expect(answer.url.searchParams.get('error'), title).to.equal(error);
        expect(told(answer), title).to.include({ state: checks.expectedState, iss: op.issuer });
      }
      expect(op.prompts).to.deep.equal([]);
    });

    it('OP-13, OA-13: none beside another value, and a value that is not known, are an invalid_request', async () => {
      for (const prompt of ['none login', 'none consent', 'none select_account', 'nonsense', 'login nonsense', 'change', 'account-type'])
        expect((await request({ prompt })).error, prompt).to.equal('invalid_request');
      expect(op.prompts).to.deep.equal([]);
    });

    it('select_account, create and login ask on the page to sign in, once, whoever is signed in', async () => {
      for (const prompt of ['select_account', 'login', 'create', 'select_account login', 'login consent']) {
        op.prompts.length = 0;
        expect(await request({ prompt }), prompt).to.have.property('code');
        expect(op.prompts, prompt).to.deep.equal([prompt === 'create' ? 'create' : 'login']);
      }
    });

    it('select_account lets somebody else sign in', async () => {
      op.state.resolve = op.as('ann');
      const { answer } = await open.authorize(browser, { prompt: 'select_account' });
      expect(answer.body).to.include('op.form');
    });
  });

  describe('max_age', () => {
    it('OP-05: a sign-in that is older is asked for again, and auth_time is then fresh and always told', async () => {
      for (const [parameters, asked] of [
        [{ max_age: '0' }, true],
        [{ max_age: '50' }, true],
        [{ max_age: '1000' }, false],
        [{ prompt: 'login' }, true],
      ] as const) {
        const then = await signedIn('email', now() - 100);
        const { auth_time } = (await open.signIn(then, parameters)).claims()!;
        expect(op.prompts, JSON.stringify(parameters)).to.deep.equal(asked ? ['login'] : []);
        expect(auth_time).to.be.closeTo(asked ? now() : now() - 100, 5);
      }
    });

    it('that is no number of seconds is an invalid_request', async () => {
      for (const max_age of ['-1', '1.5', 'soon', '1e400', '99999999999999999999'])
        expect((await request({ max_age })).error, max_age).to.equal('invalid_request');
    });

    it('AS-04: default_max_age, require_auth_time and default_acr_values of a client hold where a request says nothing', async () => {
      const party = (id: string) => createRelyingParty(op.issuer, id, `https://${id}.example/cb`);
      for (const id of ['fresh', 'timed']) {
        const then = await signedIn('email', now() - 100);
        const { auth_time } = (await (await party(id)).signIn(then)).claims()!;
        expect(op.prompts, id).to.deep.equal(['login']);
        expect(auth_time).to.be.closeTo(now(), 5);
      }
      const then = await signedIn('email', now() - 100);
      await (await party('timed')).signIn(then, { max_age: '1000' });
      expect(op.prompts).to.deep.equal([]);
      const strong = await party('strong');
      expect((await strong.authorize(then, { prompt: 'none' })).error).to.equal('unmet_authentication_requirements');
      expect((await strong.authorize(then, { prompt: 'none', acr_values: AAL1 })).error).to.equal(null);
    });
  });

  describe('hints', () => {
    it('OP-06: id_token_hint of this person is silent, of another asks, and another who signs in is not told of', async () => {
      const hint = (await open.signIn(browser)).id_token!;
      const other = await signedIn();
      expect((await request({ prompt: 'none', id_token_hint: hint })).error).to.equal(undefined);
      expect((await request({ prompt: 'none', id_token_hint: hint }, open, other)).error).to.equal('login_required');
      const refused = await request({ id_token_hint: hint }, open, other);
      expect(op.prompts).to.deep.equal(['login']);
      expect(refused).to.include({ error: 'login_required', iss: op.issuer, state: refused.checks.expectedState });
      const { sub } = (await open.signIn(browser)).claims()!;
      const asked = await request({ claims: JSON.stringify({ id_token: { sub: { value: sub } } }) }, open, other);
      expect(asked.error).to.equal('login_required');
    });

    it('an expired hint still says who is meant; a forged one, and one for another client, are an invalid_request', async () => {
      const hint = (await open.signIn(browser)).id_token!;
      const { keys } = (await (await fetch(`${op.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
      const forged = await new SignJWT({ sub: 'ann' })
        .setProtectedHeader({ alg: 'HS256', kid: keys[0]!.kid })
        .setIssuer(op.issuer)
        .setAudience('open')
        .setExpirationTime('5m')
        .setIssuedAt()
        .sign(Buffer.from(SECRET));
      const [head, body] = hint.split('.');
      const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
      const { IdToken, Client } = op.provider as unknown as {
        IdToken: new (claims: object, of: object) => { mask: object; issue(how: object): Promise<string> };
        Client: { find(id: string): Promise<object> };
      };
      const old = new IdToken({ sub: decodeJwt(hint).sub }, { client: await Client.find('open'), ctx: undefined });
      old.mask = { sub: null };
      const expired = await old.issue({ use: 'idtoken', expiresAt: now() - 30 * 24 * 3600 });
      expect((await request({ prompt: 'none', id_token_hint: expired })).error).to.equal(undefined);
      expect((await request({ prompt: 'none', id_token_hint: expired }, open, await signedIn())).error).to.equal('login_required');
      for (const id_token_hint of [forged, none, `${head}.${body}.AAAA`, 'nonsense', (await service.signIn(browser)).id_token!])
        expect((await request({ prompt: 'none', id_token_hint })).error, id_token_hint.slice(0, 20)).to.equal('invalid_request');
    });

    it('login_hint, ui_locales, display, claims_locales and what nobody knows reach the page or are passed over', async () => {
      op.state.resolve = () => undefined;
      const parameters = {
        login_hint: '"><b>',
        ui_locales: 'xx es',
        display: 'popup',
        claims_locales: 'es',
        nobody: 'knows',
        scope: 'openid x',
      };
      const { answer } = await request(parameters, open, createBrowser(op.issuer));
      expect(answer.body).to.equal('waiting: login');
      expect(op.state.shown!.params).to.deep.include({ login_hint: '"><b>', ui_locales: 'xx es' });
      expect(op.state.shown!.params).not.to.have.property('nobody');
    });
  });

  describe('what was sent comes back', () => {
    it('OP-03, OP-11: a state of 2 KB with every answer, the nonce in the ID token', async () => {
      const state = `${'é&="<>+%25 '.repeat(200)}`;
      expect(await request({ state })).to.include({ state, iss: op.issuer });
      expect(await request({ state, prompt: 'none login' })).to.include({ state, iss: op.issuer, error: 'invalid_request' });
      const nonce = 'n'.repeat(1000);
      const { answer, checks } = await request({ nonce });
      const tokens = await oauth.authorizationCodeGrant(open.config, answer.url, { ...checks, expectedNonce: nonce });
      expect(tokens.claims()!.nonce).to.equal(nonce);
      expect(await request({ state: undefined }))
        .to.have.property('code')
        .and.not.have.property('state');
    });

    it('OP-11: an error about the client or where to go is a page here, of every other the client is told', async () => {
      for (const changes of [
        { client_id: undefined },
        { client_id: 'nobody' },
        { redirect_uri: undefined },
        { redirect_uri: 'https://evil.example/' },
        { redirect_uri: 'https://evil.example/', prompt: 'nonsense' },
      ]) {
        const { answer } = await request(changes);
        expect([answer.url.origin, answer.status], JSON.stringify(changes)).to.deep.equal([op.issuer, 400]);
        expect(answer.body).not.to.include('evil.example');
      }
      const rows: [Record<string, string | string[] | undefined>, string][] = [
        [{ response_type: undefined }, 'invalid_request'],
        [{ response_type: 'token' }, 'unsupported_response_type'],
        [{ scope: undefined, nonce: undefined }, 'invalid_scope'],
        [{ scope: 'nothing known', nonce: undefined }, 'invalid_scope'],
        [{ scope: 'openid "' }, 'invalid_scope'],
        [{ code_challenge: undefined }, 'invalid_request'],
        [{ code_challenge: 'short' }, 'invalid_request'],
        [{ code_challenge_method: 'plain' }, 'invalid_request'],
        [{ response_mode: 'web_message' }, 'unsupported_response_mode'],
        [{ response_mode: 'query.jwt' }, 'unsupported_response_mode'],
        [{ request: 'e30.e30.' }, 'request_not_supported'],
        [{ registration: '{}' }, 'registration_not_supported'],
        [{ resource: 'https://unknown.example' }, 'invalid_target'],
        [{ claims: 'no JSON' }, 'invalid_request'],
        [{ nonce: ['a', 'b'] }, 'invalid_request'],
        [{ prompt: ['login', 'none'] }, 'invalid_request'],
      ];
      for (const [changes, error] of rows) {
        const { answer, checks } = await request(changes);
        expect(answer.url.href.startsWith('https://open.example/callback?'), JSON.stringify(changes)).to.equal(true);
        expect(told(answer), JSON.stringify(changes)).to.include({ error, iss: op.issuer, state: checks.expectedState });
        // Where the code does not name the parameter, the description does.
        if (!error.endsWith('_not_supported')) expect(told(answer).error_description, JSON.stringify(changes)).to.be.a('string');
        expect(answer.hops.at(-1)!.status).to.equal(303);
      }
    });

    it('OA-13: request_uri of others, and repeated names of the address to go to, are a page here', async () => {
      for (const changes of [
        { request_uri: 'https://evil.example/request' },
        { request_uri: 'urn:ietf:params:oauth:request_uri:unknown' },
        { client_id: ['open', 'open'] },
        { redirect_uri: ['https://open.example/callback', 'https://evil.example/'] },
      ]) {
        const { answer } = await request(changes);
        const told = answer.url.origin === op.issuer ? answer.status : answer.url.origin + answer.url.searchParams.get('error');
        expect(told, JSON.stringify(changes)).to.be.oneOf([
          400,
          'https://open.exampleinvalid_request_uri',
          'https://open.examplerequest_uri_not_supported',
        ]);
      }
    });
  });

  describe('scope', () => {
    it('OP-08: what is not known is passed over beside what is, and the token answer says what was given', async () => {
      const tokens = await open.signIn(browser, { scope: 'openid unknown email' });
      expect(tokens.scope!.split(' ')).to.have.members(['openid', 'email']);
    });

    it('without openid gives no ID token, and no way to UserInfo', async () => {
      const { answer, checks } = await request({ scope: 'email', nonce: undefined });
      const tokens = await oauth.authorizationCodeGrant(open.config, answer.url, {
        pkceCodeVerifier: checks.pkceCodeVerifier,
        expectedState: checks.expectedState,
      });
      expect(tokens).not.to.have.property('id_token');
      const refused = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      expect(refused.status).to.equal(403);
      expect(refused.headers.get('www-authenticate')).to.include('error="insufficient_scope"').and.to.include('scope="openid"');
      expect((await request({ scope: 'email', max_age: '10' })).error).to.equal('invalid_request');
    });

    it('that the client has not registered is an invalid_scope', async () => {
      expect((await request({ scope: 'openid account_type' }, shop)).error).to.equal('invalid_scope');
    });
  });

  describe('claims', () => {
    const claims = (value: object) => ({ claims: JSON.stringify(value) });

    it('OP-08: of what the scopes give may be asked for in the ID token; nothing beyond is told', async () => {
      const wanted = claims({
        id_token: { email: { essential: true }, email_verified: null, phone_number: null },
        userinfo: { email: null },
      });
      const given = await open.signIn(browser, { scope: 'openid email', ...wanted });
      expect(given.claims()).to.include({ email_verified: true }).and.have.property('email').that.is.a('string');
      expect(given.claims()).not.to.have.property('phone_number');
      const less = await open.signIn(await signedIn(), { scope: 'openid', ...wanted });
      expect(less.claims()).not.to.have.any.keys('email', 'email_verified');
      expect(await open.userInfo(less.access_token, less.claims()!.sub)).to.have.all.keys('sub');
    });

    it('AS-03: essential acr of what cannot be is an error, voluntary is passed over, and values are any of them', async () => {
      const acr = (member: object) => claims({ id_token: { acr: member } });
      expect((await request({ ...acr({ value: AAL2 }), prompt: 'none' })).error).to.equal('unmet_authentication_requirements');
      expect((await request({ ...acr({ values: [AAL2, AAL1], essential: true }), prompt: 'none' })).error).to.equal(undefined);
      expect((await request({ ...acr({ values: ['urn:x'], essential: true }), prompt: 'none' })).error).to.equal(
        'unmet_authentication_requirements',
      );
      expect((await request({ ...acr({ values: ['urn:x'] }), prompt: 'none' })).error).to.equal(undefined);
    });

    it('of a wrong shape are an invalid_request', async () => {
      for (const value of ['', '[]', '1', 'null', '{}', '{"id_token":[]}', '{"userinfo":1}', '{"id_token":{"acr":"x"}}', '{"id_token":'])
        if (value) expect((await request({ claims: value })).error, value).to.equal('invalid_request');
    });
  });

  describe('resource', () => {
    it('OA-12: is the client’s own and absolute, and a token is for one of several', async () => {
      for (const resource of ['https://unknown.example', `${API}#here`, '/api', 'nonsense'])
        expect((await request({ resource }, service)).error, resource).to.equal('invalid_target');
      const two = await createRelyingParty(op.issuer, 'two-apis', 'https://two.example/cb');
      const { answer, checks } = await request({ resource: [API, `${API}/2`], scope: 'openid account_type' }, two);
      const tokens = await oauth.authorizationCodeGrant(two.config, answer.url, checks, { resource: `${API}/2` });
      const { aud } = JSON.parse(Buffer.from(tokens.access_token.split('.')[1]!, 'base64url').toString());
      expect(aud).to.equal(`${API}/2`);
      const again = await request({ resource: API, scope: 'openid account_type' }, two);
      const other = oauth.authorizationCodeGrant(two.config, again.answer.url, again.checks, { resource: `${API}/2` });
      expect(await other.catch(({ error }) => error)).to.equal('invalid_target');
    });

    it('need not be named where there is only one, and nothing else that the token could be for', async () => {
      const { answer, checks } = await request({ scope: 'account_type', nonce: undefined }, service);
      const { access_token } = await oauth.authorizationCodeGrant(service.config, answer.url, {
        pkceCodeVerifier: checks.pkceCodeVerifier,
        expectedState: checks.expectedState,
      });
      expect(JSON.parse(Buffer.from(access_token.split('.')[1]!, 'base64url').toString())).to.include({ aud: API, scope: 'account_type' });
    });
  });
});
