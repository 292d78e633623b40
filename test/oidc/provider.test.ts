import { expect } from 'chai';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Connection } from 'mongoose';
import { testDatabase } from '../support/mongo.ts';
import { AAL, API, openTestProvider, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError, type RelyingParty } from '../support/relying-party.ts';

describe('oidc/provider', function () {
  this.timeout(60_000);
  let db: Connection;
  let op: TestProvider;
  let service: RelyingParty;

  before(async () => {
    db = await testDatabase();
    op = await openTestProvider({ db });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
  });

  const keys = async () => (await (await fetch(`${op.issuer}/jwks`)).json()) as JSONWebKeySet & { keys: { kid: string }[] };
  const metadata = async () => (await (await fetch(`${op.issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;

  describe('discovery', () => {
    it('names every endpoint at the issuer, and only what works', async () => {
      const found = await metadata();
      const at = (path: string) => op.issuer + path;
      expect(found).to.include({
        issuer: op.issuer,
        authorization_endpoint: at('/authorize'),
        token_endpoint: at('/token'),
        userinfo_endpoint: at('/userinfo'),
        jwks_uri: at('/jwks'),
        introspection_endpoint: at('/introspect'),
        revocation_endpoint: at('/revoke'),
        end_session_endpoint: at('/logout'),
        pushed_authorization_request_endpoint: at('/par'),
        authorization_response_iss_parameter_supported: true,
        backchannel_logout_supported: true,
      });
      expect(found.registration_endpoint).to.equal(at('/register'));
      expect(found.response_types_supported).to.deep.equal(['code']);
      expect(found.grant_types_supported).to.have.members(['authorization_code', 'refresh_token']);
      expect(found.code_challenge_methods_supported).to.deep.equal(['S256']);
      expect(found.acr_values_supported).to.deep.equal([...AAL]);
      expect(found.scopes_supported).to.have.members(['openid', 'offline_access', 'email', 'account_type']);
      expect(found.subject_types_supported).to.have.members(['pairwise', 'public']);
      expect(found.id_token_signing_alg_values_supported).to.have.members(['RS256', 'ES256', 'EdDSA']);
      expect(found.prompt_values_supported).to.have.members(['none', 'create', 'login', 'select_account', 'consent']);
      expect(found.claims_supported).to.not.include('phone_number');
      const oauthForm = await (await fetch(`${op.issuer}/.well-known/oauth-authorization-server`)).json();
      expect(oauthForm).to.deep.equal(found);
    });

    it('publishes public keys alone, which may be kept for a while', async () => {
      const response = await fetch(`${op.issuer}/jwks`);
      expect(response.headers.get('cache-control')).to.match(/max-age=[1-9]/);
      const { keys: published } = (await response.json()) as { keys: Record<string, string>[] };
      expect(published.map(({ alg }) => alg)).to.have.members(['RS256', 'ES256', 'EdDSA']);
      expect(new Set(published.map(({ kid }) => kid)).size).to.equal(3);
      for (const key of published) {
        expect(key).to.include({ use: 'sig' });
        for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key, secret).not.to.have.property(secret);
      }
      expect(Buffer.from(published.find(({ kty }) => kty === 'RSA')!.n!, 'base64url').length).to.equal(384);
    });
  });

  it('OP-03: gives a service ID, access and refresh tokens that tell how the person signed in', async () => {
    const before = Math.floor(Date.now() / 1000);
    const tokens = await service.signIn(createBrowser(op.issuer), { scope: 'openid email account_type' });
    expect(decodeProtectedHeader(tokens.id_token!)).to.include({ alg: 'RS256' });
    const { payload } = await jwtVerify(tokens.id_token!, createLocalJWKSet(await keys()), { issuer: op.issuer, audience: 'service' });
    expect(payload).to.include({ acr: AAL[0], account_type: 'applicant' });
    expect(payload.amr).to.deep.equal(['pwd', 'otp']);
    expect(payload.auth_time).to.be.within(before, Math.floor(Date.now() / 1000));
    expect(payload.exp! - payload.iat!).to.equal(600);
    expect(payload.jti).to.be.a('string').with.length.at.least(20);
    expect(payload).to.not.have.any.keys('email', 'phone_number');
    expect(tokens.expires_in).to.be.at.most(3600);
    expect(tokens.access_token.length).to.be.at.least(22);

    const again = await service.signIn(createBrowser(op.issuer), { scope: 'openid email account_type' });
    expect(again.claims()!.jti).not.to.equal(payload.jti);
    expect(again.claims()!.sub).to.equal(payload.sub);
  });

  it('tells UserInfo what the scopes say and no more', async () => {
    const browser = createBrowser(op.issuer);
    const all = await service.signIn(browser, { scope: 'openid email account_type' });
    const { sub } = all.claims()!;
    expect(await service.userInfo(all.access_token, sub)).to.deep.equal({
      sub,
      email: 'ann@example.org',
      email_verified: true,
      account_type: 'applicant',
    });
    const little = await service.signIn(browser, { scope: 'openid' });
    expect(await service.userInfo(little.access_token, sub)).to.deep.equal({ sub });
    expect(little.claims()).not.to.have.property('account_type');
  });

  it('OP-14: signs in ES256 for a client that wants it', async () => {
    const sibling = await createRelyingParty(op.issuer, 'sibling', 'https://service.example/other', undefined, {
      id_token_signed_response_alg: 'ES256',
    });
    const tokens = await sibling.signIn(createBrowser(op.issuer));
    expect(decodeProtectedHeader(tokens.id_token!)).to.include({ alg: 'ES256' });
    await jwtVerify(tokens.id_token!, createLocalJWKSet(await keys()), { issuer: op.issuer, audience: 'sibling' });
  });

  it('OP-09: gives each sector its own subjects, and the plain one where the client says so', async () => {
    const browser = createBrowser(op.issuer);
    const subOf = async (client: string, redirect: string, metadata = {}) =>
      (await (await createRelyingParty(op.issuer, client, redirect, undefined, metadata)).signIn(browser)).claims()!.sub;
    const mine = await subOf('service', 'https://service.example/callback');
    expect(mine).to.match(/^[\w-]{43}$/);
    expect(await subOf('sibling', 'https://service.example/other', { id_token_signed_response_alg: 'ES256' })).to.equal(mine);
    expect(await subOf('open', 'https://open.example/callback')).to.equal('ann');
  });

  describe('an API of the service', () => {
    it('gets a JWT of 5 minutes by a refresh that names it, and UserInfo does not take that', async () => {
      const tokens = await service.signIn(createBrowser(op.issuer), { scope: 'openid account_type' });
      expect(tokens.access_token).not.to.include('.');
      const forApi = await service.refresh(tokens.refresh_token!, { resource: API });
      const { payload, protectedHeader } = await jwtVerify(forApi.access_token, createLocalJWKSet(await keys()), {
        issuer: op.issuer,
        audience: API,
      });
      expect(protectedHeader.typ).to.equal('at+jwt');
      expect(payload).to.include({ client_id: 'service', sub: tokens.claims()!.sub, acr: AAL[0], account_type: 'applicant' });
      expect(payload.amr).to.deep.equal(['pwd', 'otp']);
      expect(payload.auth_time).to.equal(tokens.claims()!.auth_time);
      expect(payload.exp! - payload.iat!).to.equal(300);
      expect(await oauthError(service.userInfo(forApi.access_token, payload.sub!))).to.not.equal(undefined);
      const refused = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${forApi.access_token}` } });
      expect(refused.status).to.equal(401);
    });

    it('and no API that is not the client’s', async () => {
      const tokens = await service.signIn(createBrowser(op.issuer));
      expect(await oauthError(service.refresh(tokens.refresh_token!, { resource: 'https://other.example/api' }))).to.equal(
        'invalid_target',
      );
      const { error } = await service.authorize(createBrowser(op.issuer), { resource: 'https://other.example/api' });
      expect(error).to.equal('invalid_target');
    });
  });

  it('signs with the same keys after a restart', async () => {
    const before = await keys();
    await op.close();
    op = await openTestProvider({ db, port: op.port });
    expect(await keys()).to.deep.equal(before);
    const restarted = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    const tokens = await restarted.signIn(createBrowser(op.issuer));
    await jwtVerify(tokens.id_token!, createLocalJWKSet(before), { issuer: op.issuer });
  });
});
