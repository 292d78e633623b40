/** What services send: every parameter and header of it is anything at all, in at least 200 requests. */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createAsk, createJudge, type Endpoint, fuzz, type Got, SEED } from '../support/fuzz.ts';
import { testDatabase } from '../support/mongo.ts';
import { API, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, type RelyingParty } from '../support/relying-party.ts';

const CALLBACK = 'https://service.example/callback';
const ASSERTED = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const CODES = [
  'invalid_client',
  'invalid_client_metadata',
  'invalid_dpop_proof',
  'invalid_grant',
  'invalid_redirect_uri',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'unsupported_grant_type',
  'unsupported_token_type',
];

describe(`OA-13: any value of any parameter that a service sends (FUZZ_SEED=${SEED})`, function () {
  this.timeout(300_000);
  let op: TestProvider;
  let ask: ReturnType<typeof createAsk>;
  let judging: ReturnType<typeof createJudge>;
  let service: RelyingParty;
  let browser: ReturnType<typeof createBrowser>;
  let tokens: { readonly access_token: string; readonly id_token?: string };
  let sign: (claims: JWTPayload, typ?: string) => Promise<string>;

  before(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    sign = (claims, typ) =>
      new SignJWT({ jti: crypto.randomUUID(), ...claims })
        .setIssuedAt()
        .setProtectedHeader({ alg: 'ES256', ...(typ && { typ, jwk }) })
        .sign(privateKey);
    const signing = {
      client_id: 'signing',
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [jwk] },
    };
    const limits = { 'registration-network': { units: 1e6, seconds: 3600 }, 'registration-token': { units: 1e6, seconds: 3600 } };
    op = await openTestProvider({ db: await testDatabase(), clients: [...CLIENTS, signing], limits });
    ask = createAsk(op.port, new URL(op.issuer).host);
    judging = createJudge({ issuer: op.issuer, redirects: new Set() });
    service = await createRelyingParty(op.issuer, 'service', CALLBACK);
    browser = createBrowser(op.issuer);
    tokens = await service.signIn(browser, { scope: 'openid email account_type' });
    op.logged.length = 0;
  });
  after(() => ask.close());

  const authorization = `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}`;
  const POST = { method: 'POST', place: 'form' } as const;
  const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
    'a code': {
      ...POST,
      path: '/token',
      async good() {
        const { code, checks } = await service.authorize(browser);
        const parameters = {
          grant_type: 'authorization_code',
          code: code!,
          code_verifier: checks.pkceCodeVerifier,
          redirect_uri: CALLBACK,
        };
        return { parameters, headers: { authorization } };
      },
      optional: { resource: API, client_id: 'service', client_secret: SECRET },
      headers: ['authorization', 'dpop'],
    },
    'a refresh token': {
      ...POST,
      path: '/token',
      async good(answer?: Got) {
        const { refresh_token } = answer ? JSON.parse(answer.text) : await service.signIn(browser);
        return { parameters: { grant_type: 'refresh_token', refresh_token: refresh_token! }, headers: { authorization } };
      },
      optional: { scope: 'openid', resource: API, client_id: 'service', client_secret: SECRET },
      headers: ['authorization', 'dpop'],
    },
    'an assertion': {
      ...POST,
      path: '/introspect',
      async good() {
        const exp = Math.floor(Date.now() / 1000) + 60;
        const client_assertion = await sign({ iss: 'signing', sub: 'signing', aud: op.issuer, exp });
        return { parameters: { token: 'x', client_id: 'signing', client_assertion_type: ASSERTED, client_assertion } };
      },
    },
    'an access token with a proof': {
      ...POST,
      path: '/userinfo',
      async good() {
        const ath = createHash('sha256').update(tokens.access_token).digest('base64url');
        const dpop = await sign({ htm: 'POST', htu: `${op.issuer}/userinfo`, ath }, 'dpop+jwt');
        return { parameters: {}, headers: { authorization: `DPoP ${tokens.access_token}`, dpop } };
      },
      headers: ['authorization', 'dpop'],
    },
    'an access token': {
      ...POST,
      path: '/userinfo',
      good: () => ({ parameters: {}, headers: { authorization: `Bearer ${tokens.access_token}` } }),
      optional: { scope: 'openid', access_token: 'x' },
      headers: ['authorization', 'dpop'],
    },
    'an access token in an address': {
      method: 'GET',
      place: 'query',
      path: '/userinfo',
      good: () => ({ parameters: {}, headers: { authorization: `Bearer ${tokens.access_token}`, accept: 'application/json' } }),
      optional: { scope: 'openid', access_token: 'x' },
      headers: ['authorization', 'dpop'],
    },
    'a token to introspect': {
      ...POST,
      path: '/introspect',
      good: () => ({ parameters: { token: tokens.access_token, token_type_hint: 'access_token' }, headers: { authorization } }),
      optional: { client_id: 'service', client_secret: SECRET, client_assertion: 'e30.e30.x', client_assertion_type: ASSERTED },
      headers: ['authorization'],
    },
    'a token to revoke': {
      ...POST,
      path: '/revoke',
      // Of nobody: a good one would be used up every time, and what is tried is what comes with it.
      good: () => ({ parameters: { token: tokens.id_token!, token_type_hint: 'refresh_token' }, headers: { authorization } }),
      optional: { client_id: 'service', client_secret: SECRET, client_assertion: 'e30.e30.x', client_assertion_type: ASSERTED },
      headers: ['authorization'],
    },
    metadata: {
      method: 'GET',
      place: 'query',
      path: '/.well-known/openid-configuration',
      good: () => ({ parameters: {} }),
      optional: { x: 'y' },
    },
    'metadata of OAuth': {
      method: 'GET',
      place: 'query',
      path: '/.well-known/oauth-authorization-server',
      good: () => ({ parameters: {} }),
      optional: { x: 'y' },
      headers: ['origin'],
    },
    'another well-known address': {
      method: 'GET',
      place: 'path',
      path: '/.well-known/',
      good: () => ({ parameters: { name: 'openid-configuration' } }),
    },
    keys: {
      method: 'GET',
      place: 'query',
      path: '/jwks',
      good: () => ({ parameters: {} }),
      optional: { kid: 'x' },
      headers: ['origin', 'accept'],
    },
  };

  for (const [title, endpoint] of Object.entries(ENDPOINTS))
    it(`${endpoint.method} ${endpoint.path}: ${title}`, async () => {
      await fuzz(ask, endpoint, (sent, got) => judging.judge(got, { method: sent.method }));
      expect(op.logged.filter((line) => JSON.parse(line).level >= 50)).to.deep.equal([]);
    });

  it('POST /register and PUT /register/:client: metadata', async () => {
    const issue = async () => (await op.initialAccess.issue({ days: 1, uses: 1000, note: 'a try' })).token;
    let [token, uses] = [await issue(), 0];
    const made = { redirect_uris: ['https://new.example/cb'], client_name: 'New', scope: 'openid' };
    const register: Endpoint = {
      method: 'POST',
      place: 'json',
      path: '/register',
      async good() {
        if (++uses % 900 === 0) token = await issue();
        return { parameters: made as never, headers: { authorization: `Bearer ${token}` } };
      },
      optional: {
        application_type: 'web',
        backchannel_logout_uri: 'https://new.example/logout',
        client_id: 'service',
        client_secret: SECRET,
        client_uri: 'https://new.example/',
        contacts: 'ops@new.example',
        default_acr_values: 'x',
        default_max_age: '600',
        first_party: 'true',
        grant_types: 'authorization_code',
        id_token_signed_response_alg: 'RS256',
        initiate_login_uri: 'https://new.example/login',
        jwks: '{"keys":[]}',
        jwks_uri: 'https://new.example/jwks',
        logo_uri: 'https://new.example/logo',
        policy_uri: 'https://new.example/policy',
        post_logout_redirect_uris: 'https://new.example/',
        require_auth_time: 'true',
        response_types: 'code',
        subject_type: 'pairwise',
        token_endpoint_auth_method: 'client_secret_basic',
        token_endpoint_auth_signing_alg: 'ES256',
        tos_uri: 'https://new.example/tos',
      },
      headers: ['authorization'],
    };
    await fuzz(ask, register, (sent, got) => judging.judge(got, { method: sent.method, registration: true }));
    const management: Endpoint = {
      method: 'PUT',
      place: 'json',
      path: '/register/nobody',
      good: () => ({ parameters: { ...made, client_id: 'nobody' } as never, headers: { authorization: 'Bearer x' } }),
      headers: ['authorization'],
    };
    await fuzz(ask, management, (sent, got) => judging.judge(got, { method: sent.method, registration: true }));
    expect(op.logged.filter((line) => JSON.parse(line).level >= 50)).to.deep.equal([]);
  });

  it('is refused for many reasons, each by its name', () => {
    expect([...judging.codes].sort()).to.include.members(CODES);
  });
});
