/** What browsers are led to sign in with: every parameter of it is anything at all, in at least 200 requests. */
import { expect } from 'chai';
import { createAsk, type Endpoint, fuzz, SEED } from '../support/fuzz.ts';
import { createJudge } from '../support/fuzz-judge.ts';
import { testDatabase } from '../support/mongo.ts';
import { AAL, API, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty } from '../support/relying-party.ts';

const CALLBACK = 'https://service.example/callback';
const CODES = [
  'consent_required',
  'invalid_client',
  'invalid_dpop_proof',
  'invalid_redirect_uri',
  'invalid_request',
  'invalid_request_uri',
  'invalid_scope',
  'invalid_target',
  'login_required',
  'registration_not_supported',
  'request_not_supported',
  'request_uri_not_supported',
  'unmet_authentication_requirements',
  'unsupported_response_mode',
  'unsupported_response_type',
];

describe(`OA-13: any value of any parameter of an authorization (FUZZ_SEED=${SEED})`, function () {
  this.timeout(240_000);
  let op: TestProvider;
  let ask: ReturnType<typeof createAsk>;
  let judging: ReturnType<typeof createJudge>;
  let cookie: string;
  let idToken: string;
  let nobody: string;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
    ask = createAsk(op.port, new URL(op.issuer).host);
    judging = createJudge({ issuer: op.issuer, redirects: new Set(CLIENTS.flatMap(({ redirect_uris }) => redirect_uris as string[])) });
    const service = await createRelyingParty(op.issuer, 'service', CALLBACK);
    const browser = createBrowser(op.issuer);
    const tokens = await service.signIn(browser, { scope: 'openid email account_type' });
    idToken = tokens.id_token!;
    cookie = await browser.jar.getCookieString(op.issuer);
    const other = createBrowser(op.issuer);
    op.state.resolve = () => undefined;
    nobody = (await service.authorize(other)).answer.url.pathname.split('/').at(-1)!;
    op.logged.length = 0;
  });
  after(() => ask.close());

  const request = {
    client_id: 'service',
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid email',
    state: 'a-state-of-the-service',
    nonce: 'a-nonce',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  };
  const optional = () => ({
    prompt: 'none',
    max_age: '600',
    acr_values: AAL[1],
    claims: '{"id_token":{"auth_time":{"essential":true}}}',
    claims_locales: 'en',
    ui_locales: 'es-MX en',
    login_hint: 'ann@example.org',
    id_token_hint: idToken,
    display: 'page',
    response_mode: 'form_post',
    resource: API,
    dpop_jkt: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    request: 'e30.e30.',
    request_uri: 'urn:ietf:params:oauth:request_uri:unknown',
    registration: '{}',
    journey: 'delete',
    authorization_details: '[]',
  });
  const authorization = `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}`;

  const ENDPOINTS: Readonly<Record<string, () => Endpoint>> = {
    // A POST is answered with the GET that it stands for; both are judged. What is right ends in `login_required`.
    'nobody is signed in, and nobody is to be asked': () => ({
      method: 'POST',
      path: '/authorize',
      place: 'form',
      good: () => ({ parameters: { ...request, prompt: 'none' }, headers: { accept: 'text/html' } }),
      right: /^303 \S+error=login_required/,
      optional: optional(),
      follows: true,
    }),
    // What is judged by the session; everything else was, before anybody looks for one.
    'somebody is signed in, and must not be asked for the consent that is missing': () => ({
      method: 'GET',
      path: '/authorize',
      place: 'query',
      good: () => ({
        parameters: { ...request, prompt: 'none', client_id: 'shop.example', redirect_uri: 'https://shop.example/callback' },
        headers: { cookie },
      }),
      right: /^303 \S+error=consent_required/,
      optional: optional(),
      only: ['prompt', 'max_age', 'acr_values', 'claims', 'id_token_hint', 'login_hint', 'response_mode'],
    }),
    // Where what was sent stands in a page.
    'somebody is signed in, and a code is sent on in a form': () => ({
      method: 'GET',
      path: '/authorize',
      place: 'query',
      good: () => ({ parameters: { ...request, response_mode: 'form_post' }, headers: { cookie } }),
      right: /^200 .*<form id="op\.form".*name="code"/s,
      usedUp: () => false,
      only: ['state', 'redirect_uri', 'response_mode', 'prompt'],
    }),
    'a request is pushed': () => ({
      method: 'POST',
      path: '/par',
      place: 'form',
      good: () => ({ parameters: request, headers: { authorization } }),
      right: /^201 .*"request_uri":/,
      usedUp: () => false,
      optional: { ...optional(), client_secret: SECRET, client_assertion: 'e30.e30.x', client_assertion_type: 'x' },
      headers: ['authorization', 'dpop'],
    }),
    'an authorization goes on': () => ({
      method: 'GET',
      path: '/authorize/:uid',
      place: 'query',
      good: () => ({ parameters: { uid: nobody } }),
      right: /^30[23] \S*\/interaction\//,
    }),
    'a page is asked for': () => ({
      method: 'GET',
      path: '/interaction/:uid',
      place: 'query',
      good: () => ({ parameters: { uid: nobody } }),
      right: /^410 /,
    }),
  };

  for (const [title, endpointOf] of Object.entries(ENDPOINTS)) {
    const { method, path } = endpointOf();
    it(`${method} ${path}: ${title}`, async () => {
      await fuzz(ask, endpointOf(), (sent, got, { name, good }) => {
        const state = name === 'state' ? undefined : (good.parameters.state as string | undefined);
        judging.judge(got, { state, method: sent.method });
      });
      expect(op.logged.filter((line) => JSON.parse(line).level >= 50)).to.deep.equal([]);
    });
  }

  it('is refused for many reasons, each by its name', () => {
    expect([...judging.codes].sort()).to.include.members(CODES);
  });
});
