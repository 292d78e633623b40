/** What browsers are led to sign out with: every parameter of it is anything at all, in at least 200 requests. */
import { expect } from 'chai';
import { createAsk, type Endpoint, fuzz, SEED } from '../support/fuzz.ts';
import { createJudge } from '../support/fuzz-judge.ts';
import { testDatabase } from '../support/mongo.ts';
import { CLIENTS, openTestProvider, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, type RelyingParty } from '../support/relying-party.ts';

describe(`OA-13: any value of any parameter of a logout (FUZZ_SEED=${SEED})`, function () {
  this.timeout(240_000);
  let op: TestProvider;
  let ask: ReturnType<typeof createAsk>;
  let judging: ReturnType<typeof createJudge>;
  let service: RelyingParty;
  let cookie: string;
  let idToken: string;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
    ask = createAsk(op.port, new URL(op.issuer).host);
    const redirects = CLIENTS.flatMap(({ post_logout_redirect_uris = [] }) => post_logout_redirect_uris as string[]);
    judging = createJudge({ issuer: op.issuer, redirects: new Set(redirects) });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    const browser = createBrowser(op.issuer);
    idToken = (await service.signIn(browser)).id_token!;
    cookie = await browser.jar.getCookieString(op.issuer);
    op.logged.length = 0;
  });
  after(() => ask.close());

  const asked = () => ({
    parameters: { id_token_hint: idToken, post_logout_redirect_uri: 'https://service.example/', state: 'x' },
    headers: { cookie, accept: 'text/html' },
  });
  const optional = { client_id: 'service', logout_hint: 'ann', ui_locales: 'es' };

  /** Somebody who is signed in and has been asked. */
  async function answered() {
    const browser = createBrowser(op.issuer);
    await service.authorize(browser);
    const { body } = await browser.open('/logout?client_id=service');
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(body) ?? [];
    const headers = { cookie: await browser.jar.getCookieString(op.issuer), accept: 'text/html' };
    return { parameters: { xsrf, logout: 'yes' }, headers };
  }

  const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
    'the service vouches for the question': {
      method: 'GET',
      path: '/logout',
      place: 'query',
      good: asked,
      right: /^200 .*<form id="op\.form"/s,
      usedUp: () => false,
      optional,
    },
    // Answered with the GET that it stands for.
    'the same in a form': {
      method: 'POST',
      path: '/logout',
      place: 'form',
      good: asked,
      right: /^303 \/logout\?id_token_hint=/,
      optional,
    },
    'the answer of the person': {
      method: 'POST',
      path: '/logout/confirm',
      place: 'form',
      good: answered,
      right: /^303 \S+\/logout\/success/,
      // Otherwise it is asked again.
      usedUp: ({ headers: { location } }) => location !== undefined && new URL(location, op.issuer).pathname !== '/logout',
      optional: {},
    },
    'the end of it': {
      method: 'GET',
      path: '/logout/success',
      place: 'query',
      good: () => ({ parameters: { client_id: 'service' } }),
      right: /^200 /,
      optional: { ui_locales: 'es' },
    },
  };

  for (const [title, endpoint] of Object.entries(ENDPOINTS))
    it(`${endpoint.method} ${endpoint.path}: ${title}`, async () => {
      await fuzz(ask, endpoint, (sent, got) => judging.judge(got, { method: sent.method }));
      expect(op.logged.filter((line) => JSON.parse(line).level >= 50)).to.deep.equal([]);
    });
});
