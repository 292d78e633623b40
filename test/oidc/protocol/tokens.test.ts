/** What the token endpoint gives, and what introspection, revocation and UserInfo make of it. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Connection } from 'mongoose';
import * as oauth from 'openid-client';
import { testDatabase } from '../../support/mongo.ts';
import { AAL, API, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, oauthError, type RelyingParty } from '../../support/relying-party.ts';

describe('oidc: tokens', function () {
  this.timeout(60_000);
  let db: Connection;
  let op: TestProvider;
  let service: RelyingParty;
  let open: RelyingParty;
  let shop: RelyingParty;
  let browser: Browser;
  let ids = 0;

  before(async () => {
    db = await testDatabase();
    const unsigned = { client_secret: SECRET, redirect_uris: ['https://x.example/cb'] };
    const alg = (id_token_signed_response_alg: string) => ({
      ...unsigned,
      client_id: id_token_signed_response_alg,
      id_token_signed_response_alg,
    });
    const hashed = { ...unsigned, client_id: 'hashed', token_endpoint_auth_method: 'client_secret_jwt' };
    op = await openTestProvider({ db, clients: [...CLIENTS, alg('none'), alg('HS256'), hashed] });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    open = await createRelyingParty(op.issuer, 'open', 'https://open.example/callback');
    shop = await createRelyingParty(op.issuer, 'shop.example', 'https://shop.example/callback', oauth.ClientSecretPost(SECRET));
  });
  beforeEach(async () => {
    const { id, memberships } = op.person(`person-${++ids}`);
    memberships.service = 'applicant';
    op.state.resolve = op.as(id, 'text');
    browser = createBrowser(op.issuer);
  });

  const keys = async () => createLocalJWKSet((await (await fetch(`${op.issuer}/jwks`)).json()) as JSONWebKeySet);
  const authorization = `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}`;
  const post = (path: string, form: Record<string, string> | string, headers: Record<string, string> = { authorization }) =>
    fetch(op.issuer + path, { method: 'POST', body: new URLSearchParams(form), headers });
  const inactive = { active: false };

  it('OP-03: an ID token says who, for whom, from whom, when and how, and two are never the same', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { answer, checks } = await service.authorize(browser);
    const tokens = await oauth.authorizationCodeGrant(service.config, answer.url, checks);
    const { protectedHeader, payload } = await jwtVerify(tokens.id_token!, await keys(), { issuer: op.issuer, audience: 'service' });
    expect(protectedHeader).to.include({ alg: 'RS256' }).and.have.property('kid').that.is.a('string');
    expect(payload).to.include({ nonce: checks.expectedNonce, acr: AAL[1], aud: 'service' });
    expect(payload.amr).to.deep.equal(['pwd', 'sms', 'mfa']);
    expect(payload.iat).to.be.at.least(before);
    expect(payload.auth_time).to.be.at.least(before);
    expect(payload.exp! - payload.iat!).to.be.at.most(600);
    const again = await service.signIn(browser);
    expect(again.claims()!.jti).to.be.a('string').and.not.to.equal(payload.jti);
    expect(again.claims()!.auth_time).to.equal(payload.auth_time);
  });

  it('AS-05: nothing says that anybody’s identity was proven, and the integrators’ page says so', async () => {
    expect(readFileSync('docs/integrating.md', 'utf8')).to.include('there is no claim of identity proofing');
    const tokens = await service.signIn(browser, { scope: 'openid email account_type' });
    const told = {
      ...tokens.claims(),
      ...(await service.userInfo(tokens.access_token, tokens.claims()!.sub)),
      ...(await service.introspect(tokens.access_token)),
    };
    expect(Object.keys(told).join(' ')).not.to.match(/ial|verified_claims|vot|identity|vtr/i);
    expect(JSON.stringify(told)).not.to.match(/\/ial\b|ial\//i);
  });

  it('OP-14: RS256 for whoever says nothing, and never none or a shared secret', async () => {
    expect(decodeProtectedHeader((await open.signIn(browser)).id_token!).alg).to.equal('RS256');
    for (const id of ['none', 'HS256', 'hashed']) {
      const answer = await fetch(`${op.issuer}/authorize?client_id=${id}&response_type=code&redirect_uri=https%3A%2F%2Fx.example%2Fcb`);
      expect(await answer.text(), id).to.include('invalid_client');
    }
    const found = (await (await fetch(`${op.issuer}/.well-known/openid-configuration`)).json()) as Record<string, string[]>;
    for (const [name, values] of Object.entries(found))
      if (name.includes('alg_values'))
        expect(
          values.filter((alg) => alg === 'none' || alg.startsWith('HS')),
          name,
        ).to.deep.equal([]);
  });

  it('OA-12: answers with tokens are never kept, live an hour at most, and their values cannot be guessed', async () => {
    const { url, checks } = await service.begin({ scope: 'openid' });
    const par = await post('/par', Object.fromEntries(url.searchParams));
    expect(par.status).to.equal(201);
    const { request_uri, expires_in } = (await par.json()) as { request_uri: string; expires_in: number };
    expect(request_uri.split(':').at(-1)).to.have.length.at.least(22);
    expect(expires_in).to.be.within(5, 599);
    const answer = await browser.open(`/authorize?${new URLSearchParams({ client_id: 'service', request_uri })}`);
    const code = answer.url.searchParams.get('code')!;
    const response = await post('/token', {
      grant_type: 'authorization_code',
      redirect_uri: 'https://service.example/callback',
      code,
      code_verifier: checks.pkceCodeVerifier,
    });
    const body = (await response.json()) as Record<string, string>;
    const failed = await post('/token', { grant_type: 'authorization_code' });
    const info = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${body.access_token}` } });
    const introspected = await post('/introspect', { token: body.access_token! });
    for (const { headers, url: from } of [par, response, failed, info, introspected]) {
      expect(headers.get('cache-control'), from).to.equal('no-store');
      expect(headers.get('pragma'), from).to.equal('no-cache');
      expect(headers.get('content-type'), from).to.match(/^application\/json/);
    }
    for (const hop of [code, body.access_token!, body.refresh_token!]) expect(hop).to.match(/^[\w-]{22,}$/);
    expect(body).to.include({ token_type: 'Bearer', scope: 'openid' });
    expect(body.expires_in).to.be.at.most(3600);
    expect(await introspected.json())
      .to.include({ active: true, scope: 'openid' })
      .and.not.have.property('aud');
  });

  it('OA-12, AS-04: an API gets a JWT that says all that RFC 9068 asks for, is for it alone, and is short-lived', async () => {
    const tokens = await service.signIn(browser, { scope: 'openid account_type' });
    const { access_token, token_type } = await service.refresh(tokens.refresh_token!, { resource: API });
    const { payload, protectedHeader } = await jwtVerify(access_token, await keys(), { issuer: op.issuer, audience: API, typ: 'at+jwt' });
    expect(token_type.toLowerCase()).to.equal('bearer');
    expect(protectedHeader.alg).to.equal('RS256');
    const { sub, auth_time } = tokens.claims()!;
    expect(payload).to.include({ iss: op.issuer, aud: API, sub, client_id: 'service', scope: 'account_type', acr: AAL[1], auth_time });
    expect(payload.amr).to.deep.equal(['pwd', 'sms', 'mfa']);
    expect(payload.jti).to.be.a('string').with.length.at.least(22);
    expect(payload.exp! - payload.iat!).to.equal(300);
    expect(payload).not.to.have.any.keys('email', 'nonce');
  });

  describe('a refresh token', () => {
    it('OA-09: is for third parties only with offline_access and consent, for the operator’s services without either', async () => {
      expect(await shop.signIn(browser, { scope: 'openid offline_access' })).not.to.have.property('refresh_token');
      expect(await shop.signIn(browser, { scope: 'openid', prompt: 'consent' })).not.to.have.property('refresh_token');
      expect(await shop.signIn(browser, { scope: 'openid offline_access', prompt: 'consent' })).to.have.property('refresh_token');
      expect(await service.signIn(browser)).to.have.property('refresh_token');
      expect(await open.signIn(browser)).not.to.have.property('refresh_token');
    });

    it('OA-09: is bound to its client, never widens its scope, is used once, and a second use ends the family', async () => {
      const { refresh_token, access_token } = await shop.signIn(browser, { scope: 'openid offline_access', prompt: 'consent' });
      expect((await post('/token', { grant_type: 'refresh_token', refresh_token: refresh_token! })).status).to.equal(400);
      expect(await oauthError(shop.refresh(refresh_token!, { scope: 'openid email' }))).to.equal('invalid_scope');
      const next = await shop.refresh(refresh_token!, { scope: 'openid' });
      expect(next.scope).to.equal('openid');
      expect(await oauthError(shop.refresh(refresh_token!))).to.equal('invalid_grant');
      expect(await oauthError(shop.refresh(next.refresh_token!))).to.equal('invalid_grant');
      for (const token of [access_token, next.access_token]) expect(await shop.introspect(token)).to.deep.equal(inactive);
    });

    it('OA-09: of one family all end together, however often they are used', async () => {
      const tokens = await shop.signIn(browser, { scope: 'openid offline_access', prompt: 'consent' });
      const { exp } = await shop.introspect(tokens.refresh_token!);
      const next = await shop.refresh(tokens.refresh_token!);
      expect((await shop.introspect(next.refresh_token!)).exp).to.be.closeTo(exp!, 2);
      await db.collection('oidc_refresh_token').updateMany({}, { $set: { 'payload.exp': Math.floor(Date.now() / 1000) - 60 } });
      expect(await oauthError(shop.refresh(next.refresh_token!))).to.equal('invalid_grant');
    });

    it('AS-04: says how strong its own sign-in was, whatever the session has become since', async () => {
      const id = `person-${ids}`;
      const strong = await service.signIn(browser);
      op.state.resolve = op.as(id, 'email');
      const weak = await service.signIn(browser, { prompt: 'login' });
      op.state.resolve = op.as(id, 'passkey');
      await service.signIn(browser, { acr_values: AAL[2] });
      for (const [tokens, acr] of [
        [strong, AAL[1]],
        [weak, AAL[0]],
      ] as const) {
        const next = await service.refresh(tokens.refresh_token!);
        expect([next.claims()!.acr, (await service.introspect(next.access_token)).acr]).to.deep.equal([acr, acr]);
        const { access_token } = await service.refresh(next.refresh_token!, { resource: API });
        expect(decodeJwt(access_token).acr).to.equal(acr);
      }
    });

    it('tells of the sign-in that it goes back to, not of itself', async () => {
      const tokens = await service.signIn(browser);
      const next = await service.refresh(tokens.refresh_token!);
      // A nonce need not be there, but must not be another (OpenID Connect Core 12.2).
      const { sub, auth_time, acr, aud, iss, nonce } = tokens.claims()!;
      expect(next.claims()).to.include({ sub, auth_time, acr, aud, iss, nonce });
    });
  });

  describe('introspection', () => {
    it('OA-10, AS-04: tells the client of its token when, for what and how somebody signed in', async () => {
      const tokens = await service.signIn(browser);
      const { sub, auth_time } = tokens.claims()!;
      for (const token of [tokens.access_token, tokens.refresh_token!]) {
        const told = await service.introspect(token);
        expect(told).to.include({ active: true, iss: op.issuer, client_id: 'service', sub, scope: 'openid' });
        expect(told).to.have.property('exp').that.is.a('number');
      }
      expect(await service.introspect(tokens.access_token)).to.include({ acr: AAL[1], auth_time, token_type: 'Bearer' });
      expect((await service.introspect(tokens.access_token)).amr).to.deep.equal(['pwd', 'sms', 'mfa']);
    });

    it('OA-10: says of every other token only that it is not active', async () => {
      const tokens = await service.signIn(browser);
      const { code } = await service.authorize(browser);
      expect(await open.introspect(tokens.access_token)).to.deep.equal(inactive);
      for (const token of ['unknown', code!, 'x'.repeat(5000), 'é']) expect(await service.introspect(token), token).to.deep.equal(inactive);
      await db.collection('oidc_access_token').updateMany({}, { $set: { 'payload.exp': Math.floor(Date.now() / 1000) - 60 } });
      expect(await service.introspect(tokens.access_token)).to.deep.equal(inactive);
      const more = await service.signIn(browser);
      op.people.get(`person-${ids}`)!.locked = { at: new Date() };
      expect(await service.introspect(more.access_token)).to.deep.equal(inactive);
    });

    it('OA-10: is for clients that authenticate', async () => {
      const { access_token } = await service.signIn(browser);
      expect((await post('/introspect', { token: access_token }, {})).status).to.equal(400);
      const asPublic = await post('/introspect', { token: access_token, client_id: 'public' }, {});
      expect([200, 401]).to.include(asPublic.status);
      if (asPublic.status === 200) expect(await asPublic.json()).to.deep.equal(inactive);
    });

    it('and revocation name JWTs, which whoever gets them verifies, as what they do not take', async () => {
      const { refresh_token } = await service.signIn(browser, { scope: 'openid account_type' });
      const { access_token } = await service.refresh(refresh_token!, { resource: API });
      for (const path of ['/introspect', '/revoke']) {
        const refused = await post(path, { token: access_token });
        expect(refused.status).to.equal(400);
        expect(await refused.json()).to.have.property('error', 'unsupported_token_type');
      }
    });
  });

  describe('revocation', () => {
    it('OA-10: answers 200 for what nobody knows and what is another’s, and ends only one’s own', async () => {
      const { access_token, refresh_token } = await service.signIn(browser);
      for (const form of [
        { token: 'unknown' },
        { token: 'unknown', token_type_hint: 'refresh_token' },
        { token: 'x', token_type_hint: 'nonsense' },
      ])
        expect((await post('/revoke', form)).status).to.equal(200);
      const other = `Basic ${Buffer.from(`open:${SECRET}`).toString('base64')}`;
      for (const token of [access_token, refresh_token!]) {
        const response = await post('/revoke', { token }, { authorization: other });
        expect([response.status, await response.text()]).to.deep.equal([200, '']);
        expect(await service.introspect(token)).to.include({ active: true });
      }
    });

    it('OA-10: of a refresh token ends the access tokens that came with it, whatever the hint says', async () => {
      for (const token_type_hint of ['refresh_token', 'access_token', undefined]) {
        const { access_token, refresh_token } = await service.signIn(browser);
        const form = { token: refresh_token!, ...(token_type_hint && { token_type_hint }) };
        expect((await post('/revoke', form)).status).to.equal(200);
        expect(await service.introspect(access_token)).to.deep.equal(inactive);
        expect(await oauthError(service.refresh(refresh_token!))).to.equal('invalid_grant');
      }
      const { access_token } = await service.signIn(browser);
      await service.revoke(access_token);
      const { status } = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${access_token}` } });
      expect(status).to.equal(401);
    });

    it('without a token is an invalid_request, and without authentication is refused', async () => {
      expect((await post('/revoke', {})).status).to.equal(400);
      expect((await post('/revoke', { token: 'x' }, {})).status).to.equal(400);
    });
  });

  describe('UserInfo', () => {
    const userInfo = (init: RequestInit & { headers?: Record<string, string> } = {}, query = '') =>
      fetch(`${op.issuer}/userinfo${query}`, init);

    it('OP-07: takes the token from the header by GET and POST, and tells sub and what was granted', async () => {
      const tokens = await service.signIn(browser, { scope: 'openid email' });
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      for (const init of [{ headers }, { headers, method: 'POST' }, { headers, method: 'POST', body: new URLSearchParams() }]) {
        const response = await userInfo(init);
        expect(response.status).to.equal(200);
        const { sub } = tokens.claims()!;
        expect(await response.json()).to.deep.equal({ sub, email: `person-${ids}@example.org`, email_verified: true });
      }
    });

    it('OP-07: says with WWW-Authenticate what is wrong with a token, and takes none from a query or a form', async () => {
      const { access_token } = await service.signIn(browser);
      const challenge = async (...request: Parameters<typeof userInfo>) => {
        const response = await userInfo(...request);
        return [response.status, response.headers.get('www-authenticate') ?? ''] as const;
      };
      const without = await challenge();
      expect(without[0]).to.equal(401);
      // Whoever sent nothing is told how, not what went wrong (RFC 6750 3.1).
      expect(without[1]).to.match(/^Bearer realm="[^"]+", DPoP realm="[^"]+", algs="[^"]+"$/);
      const inForm = await challenge({ method: 'POST', body: new URLSearchParams({ access_token }) });
      expect(inForm).to.deep.equal(without);
      const inQuery = await challenge({}, `?access_token=${access_token}`);
      expect(inQuery[0]).to.equal(400);
      expect(inQuery[1]).to.include('error="invalid_request"');
      for (const value of ['nonsense', 'é'.normalize('NFD').replace(/[^\x20-\x7e]/g, 'x'), 'a.b.c', 'x'.repeat(5000)]) {
        const [status, header] = await challenge({ headers: { authorization: `Bearer ${value}` } });
        expect(status, value).to.equal(401);
        expect(header).to.include('error="invalid_token"');
      }
      for (const header of ['Bearer', 'Bearer a b', `Basic ${btoa('a:b')}`])
        expect((await challenge({ headers: { authorization: header } }))[0], header).to.be.oneOf([400, 401]);
      await db.collection('oidc_access_token').updateMany({}, { $set: { 'payload.exp': Math.floor(Date.now() / 1000) - 60 } });
      const [status, header] = await challenge({ headers: { authorization: `Bearer ${access_token}` } });
      expect([status, header.includes('invalid_token')]).to.deep.equal([401, true]);
    });

    for (const [scope, expected] of [
      ['openid', ['sub']],
      ['openid email', ['sub', 'email', 'email_verified']],
      ['openid account_type', ['sub', 'account_type']],
      ['openid email account_type', ['sub', 'email', 'email_verified', 'account_type']],
    ] as const)
      it(`OP-08: for the scope ${scope} tells ${expected.join(', ')}, and the ID token no more than before`, async () => {
        const tokens = await service.signIn(browser, { scope });
        const told = await service.userInfo(tokens.access_token, tokens.claims()!.sub);
        expect(told).to.have.all.keys(...expected);
        if ('email_verified' in told) expect(told.email_verified).to.equal(true);
        const always = ['iss', 'aud', 'sub', 'exp', 'iat', 'nonce', 'jti', 'acr', 'amr', 'auth_time'];
        expect(tokens.claims()).to.have.all.keys(...always, ...(scope.includes('account_type') ? ['account_type'] : []));
      });
  });
});
