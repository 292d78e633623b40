/** What services send: every parameter and header of it is anything at all, in at least 200 requests. */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type At, createAsk, type Endpoint, fuzz, type Got, SEED } from '../support/fuzz.ts';
import { createJudge } from '../support/fuzz-judge.ts';
import { testDatabase } from '../support/mongo.ts';
import { API, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, type RelyingParty } from '../support/relying-party.ts';

const CALLBACK = 'https://service.example/callback';
const ASSERTED = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const CODES = [
  'invalid_client',
  'invalid_dpop_proof',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'unsupported_grant_type',
  'unsupported_token_type',
];

describe(`OA-13: any value of any parameter that a service sends (FUZZ_SEED=${SEED})`, function () {
  this.timeout(240_000);
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
    op = await openTestProvider({ db: await testDatabase(), clients: [...CLIENTS, signing] });
    ask = createAsk(op.port, new URL(op.issuer).host);
    judging = createJudge({ issuer: op.issuer, redirects: new Set() });
    service = await createRelyingParty(op.issuer, 'service', CALLBACK);
    op.logged.length = 0;
  });
  // For each: what is tried with a code or a token may end all that came from the same sign-in.
  beforeEach(async () => {
    browser = createBrowser(op.issuer);
    tokens = await service.signIn(browser, { scope: 'openid email account_type' });
  });
  after(() => ask.close());

  const authorization = `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}`;
  /** What a code or a refresh token is asked to be good for is looked at when it is used up already. */
  const usedUp = ({ status }: Got, { name }: At) => status < 300 || name === 'resource';
  let bound: Promise<string> | undefined;
  /** An access token that is good with proofs alone. */
  async function boundToken(): Promise<string> {
    const { code, checks } = await service.authorize(createBrowser(op.issuer));
    const form = { grant_type: 'authorization_code', code: code!, code_verifier: checks.pkceCodeVerifier, redirect_uri: CALLBACK };
    const dpop = await sign({ htm: 'POST', htu: `${op.issuer}/token` }, 'dpop+jwt');
    const headers = { authorization, dpop, 'content-type': 'application/x-www-form-urlencoded' };
    const { text } = await ask({ method: 'POST', path: '/token', headers, body: new URLSearchParams(form).toString() });
    return JSON.parse(text).access_token;
  }
  const POST = { method: 'POST', place: 'form' } as const;
  const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
    'a code': {
      ...POST,
      path: '/token',
      right: /^200 .*"access_token"/,
      usedUp,
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
      right: /^200 .*"refresh_token"/,
      usedUp,
      async good(answer?: Got) {
        const { refresh_token = (await service.signIn(createBrowser(op.issuer))).refresh_token } = JSON.parse(answer?.text || '{}');
        return { parameters: { grant_type: 'refresh_token', refresh_token }, headers: { authorization } };
      },
      optional: { scope: 'openid', resource: API, client_id: 'service', client_secret: SECRET },
      headers: ['authorization', 'dpop'],
    },
    'an assertion': {
      ...POST,
      path: '/introspect',
      right: /^200 \s*{"active":false}/,
      // An assertion and a proof are good for one time.
      usedUp: () => true,
      async good() {
        const exp = Math.floor(Date.now() / 1000) + 60;
        const client_assertion = await sign({ iss: 'signing', sub: 'signing', aud: op.issuer, exp });
        return { parameters: { token: 'x', client_id: 'signing', client_assertion_type: ASSERTED, client_assertion } };
      },
    },
    'an access token with a proof': {
      ...POST,
      path: '/userinfo',
      right: /^200 .*"sub"/,
      usedUp: () => true,
      async good() {
        bound ??= boundToken();
        const ath = createHash('sha256')
          .update(await bound)
          .digest('base64url');
        const dpop = await sign({ htm: 'POST', htu: `${op.issuer}/userinfo`, ath }, 'dpop+jwt');
        return { parameters: {}, headers: { authorization: `DPoP ${await bound}`, dpop } };
      },
      headers: ['authorization', 'dpop'],
    },
    'an access token': {
      ...POST,
      path: '/userinfo',
      right: /^200 .*"sub"/,
      usedUp: () => false,
      good: () => ({ parameters: {}, headers: { authorization: `Bearer ${tokens.access_token}` } }),
      optional: { scope: 'openid', access_token: 'x' },
      headers: ['authorization', 'dpop'],
    },
    'an access token in an address': {
      method: 'GET',
      place: 'query',
      path: '/userinfo',
      right: /^200 .*"sub"/,
      usedUp: () => false,
      good: () => ({ parameters: {}, headers: { authorization: `Bearer ${tokens.access_token}`, accept: 'application/json' } }),
      optional: { scope: 'openid', access_token: 'x' },
      headers: ['authorization', 'dpop'],
    },
    'a token to introspect': {
      ...POST,
      path: '/introspect',
      right: /^200 .*"active":true/,
      usedUp: () => false,
      good: () => ({ parameters: { token: tokens.access_token, token_type_hint: 'access_token' }, headers: { authorization } }),
      optional: { client_id: 'service', client_secret: SECRET, client_assertion: 'e30.e30.x', client_assertion_type: ASSERTED },
      headers: ['authorization'],
    },
    'a token to revoke': {
      ...POST,
      path: '/revoke',
      // Of nobody, once it is revoked, which is answered like the first time.
      good: () => ({ parameters: { token: tokens.access_token, token_type_hint: 'access_token' }, headers: { authorization } }),
      right: /^200 /,
      usedUp: () => false,
      optional: { client_id: 'service', client_secret: SECRET, client_assertion: 'e30.e30.x', client_assertion_type: ASSERTED },
      headers: ['authorization'],
    },
    metadata: {
      method: 'GET',
      place: 'query',
      path: '/.well-known/openid-configuration',
      right: /^200 .*"issuer"/,
      usedUp: () => false,
      good: () => ({ parameters: {} }),
      optional: { x: 'y' },
    },
    'metadata of OAuth': {
      method: 'GET',
      place: 'query',
      path: '/.well-known/oauth-authorization-server',
      right: /^200 .*"issuer"/,
      usedUp: () => false,
      good: () => ({ parameters: {} }),
      optional: { x: 'y' },
      headers: ['origin'],
    },
    'another well-known address': {
      method: 'GET',
      place: 'query',
      path: '/.well-known/:name',
      right: /^200 .*"issuer"/,
      good: () => ({ parameters: { name: 'openid-configuration' } }),
    },
    keys: {
      method: 'GET',
      place: 'query',
      path: '/jwks',
      right: /^200 .*"keys"/,
      usedUp: () => false,
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

  it('is refused for many reasons, each by its name', () => {
    expect([...judging.codes].sort()).to.include.members(CODES);
  });
});
