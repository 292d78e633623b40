/** Every code in the errors table of docs/integrating.md is one that this provider answers, for the reason that the table gives. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { configDir } from '../config/config-dir.ts';
import { completeQuickly } from '../support/newcomer.ts';
import { newAddress, type Person, signIn } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { environment } from '../support/spawned.ts';
import { authorizeUrl, MYUSCIS, SHOP, THIRD_PARTY, VERIFIER } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

const TABLE = readFileSync('docs/integrating.md', 'utf8').split('## When it does not work')[1]!.split('\n## ')[0]!;
const CODES = TABLE.split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!));

const SECRET = randomBytes(32).toString('base64url');
const API = 'https://own.example/api';
const OWN = {
  client_id: 'own',
  client_name: 'Our Own',
  client_secret: SECRET,
  redirect_uris: ['https://own.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid email',
  first_party: true,
  audiences: [API],
};
const STRICT = { ...OWN, client_id: 'strict', require_pushed_authorization_requests: true, grant_types: ['authorization_code'] };
const LIMITED = JSON.parse(readFileSync('config/policy.json', 'utf8'));
LIMITED.limits['registration-token'] = { units: 3, seconds: 3600 };

type Parameters = Readonly<Record<string, string | undefined>>;
type Answer = Readonly<Record<string, string | undefined>>;

describe('the errors that docs/integrating.md explains', function () {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  /** Signed in by a mailed code. */
  let visitor: Visitor;
  /** Each may be tried three times. */
  let initial: readonly string[];
  before(async () => {
    const clients = [OWN, STRICT, SHOP];
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': clients, 'policy.json': LIMITED }) } });
    initial = await Promise.all([issueToken(), issueToken()]);
    visitor = server.visitor();
    await visitor.open('/users/sign_up');
    person = await completeQuickly(server, visitor, newAddress());
  });
  after(async () => {
    await server.close();
  });

  async function issueToken(): Promise<string> {
    const env = environment({ ...server.env, NODE_V8_COVERAGE: undefined });
    const command = spawn(process.execPath, ['scripts/clients.ts', 'token', 'issue', '--uses', '9'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return /shown this once: (\S+)$/m.exec(await text(command.stdout))![1]!;
  }
  const OWN_PARTY = { id: OWN.client_id, redirectUri: OWN.redirect_uris[0]! };
  /** What comes back to the service, or nothing where a page stays here. */
  const answerAt = (who: Visitor): Answer => {
    const { searchParams, hash } = new URL(who.page().url);
    return Object.fromEntries([...searchParams, ...new URLSearchParams(hash.slice(1))]);
  };
  async function authorize(changes: Parameters, client = OWN_PARTY, who = visitor): Promise<Answer> {
    const url = new URL(server.origin + authorizeUrl(client));
    for (const [name, value] of Object.entries(changes))
      value === undefined ? url.searchParams.delete(name) : url.searchParams.set(name, value);
    await who.open(url.href);
    return answerAt(who);
  }
  const basic = (id: string, secret: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
  const told = async (answer: Response): Promise<Answer> => ({
    ...((await answer.json()) as Answer),
    status: String(answer.status),
    ...Object.fromEntries(['retry-after', 'dpop-nonce'].map((name) => [name, answer.headers.get(name) ?? undefined])),
  });
  async function post(path: string, form: Parameters, headers: Record<string, string> = basic(OWN.client_id, SECRET)) {
    const body = new URLSearchParams(form as Record<string, string>);
    return told(await fetch(server.origin + path, { method: 'POST', headers, body }));
  }
  const redeem = (code: string | undefined, more: Parameters = {}, client = OWN) =>
    post(
      '/token',
      { grant_type: 'authorization_code', code, code_verifier: VERIFIER, redirect_uri: client.redirect_uris[0], ...more },
      basic(client.client_id, client.client_secret),
    );
  async function userInfo(token: string): Promise<Answer> {
    const { headers } = await fetch(`${server.origin}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    return { error: /error="(\w+)"/.exec(headers.get('www-authenticate') ?? '')?.[1] };
  }
  async function withProof(changes: object): Promise<Answer> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const claims = {
      htm: 'POST',
      htu: `${server.origin}/token`,
      iat: Math.floor(Date.now() / 1000),
      jti: randomBytes(8).toString('hex'),
      ...changes,
    };
    const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) };
    const dpop = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    return post(
      '/token',
      { grant_type: 'authorization_code', code: 'x', redirect_uri: OWN.redirect_uris[0] },
      { ...basic(OWN.client_id, SECRET), dpop },
    );
  }
  async function register(record: object, token = initial[0]) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    return told(await fetch(`${server.origin}/register`, { method: 'POST', headers, body: JSON.stringify(record) }));
  }
  const other = { redirect_uris: ['https://new.example/cb'] };

  const SEEN: Readonly<Record<string, () => Promise<readonly Answer[]>>> = {
    access_denied: async () => {
      await authorize({}, THIRD_PARTY);
      await visitor.press('Do not allow');
      return [answerAt(visitor)];
    },
    login_required: async () => [await authorize({ prompt: 'none' }, OWN_PARTY, server.visitor())],
    consent_required: async () => [await authorize({ prompt: 'none' }, THIRD_PARTY)],
    interaction_required: async () => [await authorize({ prompt: 'none' }, MYUSCIS)],
    unmet_authentication_requirements: async () => [
      await authorize({ prompt: 'none', acr_values: server.config.policy.acrValues[1] }),
      await authorize({ claims: '{"id_token":{"acr":{"essential":true,"value":"urn:unknown"}}}' }),
    ],
    invalid_request: async () => [
      await authorize({ code_challenge: undefined }),
      await authorize({ claims: 'no JSON' }),
      await authorize({}, { ...OWN_PARTY, id: STRICT.client_id }),
      await post('/token', { grant_type: 'refresh_token', refresh_token: 'x' }, basic(STRICT.client_id, SECRET)),
    ],
    unsupported_response_type: async () => [await authorize({ response_type: 'token' })],
    unsupported_response_mode: async () => [await authorize({ response_mode: 'query.jwt' })],
    unsupported_grant_type: async () => [await post('/token', { grant_type: 'password' })],
    request_not_supported: async () => [await authorize({ request: 'e30.e30.' })],
    registration_not_supported: async () => [await authorize({ registration: '{}' })],
    invalid_request_uri: async () => {
      const { id: client_id, redirectUri: redirect_uri } = OWN_PARTY;
      const asked = Object.fromEntries(new URL(server.origin + authorizeUrl(OWN_PARTY)).searchParams);
      const { request_uri = '' } = await post('/par', { ...asked, redirect_uri });
      const pair = [server.visitor(), server.visitor()];
      for (const who of pair) await who.open(`/authorize?${new URLSearchParams({ client_id, request_uri })}`);
      for (const who of pair) await signIn(server, who, person);
      expect(answerAt(pair[0]!).code).to.be.a('string');
      return [answerAt(pair[1]!)];
    },
    invalid_scope: async () => [
      await authorize({ scope: undefined }),
      await authorize({ scope: 'nothing known' }),
      await authorize({ scope: 'openid account_type' }),
    ],
    invalid_target: async () => [await authorize({ resource: 'https://unknown.example' })],
    invalid_grant: async () => {
      const { code } = await authorize({});
      const { code: two } = await authorize({});
      expect((await redeem(code)).access_token).to.be.a('string');
      return [
        await redeem('unknown'),
        await redeem(two, { code_verifier: 'x'.repeat(43) }),
        await redeem(two, { redirect_uri: 'https://own.example/' }),
        await redeem(two, {}, STRICT),
        await redeem(code),
      ];
    },
    invalid_client: async () => [
      await post('/token', { grant_type: 'authorization_code' }, basic(OWN.client_id, 'x'.repeat(43))),
      await post('/token', { grant_type: 'authorization_code', client_id: OWN.client_id, client_secret: SECRET }, {}),
    ],
    invalid_token: async () => [await userInfo('unknown'), await register(other, 'unknown')],
    insufficient_scope: async () => {
      await authorize({ scope: 'email' }, THIRD_PARTY);
      await visitor.press('Allow');
      const { access_token } = await redeem(answerAt(visitor).code, {}, { ...OWN, ...SHOP });
      return [await userInfo(access_token!)];
    },
    unsupported_token_type: async () => {
      const { refresh_token } = await redeem((await authorize({})).code);
      const { access_token: token } = await post('/token', { grant_type: 'refresh_token', refresh_token, resource: API });
      return [await post('/introspect', { token }), await post('/revoke', { token })];
    },
    use_dpop_nonce: async () => {
      const late = { iat: Math.floor(Date.now() / 1000) - 310 };
      const [first, old] = [await withProof(late), await withProof({ nonce: 'old' })];
      // Sent again with it, the proof is as good as any: what is wrong now is the code.
      expect((await withProof({ ...late, nonce: first['dpop-nonce'] })).error).to.equal('invalid_grant');
      expect((await withProof({ iat: late.iat + 30 })).error).to.equal('invalid_grant');
      return [first, old];
    },
    invalid_dpop_proof: async () => [await withProof({ htm: 'GET' }), await withProof({ htu: 'https://other.example/token' })],
    invalid_client_metadata: async () => [
      await register({ ...other, first_party: true }),
      await register({ ...other, subject_type: 'public' }),
    ],
    invalid_redirect_uri: async () => [await register({ redirect_uris: ['http://new.example/cb'] })],
    temporarily_unavailable: async () => {
      const [, token] = initial;
      for (let time = 0; time < 3; time++) expect((await register(other, token)).status).to.equal('201');
      const refused = await register(other, token);
      expect([refused.status, Number(refused['retry-after']) > 0]).to.deep.equal(['429', true]);
      return [refused];
    },
  };

  it('are these', () => expect(Object.keys(SEEN).sort()).to.deep.equal([...CODES].sort()));

  for (const code of CODES)
    it(`${code} is answered`, async () => {
      for (const [index, answer] of (await SEEN[code]!()).entries())
        expect(answer.error, `${index}: ${JSON.stringify(answer)}`).to.equal(code);
    });

  it('a page instead of an answer comes for what could go to anybody', async () => {
    const { id: client_id } = OWN_PARTY;
    const pushed = { client_id, request_uri: 'urn:ietf:params:oauth:request_uri:unknown' };
    for (const address of [
      authorizeUrl({ ...OWN_PARTY, id: 'nobody' }),
      authorizeUrl({ ...OWN_PARTY, redirectUri: 'https://own.example/' }),
      `/authorize?${new URLSearchParams(pushed)}`,
    ]) {
      const shown = await visitor.open(server.origin + address);
      expect([shown.status, new URL(shown.url).origin]).to.deep.equal([400, server.origin]);
    }
  });
});
