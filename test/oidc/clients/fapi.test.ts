import { createHash, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { calculateJwkThumbprint, decodeProtectedHeader, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { ClientRecord } from '../../../src/config.ts';
import { fapiFault } from '../../../src/oidc/clients/fapi.ts';
import { testDatabase } from '../../support/mongo.ts';
import { CLIENTS, openTestProvider, type TestProvider } from '../../support/provider.ts';
import { createBrowser } from '../../support/relying-party.ts';

const REDIRECT = 'https://bank.example/cb';
const VERIFIER = 'a-verifier-of-enough-characters-to-be-one-0123456789';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const now = () => Math.floor(Date.now() / 1000);

type Pair = Awaited<ReturnType<typeof generateKeyPair>> & { readonly jwk: JWK };
type Changes = Readonly<Record<string, unknown>>;

describe('oidc/clients/fapi', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let own: Pair;
  let other: Pair;
  let rsa: Pair;
  let bank: ClientRecord;

  const pair = async (alg: string): Promise<Pair> => {
    const keys = await generateKeyPair(alg, { extractable: true });
    return { ...keys, jwk: await exportJWK(keys.publicKey) };
  };

  before(async () => {
    [own, other, rsa] = await Promise.all([pair('ES256'), pair('ES256'), pair('RS256')]);
    bank = {
      client_id: 'bank',
      fapi2: true,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      id_token_signed_response_alg: 'ES256',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
      jwks: {
        keys: [
          { ...own.jwk, kid: 'own', use: 'sig' },
          { ...rsa.jwk, kid: 'rsa', use: 'sig' },
        ],
      },
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [REDIRECT],
      scope: 'openid email',
      first_party: true,
    };
    op = await openTestProvider({ db: await testDatabase(), clients: [...CLIENTS, bank, { ...bank, client_id: 'rival' }] });
    expect(op.logged.filter((line) => line.includes('refused'))).to.deep.equal([]);
  });
  after(() => op.close());

  const assertion = (changes: Changes = {}, { alg = 'ES256', kid = 'own', key = own } = {}) => {
    const { client_id = 'bank', ...claims } = changes;
    const all = { iss: client_id, sub: client_id, aud: op.issuer, jti: randomUUID(), iat: now(), exp: now() + 60, ...claims };
    return new SignJWT(JSON.parse(JSON.stringify(all))).setProtectedHeader({ alg, kid }).sign(key.privateKey);
  };
  const proof = (path: string, changes: Changes = {}, key = own) => {
    const claims = { htm: 'POST', htu: op.issuer + path, iat: now(), jti: randomUUID(), ...changes };
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk }).sign(key.privateKey);
  };

  interface Answer {
    readonly status: number;
    readonly body: Record<string, string>;
  }
  async function post(path: string, form: Readonly<Record<string, string>>, signed?: string | null, dpop?: string): Promise<Answer> {
    const auth: Record<string, string> =
      signed === null
        ? {}
        : {
            client_assertion_type: ASSERTION,
            client_assertion: signed ?? (await assertion()),
          };
    const body = new URLSearchParams({ ...auth, ...form });
    const response = await fetch(op.issuer + path, { method: 'POST', body, ...(dpop && { headers: { dpop } }) });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  }

  const REQUEST = {
    client_id: 'bank',
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid email',
    state: 'a state',
    nonce: 'a nonce',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  };
  const push = (more: Readonly<Record<string, string>> = {}, signed?: string, dpop?: string) =>
    post('/par', { ...REQUEST, ...more }, signed, dpop);
  const open = (uri: string, browser = createBrowser(op.issuer), client = 'bank') =>
    browser.open(`/authorize?${new URLSearchParams({ client_id: client, request_uri: uri })}`);
  async function codeFor(more: Readonly<Record<string, string>> = {}, dpop?: string): Promise<string> {
    const { body } = await push(more, undefined, dpop);
    const { url } = await open(body.request_uri!);
    expect(url.searchParams.get('iss')).to.equal(op.issuer);
    return url.searchParams.get('code')!;
  }
  const redeem = async (code: string, dpop?: string, signed?: string) =>
    post('/token', { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER }, signed, dpop);
  const userInfo = (headers: Readonly<Record<string, string>>) => fetch(`${op.issuer}/userinfo`, { headers });
  const ath = (token: string) => createHash('sha256').update(token).digest('base64url');

  describe('OA-06: assertions', () => {
    it('that are right pass, those from a clock 10 s ahead too', async () => {
      expect((await push({}, await assertion())).status).to.equal(201);
      expect((await push({}, await assertion({ iat: now() + 10, nbf: now() + 10, exp: now() + 70 }))).status).to.equal(201);
    });

    const bad: readonly (readonly [string, () => Promise<string>])[] = [
      ['for the token endpoint', () => assertion({ aud: `${op.issuer}/token` })],
      ['for the endpoint that is asked', () => assertion({ aud: `${op.issuer}/par` })],
      ['for somebody else', () => assertion({ aud: 'https://other.example' })],
      ['for the issuer in a list', () => assertion({ aud: [op.issuer] })],
      ['for the issuer and others', () => assertion({ aud: [op.issuer, 'https://other.example'] })],
      ['for nobody', () => assertion({ aud: undefined })],
      ['without an end', () => assertion({ exp: undefined })],
      ['that has ended', () => assertion({ iat: now() - 120, exp: now() - 60 })],
      ['that ends in a day', () => assertion({ exp: now() + 86_400 })],
      ['from more than 60 s ahead', () => assertion({ iat: now() + 61, exp: now() + 120 })],
      ['that is good in more than 60 s only', () => assertion({ nbf: now() + 61, exp: now() + 120 })],
      ['without an id', () => assertion({ jti: undefined })],
      ['by another than the client', () => assertion({ iss: 'rival' })],
      ['signed with RS256', () => assertion({}, { alg: 'RS256', kid: 'rsa', key: rsa })],
      ['signed with a key that is not registered', () => assertion({}, { key: other })],
      [
        'not signed',
        async () => `${(await assertion()).split('.').with(0, btoa('{"alg":"none"}').replace(/=+$/, '')).slice(0, 2).join('.')}.`,
      ],
    ];
    for (const [what, make] of bad)
      it(`${what} are refused`, async () => {
        const { status, body } = await push({}, await make());
        expect([status, body.error, body.error_description]).to.deep.equal([401, 'invalid_client', 'client authentication failed']);
      });

    it('count once', async () => {
      const once = await assertion();
      expect((await push({}, once)).status).to.equal(201);
      expect((await push({}, once)).body.error).to.equal('invalid_client');
    });

    it('have nothing in their place', async () => {
      expect((await post('/par', REQUEST, null)).body.error).to.equal('invalid_client');
      expect((await post('/par', { ...REQUEST, client_secret: 'x'.repeat(40) }, null)).body.error).to.equal('invalid_client');
    });
  });

  describe('OA-07: pushed requests', () => {
    it('are demanded: what is sent to the authorization endpoint itself is refused', async () => {
      const { url } = await createBrowser(op.issuer).open(`/authorize?${new URLSearchParams(REQUEST)}`);
      expect(url.searchParams.get('code')).to.equal(null);
      expect(url.searchParams.get('error')).to.equal('invalid_request');
    });

    it('answer 201, and are good for less than 10 minutes', async () => {
      const { status, body } = await push();
      expect(status).to.equal(201);
      expect(Number(body.expires_in)).to.be.within(5, 599);
    });

    it('can be opened twice before the sign-in, and not after it', async () => {
      const { body } = await push();
      op.state.resolve = () => undefined;
      for (let visit = 0; visit < 2; visit++) expect((await open(body.request_uri!)).body).to.equal('waiting: login');
      op.state.resolve = op.as('ann');
      expect((await open(body.request_uri!)).url.searchParams.get('code')).to.be.a('string');
      const again = await open(body.request_uri!);
      expect([again.status, again.url.searchParams.get('code')]).to.deep.equal([400, null]);
    });

    it('belong to the client that pushed them', async () => {
      const { body } = await push();
      const foreign = await open(body.request_uri!, createBrowser(op.issuer), 'rival');
      expect([foreign.status, foreign.url.searchParams.get('code')]).to.deep.equal([400, null]);
    });

    for (const [what, change] of [
      ['without PKCE', { code_challenge: '', code_challenge_method: '' }],
      ['with PKCE in plain', { code_challenge: VERIFIER, code_challenge_method: 'plain' }],
      ['for another address', { redirect_uri: 'https://bank.example/cb/' }],
      ['without an address', { redirect_uri: '' }],
      ['for tokens at once', { response_type: 'code id_token' }],
      ['that name another', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }],
    ] as const)
      it(`${what} are refused`, async () => expect((await push(change as Record<string, string>)).status).to.equal(400));
  });

  describe('OA-08: DPoP', () => {
    const nonce = async () => {
      const body = new URLSearchParams({ client_assertion_type: ASSERTION, client_assertion: await assertion(), ...REQUEST });
      const { headers } = await fetch(`${op.issuer}/par`, { method: 'POST', body, headers: { dpop: await proof('/par') } });
      return headers.get('dpop-nonce')!;
    };
    const refused = async (dpop?: string) => {
      const { status, body } = await redeem(await codeFor(), dpop);
      expect(body).not.to.have.property('access_token');
      expect(status).to.equal(400);
      return body.error;
    };

    it('is demanded at the token endpoint', async () => {
      expect(await refused()).to.equal('invalid_grant');
    });

    for (const [what, make, error] of [
      ['for another method', () => proof('/token', { htm: 'GET' }), 'invalid_dpop_proof'],
      ['for another address', () => proof('/userinfo'), 'invalid_dpop_proof'],
      ['that is old', () => proof('/token', { iat: now() - 3600 }), 'use_dpop_nonce'],
      ['from more than 30 s ahead', () => proof('/token', { iat: now() + 32 }), 'invalid_dpop_proof'],
      [
        'from more than 60 s ahead, with a nonce',
        async () => proof('/token', { iat: now() + 62, nonce: await nonce() }),
        'invalid_dpop_proof',
      ],
      ['that is good in more than 60 s only', () => proof('/token', { nbf: now() + 62 }), 'invalid_dpop_proof'],
      // Of the profile's 13 a deviation that docs/integrating.md names: the library verifies proofs without any tolerance, and takes none.
      ['that is good in 10 s only', () => proof('/token', { nbf: now() + 10 }), 'invalid_dpop_proof'],
      ['with a nonce that was never given', () => proof('/token', { nonce: 'made-up' }), 'use_dpop_nonce'],
      ['without an id', () => proof('/token', { jti: '' }), 'invalid_dpop_proof'],
    ] as const)
      it(`refuses a proof ${what}`, async () => expect(await refused(await make())).to.equal(error));

    it('takes a proof from a clock 10 s ahead, with a nonce or without', async () => {
      for (const more of [{}, { nonce: await nonce() }])
        expect((await redeem(await codeFor(), await proof('/token', { iat: now() + 10, ...more }))).status).to.equal(200);
    });

    it('refuses one from more than 30 s ahead at the push', async () => {
      expect((await push({}, undefined, await proof('/par', { iat: now() + 32 }))).body.error).to.equal('invalid_dpop_proof');
    });

    it('of whoever is not of the profile asks a clock that is more than 30 s ahead for a nonce, and takes the proof with it', async () => {
      const asked = async (more: Changes = {}) => {
        const body = new URLSearchParams({ client_id: 'public', grant_type: 'authorization_code', code: 'x', redirect_uri: REDIRECT });
        const headers = { dpop: await proof('/token', { iat: now() + 32, ...more }) };
        const response = await fetch(`${op.issuer}/token`, { method: 'POST', body, headers });
        return { nonce: response.headers.get('dpop-nonce'), error: ((await response.json()) as { error: string }).error };
      };
      const first = await asked();
      expect(first.error).to.equal('use_dpop_nonce');
      // The proof is good; the code is none.
      expect((await asked({ nonce: first.nonce })).error).to.equal('invalid_grant');
    });

    it('takes a proof once', async () => {
      const once = await proof('/token');
      expect((await redeem(await codeFor(), once)).status).to.equal(200);
      expect(await refused(once)).to.equal('invalid_grant');
    });

    it('binds the code to the key of dpop_jkt, or of the proof at the push', async () => {
      const bound = await codeFor({ dpop_jkt: await calculateJwkThumbprint(own.jwk) });
      expect((await redeem(bound, await proof('/token', {}, other))).body.error).to.equal('invalid_grant');
      const pushed = await codeFor({}, await proof('/par'));
      expect((await redeem(pushed, await proof('/token', {}, other))).body.error).to.equal('invalid_grant');
      const right = await codeFor({ dpop_jkt: await calculateJwkThumbprint(own.jwk) });
      expect((await redeem(right, await proof('/token'))).body.token_type).to.equal('DPoP');
      const { status } = await push({ dpop_jkt: await calculateJwkThumbprint(other.jwk) }, undefined, await proof('/par'));
      expect(status).to.equal(400);
    });

    it('binds the access token: not as Bearer, not with another key, another token’s hash, or another method', async () => {
      const { body } = await redeem(await codeFor(), await proof('/token'));
      const token = body.access_token!;
      const asked = async (changes: Changes = {}, key = own) =>
        (
          await userInfo({
            authorization: `DPoP ${token}`,
            dpop: await proof('/userinfo', { htm: 'GET', ath: ath(token), ...changes }, key),
          })
        ).status;
      expect(await asked()).to.equal(200);
      expect(await asked({}, other)).to.equal(401);
      expect(await asked({ ath: ath('another token') })).to.equal(401);
      expect(await asked({ ath: undefined })).to.equal(401);
      expect(await asked({ htm: 'POST' })).to.equal(401);
      expect((await userInfo({ authorization: `Bearer ${token}` })).status).to.equal(401);
      const once = await proof('/userinfo', { htm: 'GET', ath: ath(token) });
      expect((await userInfo({ authorization: `DPoP ${token}`, dpop: once })).status).to.equal(200);
      expect((await userInfo({ authorization: `DPoP ${token}`, dpop: once })).status).to.equal(401);
      const introspected = await post('/introspect', { token });
      expect((introspected.body as unknown as { cnf: object }).cnf).to.deep.equal({ jkt: await calculateJwkThumbprint(own.jwk) });
    });
  });

  it('OA-02: gives codes that end within 60 s, whatever is allowed for clocks', async () => {
    const code = await codeFor();
    const codes = op.db.collection('oidc_authorization_code');
    const kept = await codes.find({ clientId: 'bank' }).toArray();
    expect(kept).not.to.have.length(0);
    for (const { payload } of kept) expect(payload.exp - payload.iat).to.be.at.most(60);
    await codes.updateMany({}, { $set: { 'payload.exp': now() } });
    expect((await redeem(code, await proof('/token'))).body.error).to.equal('invalid_grant');
  });

  it('OA-09: signs as the profile wants, and does not rotate refresh tokens', async () => {
    const { body } = await redeem(await codeFor(), await proof('/token'));
    expect(decodeProtectedHeader(body.id_token!).alg).to.equal('ES256');
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token! };
    for (let time = 0; time < 2; time++) {
      const again = await post('/token', refresh, undefined, await proof('/token'));
      expect([again.status, again.body.refresh_token, again.body.token_type]).to.deep.equal([200, body.refresh_token, 'DPoP']);
    }
    expect((await post('/token', refresh)).body).not.to.have.property('access_token');
  });

  describe('a record', () => {
    for (const [field, value] of [
      ['token_endpoint_auth_method', 'client_secret_basic'],
      ['token_endpoint_auth_method', 'none'],
      ['token_endpoint_auth_signing_alg', 'RS256'],
      ['token_endpoint_auth_signing_alg', undefined],
      ['id_token_signed_response_alg', 'RS256'],
      ['id_token_signed_response_alg', 'none'],
      ['require_pushed_authorization_requests', false],
      ['require_pushed_authorization_requests', undefined],
      ['dpop_bound_access_tokens', undefined],
      ['redirect_uris', ['http://127.0.0.1/cb']],
      ['redirect_uris', [REDIRECT, 'com.example.bank:/cb']],
      ['require_pkce', false],
    ] as const)
      it(`that has ${field} ${JSON.stringify(value)} is none of the profile`, () => {
        expect(fapiFault({ ...bank, [field]: value })?.field).to.equal(field);
      });

    it('that has all of it is one', () => expect(fapiFault(bank)).to.equal(undefined));
  });
});
