/** What the provider says of itself is what it does (OpenID Connect Discovery 3, RFC 8414 2), and who may read its answers. */
import { get } from 'node:http';
import { expect } from 'chai';
import {
  createRemoteJWKSet,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import * as oauth from 'openid-client';
import { testDatabase } from '../../support/mongo.ts';
import { AAL, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, type RelyingParty } from '../../support/relying-party.ts';

type Metadata = Readonly<Record<string, string | string[] | boolean>>;

describe('oidc: metadata', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let open: RelyingParty;
  let browser: Browser;
  let found: Metadata;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
    open = await createRelyingParty(op.issuer, 'open', 'https://open.example/callback');
    browser = createBrowser(op.issuer);
    await open.signIn(browser);
    found = await metadata();
  });

  const metadata = async (path = '/.well-known/openid-configuration') => (await (await fetch(op.issuer + path)).json()) as Metadata;
  const authorize = async (parameters: Record<string, string>) => (await open.authorize(browser, parameters)).answer;

  it('OP-01: both forms say the same, at the issuer alone', async () => {
    expect(found.issuer).to.equal(op.issuer);
    expect(await metadata('/.well-known/oauth-authorization-server')).to.deep.equal(found);
    const addresses = Object.entries(found).filter(([name]) => /_endpoint$|_uri$/.test(name));
    expect(addresses.length).to.be.at.least(9);
    for (const [name, address] of addresses) expect(String(address).startsWith(`${op.issuer}/`), name).to.equal(true);
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const { headers, status } = await fetch(op.issuer + path);
      expect(status).to.equal(200);
      expect(headers.get('content-type')).to.match(/^application\/json/);
      expect(headers.get('cache-control')).to.match(/max-age=[1-9]/);
    }
  });

  it('OP-01: a foreign Host is refused, and a foreign X-Forwarded-Host changes nothing', async () => {
    const path = '/.well-known/openid-configuration';
    const status = await new Promise((resolve, reject) =>
      get({ port: op.port, host: '127.0.0.1', path, headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject),
    );
    expect(status).to.equal(421);
    const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' };
    expect(await (await fetch(op.issuer + path, { headers: forwarded })).json()).to.deep.equal(found);
  });

  it('OP-01: every endpoint it names answers', async () => {
    for (const [name, address] of Object.entries(found)) {
      // The pages of the operator are not the provider’s (`op_tos_uri`).
      if (!/_endpoint$|^jwks_uri$/.test(name)) continue;
      for (const method of ['GET', 'POST']) {
        const { status } = await fetch(String(address), { method, redirect: 'manual' });
        expect(status, `${method} ${name}`).to.be.below(500);
      }
      const method = /^(token|introspection|revocation|pushed|registration)/.test(name) ? 'POST' : 'GET';
      const { status } = await fetch(String(address), { method, redirect: 'manual' });
      expect(status, name).not.to.be.oneOf([404, 405, 501]);
    }
  });

  it('OP-02: the keys are public, named once, strong, and of the algorithms it names', async () => {
    const response = await fetch(String(found.jwks_uri));
    expect(response.headers.get('cache-control')).to.match(/max-age=[1-9]/);
    const text = await response.text();
    const { keys } = JSON.parse(text) as { keys: Record<string, string>[] };
    expect(text).not.to.include('keystore-CHANGE-ME');
    expect(new Set(keys.map(({ kid }) => kid)).size).to.equal(keys.length);
    expect(new Set(keys.map(({ alg }) => alg))).to.deep.equal(new Set(found.id_token_signing_alg_values_supported as string[]));
    for (const key of keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(key, secret).not.to.have.property(secret);
      expect(key.use).to.equal('sig');
      if (key.kty === 'RSA') expect(Buffer.from(key.n!, 'base64url').length * 8).to.be.at.least(3072);
      else expect(key.crv).to.be.oneOf(['P-256', 'Ed25519']);
    }
  });

  it('OP-13: names only the code flow, its grants, and no signature of nobody', () => {
    expect(found.response_types_supported).to.deep.equal(['code']);
    expect(found.grant_types_supported).to.have.members(['authorization_code', 'refresh_token']);
    expect(found.code_challenge_methods_supported).to.deep.equal(['S256']);
    expect(found.request_uri_parameter_supported).to.equal(false);
    expect(found).not.to.have.any.keys('check_session_iframe', 'device_authorization_endpoint', 'backchannel_authentication_endpoint');
  });

  it('OP-13: whatever is not named is refused', async () => {
    for (const response_type of ['token', 'id_token', 'code id_token', 'code token', 'id_token token', 'none', 'nonsense', '']) {
      const { url } = await authorize({ response_type, nonce: 'n' });
      const error = new URLSearchParams(url.search || url.hash.slice(1)).get('error');
      expect(error, response_type).to.be.oneOf(['unsupported_response_type', 'invalid_request']);
    }
    const authorization = `Basic ${Buffer.from(`open:${SECRET}`).toString('base64')}`;
    for (const grant_type of [
      'password',
      'client_credentials',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
      'nonsense',
      '',
    ]) {
      const body = new URLSearchParams({ grant_type, username: 'ann', password: 'x', scope: 'openid' });
      const response = await fetch(String(found.token_endpoint), { method: 'POST', body, headers: { authorization } });
      expect(response.status, grant_type).to.equal(400);
      expect((await response.json()) as object).to.have.property('error', grant_type ? 'unsupported_grant_type' : 'invalid_request');
    }
  });

  it('AS-04: names the levels of assurance, and whatever it names as a prompt, scope or response mode is taken', async () => {
    expect(found.acr_values_supported).to.deep.equal([...AAL]);
    for (const prompt of found.prompt_values_supported as string[]) {
      const { url } = await authorize({ prompt });
      expect(url.searchParams.get('error'), prompt).to.equal(null);
    }
    for (const scope of found.scopes_supported as string[]) {
      const { url } = await authorize({ scope: `openid ${scope}` });
      expect(url.searchParams.get('error'), scope).to.equal(null);
    }
    expect(found.response_modes_supported).to.have.members(['query', 'fragment', 'form_post']);
    for (const response_mode of found.response_modes_supported as string[]) {
      const answer = await authorize({ response_mode });
      expect(answer.url.href + answer.body, response_mode).to.match(/[?#&]code=|name="code"/);
    }
    expect(found.claims_supported).to.include.members(['sub', 'acr', 'amr', 'auth_time', 'email', 'email_verified', 'account_type']);
    expect(found.claims_parameter_supported).to.equal(true);
    expect(found.subject_types_supported).to.have.members(['pairwise', 'public']);
  });

  it('AS-04: names how clients authenticate, at the token endpoint and beside it', () => {
    for (const endpoint of ['token', 'introspection', 'revocation'])
      expect(found[`${endpoint}_endpoint_auth_methods_supported`], endpoint).to.include.members([
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
      ]);
    expect(found.introspection_endpoint_auth_methods_supported).not.to.include('none');
  });

  describe('the algorithms that it names', () => {
    const values = (name: string) => found[`${name}_alg_values_supported`] as string[];
    const pairs = new Map<string, { readonly privateKey: GenerateKeyPairResult['privateKey']; readonly jwk: JWK }>();
    const algorithms: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

    before(async () => {
      for (const alg of algorithms) {
        const { privateKey, publicKey } = await generateKeyPair(alg);
        pairs.set(alg, { privateKey, jwk: await exportJWK(publicKey) });
        const record = { redirect_uris: ['https://alg.example/cb'], first_party: true };
        const token_endpoint_auth_method = 'private_key_jwt';
        await op.clients.add({ ...record, client_id: `by-${alg}`, token_endpoint_auth_method, jwks: { keys: [pairs.get(alg)!.jwk] } });
      }
      for (const alg of values('id_token_signing'))
        await op.clients.add({
          client_id: `in-${alg}`,
          client_secret: SECRET,
          redirect_uris: ['https://alg.example/cb'],
          first_party: true,
          id_token_signed_response_alg: alg,
        });
    });
    const sign = (alg: string, claims: JWTPayload, header = {}) =>
      new SignJWT({ jti: crypto.randomUUID(), ...claims })
        .setIssuedAt()
        .setExpirationTime('1m')
        .setProtectedHeader({ alg, ...header })
        .sign(pairs.get(alg)!.privateKey);

    it('OP-14: sign assertions of clients, wherever these authenticate', async () => {
      for (const endpoint of ['token_endpoint_auth', 'introspection_endpoint_auth', 'revocation_endpoint_auth'])
        expect(values(`${endpoint}_signing`), endpoint).to.have.members(algorithms);
      for (const alg of algorithms)
        for (const path of ['/token', '/introspect', '/revoke', '/par']) {
          const client_assertion = await sign(alg, { iss: `by-${alg}`, sub: `by-${alg}`, aud: op.issuer });
          const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
          const body = new URLSearchParams({ client_assertion_type, client_assertion, token: 'x', grant_type: 'authorization_code' });
          const response = await fetch(op.issuer + path, { method: 'POST', body });
          expect(await response.text(), `${alg} ${path}`).not.to.include('invalid_client');
          expect(response.status, `${alg} ${path}`).to.be.oneOf([200, 400]);
        }
    });

    it('OP-14: sign ID tokens', async () => {
      for (const alg of values('id_token_signing')) {
        const metadata = { id_token_signed_response_alg: alg };
        const party = await createRelyingParty(op.issuer, `in-${alg}`, 'https://alg.example/cb', undefined, metadata);
        const { id_token = '' } = await party.signIn(browser);
        const { protectedHeader } = await jwtVerify(id_token, createRemoteJWKSet(new URL(String(found.jwks_uri))), { algorithms: [alg] });
        expect(protectedHeader.alg).to.equal(alg);
      }
    });

    it('OA-08: sign DPoP proofs, and no other does', async () => {
      const htu = `${op.issuer}/token`;
      for (const alg of algorithms) {
        const dpop = await sign(alg, { htm: 'POST', htu }, { typ: 'dpop+jwt', jwk: pairs.get(alg)!.jwk });
        const body = new URLSearchParams({ client_id: 'public', grant_type: 'authorization_code', code: 'x', redirect_uri: htu });
        const answer = await fetch(htu, { method: 'POST', body, headers: { dpop } });
        const expected = values('dpop_signing').includes(alg) ? 'invalid_grant' : 'invalid_dpop_proof';
        expect(await answer.json(), alg).to.have.property('error', expected);
      }
    });
  });

  describe('who may read answers in a browser', () => {
    const allowed = (response: Response) => [
      response.headers.get('access-control-allow-origin'),
      response.headers.get('access-control-allow-credentials'),
    ];
    const ORIGINS = [
      'https://public.example',
      'https://open.example',
      'https://evil.example',
      'https://public.example.evil.example',
      'null',
    ];

    it('OA-11: UserInfo and the token endpoint are for the pages of the public client itself, without cookies', async () => {
      const pub = await createRelyingParty(op.issuer, 'public', 'https://public.example/callback', oauth.None());
      const mine = await pub.signIn(browser);
      const others = await open.signIn(browser);
      for (const origin of ORIGINS) {
        const expected = origin === 'https://public.example' ? origin : null;
        const userInfo = (token: string) => fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}`, origin } });
        expect(allowed(await userInfo(mine.access_token)), `userinfo ${origin}`).to.deep.equal([expected, null]);
        expect(allowed(await userInfo(others.access_token)), `userinfo of another ${origin}`).to.deep.equal([null, null]);
        const body = new URLSearchParams({ client_id: 'public', grant_type: 'authorization_code', code: 'x' });
        for (const path of ['/token', '/revoke', '/par']) {
          const response = await fetch(op.issuer + path, { method: 'POST', body, headers: { origin } });
          expect(allowed(response), `${path} ${origin}`).to.deep.equal([expected, null]);
        }
      }
    });

    it('OA-11: keys and metadata are for everybody, pages and the authorization endpoint for nobody', async () => {
      for (const path of ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])
        for (const origin of ORIGINS) {
          const [origins, credentials] = allowed(await fetch(op.issuer + path, { headers: { origin } }));
          expect([origin, '*'], path).to.include(origins);
          expect(credentials).to.equal(null);
        }
      const { url } = await open.begin();
      for (const path of [`/authorize${url.search}`, '/authorize', '/logout', '/', '/interaction/x'])
        for (const method of ['GET', 'OPTIONS']) {
          const preflight = { origin: 'https://public.example', 'access-control-request-method': 'GET' };
          const response = await fetch(op.issuer + path, { method, redirect: 'manual', headers: preflight });
          expect(allowed(response), `${method} ${path}`).to.deep.equal([null, null]);
        }
    });

    it('OA-11: a preflight lets the page ask, with what it needs for a token, and allows no cookies', async () => {
      const headers = {
        origin: 'https://public.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'dpop',
      };
      const response = await fetch(`${op.issuer}/token`, { method: 'OPTIONS', headers });
      expect(response.status).to.equal(204);
      expect(response.headers.get('access-control-allow-methods')).to.include('POST');
      expect(response.headers.get('access-control-allow-headers')).to.include('dpop');
      expect(response.headers.get('access-control-allow-credentials')).to.equal(null);
    });
  });
});
