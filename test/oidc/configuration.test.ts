import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { exportJWK, SignJWT } from 'jose';
import type { Connection } from 'mongoose';
import * as oauth from 'openid-client';
import { testDatabase } from '../support/mongo.ts';
import { API, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, oauthError, type RelyingParty } from '../support/relying-party.ts';

describe('oidc/configuration', function () {
  this.timeout(60_000);
  const redirect = 'https://open.example/callback';
  const basic = (client: string) => `Basic ${Buffer.from(`${client}:${SECRET}`).toString('base64')}`;
  let db: Connection;
  let op: TestProvider;
  let service: RelyingParty;
  let open: RelyingParty;
  let shop: RelyingParty;
  let browser: Browser;

  before(async () => {
    db = await testDatabase();
    const native = {
      client_id: 'native',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/cb'],
    };
    op = await openTestProvider({ db, clients: [...CLIENTS, native] });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    open = await createRelyingParty(op.issuer, 'open', redirect);
    shop = await createRelyingParty(op.issuer, 'shop.example', 'https://shop.example/callback', oauth.ClientSecretPost(SECRET));
  });
  beforeEach(async () => {
    browser = createBrowser(op.issuer);
    await service.signIn(browser);
  });

  const post = async (path: string, form: Record<string, string> | string, headers: Record<string, string> = {}) =>
    fetch(op.issuer + path, { method: 'POST', body: new URLSearchParams(form), headers: { authorization: basic('open'), ...headers } });
  const redeem = async (form: Record<string, string>, headers = {}) => {
    const response = await post('/token', { grant_type: 'authorization_code', redirect_uri: redirect, ...form }, headers);
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, string> };
  };
  const newCode = async () => {
    const { code, checks } = await open.authorize(browser);
    return { code: code!, code_verifier: checks.pkceCodeVerifier };
  };

  describe('PKCE', () => {
    it('OA-01: is demanded of every client, by S256 alone', async () => {
      for (const rp of [open, service, shop]) {
        const { url } = await rp.begin();
        url.searchParams.delete('code_challenge');
        url.searchParams.delete('code_challenge_method');
        expect((await browser.open(url)).url.searchParams.get('error')).to.equal('invalid_request');
      }
      expect((await open.authorize(browser, { code_challenge_method: 'plain' })).error).to.equal('invalid_request');
      const { url } = await open.begin();
      url.searchParams.delete('code_challenge_method');
      expect((await browser.open(url)).url.searchParams.get('error')).to.equal('invalid_request');
    });

    it('OA-01: is judged at the token endpoint', async () => {
      const { code } = await newCode();
      expect((await redeem({ code })).body.error).to.equal('invalid_grant');
      expect((await redeem({ code, code_verifier: oauth.randomPKCECodeVerifier() })).body.error).to.equal('invalid_grant');
    });
  });

  describe('a code', () => {
    it('OA-02: is good for its client and redirect address only', async () => {
      const { code, code_verifier } = await newCode();
      expect((await redeem({ code, code_verifier, redirect_uri: 'https://open.example/other' })).body.error).to.equal('invalid_grant');
      expect((await redeem({ code, code_verifier }, { authorization: basic('service') })).body.error).to.equal('invalid_grant');
      const good = await redeem({ code, code_verifier });
      expect(good.status).to.equal(200);
      expect(good.headers.get('cache-control')).to.equal('no-store');
    });

    it('OA-02: used a second time ends the tokens that the first use gave', async () => {
      const { code, code_verifier } = await newCode();
      const { body } = await redeem({ code, code_verifier });
      expect(await open.introspect(body.access_token!)).to.include({ active: true });
      expect((await redeem({ code, code_verifier })).body.error).to.equal('invalid_grant');
      expect(await open.introspect(body.access_token!)).to.deep.equal({ active: false });
    });

    it('used a second time after it has expired still ends them', async () => {
      const { code, code_verifier } = await newCode();
      const { body } = await redeem({ code, code_verifier });
      await db.collection('oidc_authorization_code').updateMany({}, { $set: { 'payload.exp': Math.floor(Date.now() / 1000) - 3600 } });
      expect((await redeem({ code, code_verifier }, { authorization: basic('service') })).body.error).to.equal('invalid_grant');
      expect((await redeem({ code, code_verifier }, { authorization: 'Basic eDp5' })).body.error).to.equal('invalid_client');
      expect(await open.introspect(body.access_token!)).to.include({ active: true });
      expect((await redeem({ code, code_verifier })).body.error).to.equal('invalid_grant');
      expect(await open.introspect(body.access_token!)).to.deep.equal({ active: false });
    });

    it('OA-02: lives 60 seconds, and the tolerance of the clock does not lengthen that', async () => {
      const codes = db.collection<{ payload: { exp: number; iat: number } }>('oidc_authorization_code');
      await codes.deleteMany({});
      const { code, code_verifier } = await newCode();
      const { payload } = (await codes.findOne({}))!;
      expect(payload.exp - payload.iat).to.equal(60);
      await codes.updateMany({}, { $set: { 'payload.exp': Math.floor(Date.now() / 1000) - 1 } });
      expect((await redeem({ code, code_verifier })).body.error).to.equal('invalid_grant');
    });
  });

  describe('redirect addresses', () => {
    it('OA-04: are compared as they are: anything else is an error page here, and no redirect', async () => {
      const variants = [
        'https://open.example/callback/',
        'https://open.example/Callback',
        'https://open.example:443/callback',
        'https://open.example/callback?x=1',
        'https://open.example/callback#x',
        'https://user@open.example/callback',
        'https://open.example/a/../callback',
        'https://open.example/%63allback',
        'https://OPEN.example/callback',
        'http://open.example/callback',
        'https://open.example.evil.example/callback',
        'https://evil.example/callback',
        '//open.example/callback',
        'javascript:alert(1)',
        '',
      ];
      for (const redirect_uri of variants) {
        const { answer } = await open.authorize(browser, { redirect_uri });
        expect(answer.url.origin, redirect_uri).to.equal(op.issuer);
        expect(answer.status, redirect_uri).to.equal(400);
        expect(answer.headers.get('content-type')).to.include('html');
      }
      const { url } = await open.begin();
      url.searchParams.delete('redirect_uri');
      expect((await browser.open(url)).status).to.equal(400);
    });

    it('OA-04: of native apps may vary the port of this machine, nothing else', async () => {
      const native = await createRelyingParty(op.issuer, 'native', 'http://127.0.0.1:4711/cb', oauth.None());
      const { answer } = await native.authorize(browser);
      expect(answer.url.href).to.match(/^http:\/\/127\.0\.0\.1:4711\/cb\?code=/);
      expect((await native.authorize(browser, { redirect_uri: 'http://127.0.0.1:4711/other' })).answer.status).to.equal(400);
    });

    it('get every other error, with state and iss', async () => {
      const { answer, checks } = await open.authorize(browser, { scope: 'openid', prompt: 'nonsense' });
      expect(Object.fromEntries(answer.url.searchParams)).to.include({
        error: 'invalid_request',
        state: checks.expectedState,
        iss: op.issuer,
      });
      const { answer: good } = await open.authorize(browser);
      expect(good.url.searchParams.get('iss')).to.equal(op.issuer);
      expect(good.hops.every(({ status }) => status === 303)).to.equal(true);
    });
  });

  it('OP-13: knows no response type but code, for others than our own pages', async () => {
    for (const response_type of ['token', 'id_token', 'code id_token', 'id_token token', 'none']) {
      const { answer } = await open.authorize(browser, { response_type, nonce: 'n' });
      const error = new URLSearchParams(answer.url.search || answer.url.hash.slice(1)).get('error');
      expect(error, response_type).to.be.oneOf(['unsupported_response_type', 'invalid_request']);
    }
    const password = await post('/token', { grant_type: 'password', username: 'ann', password: 'x' });
    expect(await password.json()).to.have.property('error', 'unsupported_grant_type');
  });

  describe('refresh tokens', () => {
    it('are used once; a second use ends the whole family', async () => {
      const first = await service.signIn(browser);
      const second = await service.refresh(first.refresh_token!);
      expect(second.refresh_token).not.to.equal(first.refresh_token);
      expect(await oauthError(service.refresh(first.refresh_token!))).to.equal('invalid_grant');
      expect(await oauthError(service.refresh(second.refresh_token!))).to.equal('invalid_grant');
      expect(await service.introspect(second.access_token)).to.deep.equal({ active: false });
    });

    it('OA-12: are not used up by a request for what they are not for', async () => {
      const { refresh_token } = await service.signIn(browser);
      for (const resources of [['https://other.example/api'], [API, 'https://other.example/api'], [API, API]]) {
        const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh_token! });
        for (const resource of resources) body.append('resource', resource);
        const refused = await fetch(`${op.issuer}/token`, { method: 'POST', headers: { authorization: basic('service') }, body });
        expect([refused.status, ((await refused.json()) as { error: string }).error]).to.deep.equal([400, 'invalid_target']);
      }
      expect((await service.refresh(refresh_token!, { resource: API })).access_token.split('.')).to.have.length(3);
    });

    it('never widen their scope, and belong to their client', async () => {
      const { refresh_token } = await service.signIn(browser);
      expect(await oauthError(service.refresh(refresh_token!, { scope: 'openid email' }))).to.equal('invalid_scope');
      const stolen = await post(
        '/token',
        { grant_type: 'refresh_token', refresh_token: refresh_token! },
        { authorization: basic('sibling') },
      );
      expect(stolen.status).to.equal(400);
    });

    it('keep the session alive while a service is at work, to its absolute limit and no further', async () => {
      const sessions = db.collection<{ exp: number; accountId: string }>('oidc_session');
      const now = Math.floor(Date.now() / 1000);
      const signedInAt = async (ts: number) => {
        const { id } = op.person(`worker-${ts}`);
        op.state.resolve = op.as(id, 'email', ts);
        const tokens = await service.signIn(createBrowser(op.issuer));
        await sessions.updateOne({ accountId: id }, { $set: { exp: now + 60 } });
        await service.refresh(tokens.refresh_token!);
        return (await sessions.findOne({ accountId: id }))!.exp;
      };
      expect(await signedInAt(now)).to.be.closeTo(now + 30 * 60, 10);
      const eleven = now - 11.75 * 3600;
      expect(await signedInAt(eleven)).to.equal(eleven + 12 * 3600);
      op.state.resolve = op.as('ann');
    });

    it('SE-04: leave the end of a session that moves by less than a minute where it is', async () => {
      const sessions = db.collection<{ exp: number; accountId: string }>('oidc_session');
      const { id } = op.person('busy');
      op.state.resolve = op.as(id);
      let { refresh_token: token } = await service.signIn(createBrowser(op.issuer));
      const endAfter = async (exp: number) => {
        await sessions.updateOne({ accountId: id }, { $set: { exp } });
        ({ refresh_token: token } = await service.refresh(token!));
        return (await sessions.findOne({ accountId: id }))!.exp;
      };
      const full = Math.floor(Date.now() / 1000) + 30 * 60;
      expect(await endAfter(full - 30)).to.equal(full - 30);
      expect(await endAfter(full - 60)).to.be.within(full, full + 30);
      // Never to an earlier time.
      expect(await endAfter(full + 90)).to.equal(full + 90);
      op.state.resolve = op.as('ann');
    });

    it('end when their session has', async () => {
      const { refresh_token } = await service.signIn(browser);
      await db.collection('oidc_session').updateMany({ accountId: 'ann' }, { $set: { exp: Math.floor(Date.now() / 1000) - 60 } });
      expect(await oauthError(service.refresh(refresh_token!))).to.equal('invalid_grant');
    });
  });

  describe('introspection and revocation', () => {
    it('are for the client whose token it is', async () => {
      const { access_token, refresh_token } = await service.signIn(browser);
      expect(await service.introspect(access_token)).to.include({ active: true, client_id: 'service' });
      expect(await open.introspect(access_token)).to.deep.equal({ active: false });
      await open.revoke(refresh_token!);
      expect(await service.introspect(refresh_token!)).to.include({ active: true });
      const anonymous = await fetch(`${op.issuer}/introspect`, { method: 'POST', body: new URLSearchParams({ token: access_token }) });
      expect(anonymous.status).to.be.oneOf([400, 401]);
      await service.revoke('unknown');
      await service.revoke(refresh_token!);
      expect(await service.introspect(access_token)).to.deep.equal({ active: false });
    });
  });

  describe('UserInfo', () => {
    it('takes the token from the header, by GET and POST', async () => {
      const { access_token } = await service.signIn(browser);
      const authorization = `Bearer ${access_token}`;
      for (const method of ['GET', 'POST'])
        expect((await fetch(`${op.issuer}/userinfo`, { method, headers: { authorization } })).status).to.equal(200);
      expect((await fetch(`${op.issuer}/userinfo?access_token=${access_token}`)).status).to.equal(400);
      const without = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: 'Bearer nonsense' } });
      expect(without.status).to.equal(401);
      expect(without.headers.get('www-authenticate')).to.match(/^Bearer .*invalid_token/);
    });

    it('answers scripts of the client’s own origin only', async () => {
      const tokens = await (await createRelyingParty(op.issuer, 'public', 'https://public.example/callback', oauth.None())).signIn(browser);
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      const from = async (origin: string) =>
        (await fetch(`${op.issuer}/userinfo`, { headers: { ...headers, origin } })).headers.get('access-control-allow-origin');
      expect(await from('https://evil.example')).to.equal(null);
      expect(await from('null')).to.equal(null);
      expect(await from('https://public.example')).to.equal('https://public.example');
    });
  });

  it('binds tokens to a key by DPoP, and takes each proof once', async () => {
    const bound = await createRelyingParty(op.issuer, 'public', 'https://public.example/callback', oauth.None());
    const keys = await oauth.randomDPoPKeyPair('ES256');
    const { answer, checks } = await bound.authorize(browser);
    const DPoP = oauth.getDPoPHandle(bound.config, keys);
    const tokens = await oauth.authorizationCodeGrant(bound.config, answer.url, checks, {}, { DPoP });
    expect(tokens.token_type).to.equal('dpop');
    expect(await oauth.fetchUserInfo(bound.config, tokens.access_token, tokens.claims()!.sub, { DPoP })).to.have.property('sub');
    const asBearer = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(asBearer.status).to.equal(401);

    const jwk = await exportJWK(keys.publicKey);
    const ath = createHash('sha256').update(tokens.access_token).digest('base64url');
    const proof = await new SignJWT({ htm: 'GET', htu: `${op.issuer}/userinfo`, jti: oauth.randomState(), ath })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(keys.privateKey);
    const headers = { authorization: `DPoP ${tokens.access_token}`, dpop: proof };
    const uses = await Promise.all(Array.from({ length: 12 }, () => fetch(`${op.issuer}/userinfo`, { headers })));
    expect(uses.map(({ status }) => status).filter((status) => status === 200)).to.have.length(1);
    expect(uses.every(({ status }) => [200, 400, 401].includes(status))).to.equal(true);
  });

  it('takes a pushed request once, also when both uses began before the first had ended', async () => {
    const par = async () => {
      const { url, checks } = await open.begin({ login_hint: 'ann@example.org' });
      return { pushed: await oauth.buildAuthorizationUrlWithPAR(open.config, Object.fromEntries(url.searchParams)), checks };
    };
    const { pushed } = await par();
    expect((await browser.open(pushed)).url.searchParams.get('code')).to.be.a('string');
    expect((await browser.open(pushed)).status).to.equal(400);

    const twice = await par();
    op.state.resolve = () => undefined;
    const [one, two] = [createBrowser(op.issuer), createBrowser(op.issuer)];
    const pages = [await one.open(twice.pushed), await two.open(twice.pushed)];
    expect(pages.map(({ body }) => body)).to.deep.equal(['waiting: login', 'waiting: login']);
    op.state.resolve = op.as('ann');
    // It has long expired when the person has signed in, and is remembered all the same.
    const first = await one.open(pages[0]!.url);
    const second = await two.open(pages[1]!.url);
    expect(first.url.searchParams.get('code')).to.be.a('string');
    expect(second.url.searchParams.get('code')).to.equal(null);
    expect(second.url.searchParams.get('error')).to.equal('invalid_request_uri');
  });

  describe('cookies', () => {
    it('are out of reach of scripts and other sites, signed, and gone with the browser', async () => {
      const fresh = createBrowser(op.issuer);
      const { answer } = await open.authorize(fresh);
      const cookies = [...answer.cookies, ...(await fresh.open('/logout')).cookies];
      expect(cookies.map((line) => line.split('=')[0])).to.include.members([
        'session',
        'session.sig',
        'interaction',
        'interaction.sig',
        'resume',
        'resume.sig',
      ]);
      for (const line of cookies) {
        expect(line)
          .to.match(/; httponly/i)
          .and.match(/; samesite=lax/i);
        expect(line.length).to.be.lessThan(4096);
        if (line.startsWith('session') && !line.includes('01 Jan 1970')) expect(line).not.to.match(/expires|max-age/i);
        if (line.startsWith('interaction')) expect(line).to.match(/path=\/interaction\/[\w-]+/);
      }
    });

    it('with a forged signature count for nothing', async () => {
      const session = (await browser.jar.getCookies(op.issuer)).find(({ key }) => key === 'session')!;
      const opened = async (cookie: string) =>
        (await (await fetch(`${op.issuer}/`, { headers: { cookie } })).json()) as { accountId: string | null };
      const signature = (await browser.jar.getCookies(op.issuer)).find(({ key }) => key === 'session.sig')!;
      expect((await opened(`session=${session.value}; session.sig=${signature.value}`)).accountId).to.equal('ann');
      expect((await opened(`session=${session.value}; session.sig=${'x'.repeat(27)}`)).accountId).to.equal(null);
      expect((await opened(`session=${session.value}`)).accountId).to.equal(null);
    });
  });

  it('OA-13: answers malformed requests with a clean 4xx', async () => {
    const { url } = await open.begin();
    const requests: [string, RequestInit][] = [
      [`${url}&scope=openid`, {}],
      [`${url}&request=e30.e30.`, {}],
      [`${url}&request_uri=https%3A%2F%2Fevil.example`, {}],
      [`${op.issuer}/authorize`, {}],
      [`${op.issuer}/authorize?client_id=`, {}],
      [`${op.issuer}/authorize?client_id[$ne]=`, {}],
      [
        `${op.issuer}/token`,
        { method: 'POST', body: '{"grant_type":"authorization_code"}', headers: { 'content-type': 'application/json' } },
      ],
      [`${op.issuer}/token`, { method: 'POST', body: new URLSearchParams({ code: 'x'.repeat(100_000) }) }],
      [`${op.issuer}/token`, { method: 'POST' }],
      [`${op.issuer}/par`, { method: 'POST', body: new URLSearchParams('client_id=open&client_id=open') }],
      [
        `${op.issuer}/introspect`,
        {
          method: 'POST',
          body: 'token[$ne]=',
          headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: basic('open') },
        },
      ],
      [`${op.issuer}/logout/confirm`, { method: 'POST', body: new URLSearchParams({ logout: 'yes' }) }],
    ];
    // The page of an interaction that is over says so, or goes on where its journey stands.
    const over = await fetch(`${op.issuer}/authorize/unknown`, { redirect: 'manual' });
    expect([over.status, over.headers.get('location')]).to.deep.equal([302, '/interaction/unknown']);
    for (const [target, init] of requests) {
      const response = await fetch(target, { redirect: 'manual', ...init });
      const text = (await response.text()) + (response.headers.get('location') ?? '');
      const refused = response.status >= 400 ? response.status : new URL(response.headers.get('location')!).searchParams.get('error');
      expect(refused, target).to.be.oneOf([400, 401, 404, 410, 'invalid_request', 'request_not_supported', 'request_uri_not_supported']);
      expect(text).not.to.match(/ at .*\.(js|ts):/);
    }
  });
});
