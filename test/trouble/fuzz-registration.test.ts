/** What integrators send to register clients and to manage them: every parameter of it is anything at all, in at least 200 requests. */
import { expect } from 'chai';
import { type At, createAsk, type Endpoint, fuzz, type Got, SEED, type Sent } from '../support/fuzz.ts';
import { createJudge } from '../support/fuzz-judge.ts';
import { testDatabase } from '../support/mongo.ts';
import { openTestProvider, type TestProvider } from '../support/provider.ts';

const CODES = ['invalid_client_metadata', 'invalid_redirect_uri', 'invalid_request', 'invalid_token'];
const METADATA = { redirect_uris: ['https://new.example/cb'], client_name: 'New', scope: 'openid' };
const OPTIONAL = {
  application_type: 'web',
  backchannel_logout_uri: 'https://new.example/logout',
  client_id: 'service',
  client_secret: 'a-secret-that-nobody-is-given-here',
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
};

describe(`OA-13: any value of any parameter of a registration (FUZZ_SEED=${SEED})`, function () {
  this.timeout(240_000);
  let op: TestProvider;
  let ask: ReturnType<typeof createAsk>;
  let judging: ReturnType<typeof createJudge>;
  let token: string;
  let uses = 0;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase(), exemptNetworks: ['127.0.0.0/8', '::1/128'] });
    ask = createAsk(op.port, new URL(op.issuer).host);
    judging = createJudge({ issuer: op.issuer, redirects: new Set() });
  });
  after(() => ask.close());

  /** One initial access token after the other: none may be shown more than a hundred times in an hour. */
  async function authorization(): Promise<string> {
    if (uses++ % 50 === 0) ({ token } = await op.initialAccess.issue({ days: 1, uses: 1000, note: 'a try' }));
    return `Bearer ${token}`;
  }

  /** A client and its token: the one that the last answer tells of, or another. */
  async function managed(answer?: Got, metadata: object = {}) {
    let { client_id: client, registration_access_token: key } = answer?.status === 200 && answer.text ? JSON.parse(answer.text) : {};
    if (key === undefined) {
      const headers = { authorization: await authorization(), 'content-type': 'application/json' };
      const { text } = await ask({ method: 'POST', path: '/register', headers, body: JSON.stringify(METADATA) });
      ({ client_id: client, registration_access_token: key } = JSON.parse(text));
    }
    const parameters = { client, ...metadata, ...('redirect_uris' in metadata && { client_id: client }) };
    return { parameters, headers: { authorization: `Bearer ${key}`, accept: 'application/json' } };
  }

  /** A token that was shown for another client is ended by that (RFC 7592 2). */
  const usedUp = ({ status }: Got, { name }: At) => status < 300 || (status === 401 && name === 'client');
  const { client_id: _, ...optional } = OPTIONAL;
  const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
    'a client is registered': {
      method: 'POST',
      path: '/register',
      place: 'json',
      good: async () => ({ parameters: METADATA, headers: { authorization: await authorization() } }),
      usedUp: () => true,
      right: /^201 .*"registration_access_token"/,
      optional: OPTIONAL,
      headers: ['authorization'],
    },
    'a client is changed': {
      method: 'PUT',
      path: '/register/:client',
      place: 'json',
      good: (answer) => managed(answer, METADATA),
      right: /^200 .*"registration_access_token"/,
      usedUp,
      optional,
      headers: ['authorization'],
    },
    'a client is read': {
      method: 'GET',
      path: '/register/:client',
      place: 'query',
      good: (answer) => managed(answer),
      right: /^200 .*"registration_access_token"/,
      usedUp,
      headers: ['authorization'],
    },
    'a client is removed': {
      method: 'DELETE',
      path: '/register/:client',
      place: 'query',
      good: (answer) => managed(answer),
      right: /^204 /,
      usedUp,
      headers: ['authorization'],
    },
  };

  /** Whoever has the token of one client learns of no other, and changes none. */
  function judge(sent: Sent, got: Got, { good }: At): void {
    judging.judge(got, { method: sent.method, registration: true });
    const { client } = good.parameters;
    if (client === undefined || got.status >= 300 || got.text === '' || !['GET', 'PUT'].includes(sent.method)) return;
    expect(JSON.parse(got.text).client_id).to.equal(client);
  }

  for (const [title, endpoint] of Object.entries(ENDPOINTS))
    it(`${endpoint.method} ${endpoint.path}: ${title}`, async () => {
      op.logged.length = 0;
      await fuzz(ask, endpoint, judge);
      expect(op.logged.filter((line) => JSON.parse(line).level >= 50)).to.deep.equal([]);
    });

  it('is refused for its reasons, each by its name', () => {
    expect([...judging.codes].sort()).to.include.members(CODES);
  });
});
