import { expect } from 'chai';
import { None } from 'openid-client';
import type { ClientRecord } from '../../../src/config.ts';
import { checkClient } from '../../../src/oidc/clients/check-client.ts';
import { testDatabase } from '../../support/mongo.ts';
import { AAL, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty } from '../../support/relying-party.ts';

const record = (client_id: string, more: object): ClientRecord => ({
  client_id,
  client_secret: SECRET,
  redirect_uris: [`https://${client_id}.example/cb`],
  first_party: true,
  ...more,
});

describe('oidc/clients/client-metadata', function () {
  this.timeout(60_000);
  let op: TestProvider;

  before(async () => {
    const clients = [
      ...CLIENTS,
      record('strong', { default_acr_values: [AAL[1]] }),
      record('fresh', { default_max_age: 60 }),
      record('always', { default_max_age: 0 }),
      record('timed', { require_auth_time: true }),
      record('exempt', { require_pkce: false }),
    ];
    op = await openTestProvider({ db: await testDatabase(), clients });
  });
  after(() => op.close());
  afterEach(() => {
    op.state.resolve = op.as('ann');
    op.prompts.length = 0;
  });

  const rp = (client: string) => createRelyingParty(op.issuer, client, `https://${client}.example/cb`);
  /** Signed in with password and mailed code, so long ago. */
  async function signedIn(secondsAgo = 0): Promise<Browser> {
    op.state.resolve = op.as('ann', 'email', Math.floor(Date.now() / 1000) - secondsAgo);
    const browser = createBrowser(op.issuer);
    await (await createRelyingParty(op.issuer, 'service', 'https://service.example/callback')).signIn(browser);
    op.prompts.length = 0;
    return browser;
  }

  it('AS-04: asks for a stronger sign-in where the client’s default_acr_values are not met', async () => {
    const browser = await signedIn();
    op.state.resolve = op.as('ann', 'app');
    const tokens = await (await rp('strong')).signIn(browser);
    expect(op.prompts).to.deep.equal(['login']);
    expect(tokens.claims()!.acr).to.equal(AAL[1]);
    // What the request itself says counts before it.
    await (await rp('strong')).signIn(await signedIn(), { acr_values: AAL[0] });
    expect(op.prompts).to.deep.equal([]);
  });

  it('AS-04: asks again after the client’s default_max_age', async () => {
    const fresh = await rp('fresh');
    await fresh.signIn(await signedIn(30));
    expect(op.prompts).to.deep.equal([]);
    const browser = await signedIn(90);
    op.state.resolve = op.as('ann');
    const tokens = await fresh.signIn(browser);
    expect(op.prompts).to.deep.equal(['login']);
    expect(Number(tokens.claims()!.auth_time)).to.be.closeTo(Date.now() / 1000, 10);
    const old = await signedIn(90);
    await fresh.signIn(old, { max_age: '3600' });
    expect(op.prompts, 'the request counts before it').to.deep.equal([]);
  });

  it('AS-04: asks each time where default_max_age is 0', async () => {
    const always = await rp('always');
    const browser = await signedIn();
    op.state.resolve = op.as('ann');
    await always.signIn(browser);
    await always.signIn(browser);
    expect(op.prompts).to.deep.equal(['login', 'login']);
  });

  it('AS-04: tells a client that requires it when the person signed in', async () => {
    const browser = await signedIn(30);
    const tokens = await (await rp('timed')).signIn(browser);
    expect(Number(tokens.claims()!.auth_time)).to.be.closeTo(Date.now() / 1000 - 30, 10);
  });

  it('OA-01: lets a confidential client that the operator exempts go without PKCE, with a nonce', async () => {
    const ask = async (client: string, more: Record<string, string>) => {
      const query = { client_id: client, response_type: 'code', scope: 'openid', redirect_uri: `https://${client}.example/cb`, ...more };
      return (await createBrowser(op.issuer).open(`/authorize?${new URLSearchParams(query)}`)).url.searchParams;
    };
    const allowed = await ask('exempt', { nonce: 'n' });
    expect(allowed.get('code')).to.be.a('string');
    expect((await ask('exempt', {})).get('error')).to.equal('invalid_request');
    expect((await ask('strong', { nonce: 'n' })).get('error')).to.equal('invalid_request');
    // A verifier for a code that was given without a challenge is a mix-up (RFC 9700 4.8.2).
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: allowed.get('code')!,
      redirect_uri: 'https://exempt.example/cb',
      code_verifier: 'x'.repeat(43),
    });
    const authorization = `Basic ${Buffer.from(`exempt:${SECRET}`).toString('base64')}`;
    const answer = await fetch(`${op.issuer}/token`, { method: 'POST', body, headers: { authorization } });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).to.deep.equal([400, 'invalid_grant']);
  });

  describe('CR-05: only what is needed', () => {
    for (const [what, more, field] of [
      ['implicit', { grant_types: ['implicit'] }, 'grant_types'],
      ['passwords', { grant_types: ['password'] }, 'grant_types'],
      ['client credentials', { grant_types: ['client_credentials'] }, 'grant_types'],
      ['device codes', { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], subject_type: 'public' }, 'grant_types'],
      ['tokens at the authorization endpoint', { response_types: ['token'] }, 'response_types'],
      ['hybrid', { response_types: ['code id_token'] }, 'response_types'],
      ['an unknown scope', { scope: 'openid admin' }, 'scope'],
      ['an unknown response mode', { response_modes: ['web_message'] }, 'response_modes'],
      ['unsigned ID tokens', { id_token_signed_response_alg: 'none' }, 'id_token_signed_response_alg'],
      ['ID tokens signed with the secret', { id_token_signed_response_alg: 'HS256' }, 'id_token_signed_response_alg'],
      ['assertions signed with the secret', { token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
      ['an acr that is none', { default_acr_values: ['x'] }, 'default_acr_values'],
    ] as const)
      it(`refuses ${what}`, async () => {
        const fault = await checkClient(op.provider, record('x', more));
        expect(fault?.field).to.equal(field);
        expect(fault?.reason).to.be.a('string').and.not.equal('');
      });
  });

  it('OP-09: keeps the subjects of apps apart whose addresses have no host', async () => {
    const apps = ['one', 'two'].map((name) => ({
      client_id: name,
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: [`com.example.${name}:/cb`],
      first_party: true,
    }));
    const here = await openTestProvider({ db: await testDatabase(), clients: apps });
    const subs = [];
    for (const { client_id, redirect_uris } of apps) {
      const app = await createRelyingParty(here.issuer, client_id, redirect_uris[0]!, None());
      subs.push((await app.signIn(createBrowser(here.issuer))).claims()!.sub);
    }
    expect(new Set(subs).size).to.equal(2);
    await here.close();
  });

  it('serves no client whose record is against the rules, however it came there', async () => {
    await op.db
      .collection<{ _id: string }>('clients')
      .updateOne({ _id: 'timed' }, { $set: { 'payload.redirect_uris': ['http://evil.example/cb'] } });
    const query = { client_id: 'timed', response_type: 'code', scope: 'openid', redirect_uri: 'http://evil.example/cb' };
    const other = await openTestProvider({ db: op.db, clients: [] });
    const answer = await createBrowser(other.issuer).open(`/authorize?${new URLSearchParams(query)}`);
    expect([answer.status, answer.url.origin]).to.deep.equal([400, other.issuer]);
    await other.close();
  });
});
