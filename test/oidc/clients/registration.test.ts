import { expect } from 'chai';
import * as oauth from 'openid-client';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, type TestProvider } from '../../support/provider.ts';
import { createBrowser, createRelyingParty } from '../../support/relying-party.ts';

const REDIRECT = 'https://new.example/cb';
const RECORD = {
  client_name: 'New Bank',
  redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid email offline_access',
};

type Body = Readonly<Record<string, string>>;
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

describe('oidc/clients/registration', function () {
  this.timeout(60_000);
  let op: TestProvider;
  before(async () => {
    const plenty = { units: 5000, seconds: 3600 };
    op = await openTestProvider({ db: await testDatabase(), limits: { 'registration-token': plenty, 'registration-network': plenty } });
  });
  after(() => op.close());

  const initial = async (uses = 5) => (await op.initialAccess.issue({ days: 1, uses, note: '' })).token;
  async function send(method: string, to: string, token?: string, body?: unknown, type = 'application/json', at = op): Promise<Answer> {
    const response = await fetch(new URL(to, at.issuer), {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
  }
  const post = async (body: unknown = RECORD, token?: string) => send('POST', '/register', token ?? (await initial()), body);
  async function registered(more: object = {}) {
    const { status, body } = await post({ ...RECORD, ...more });
    expect(status, JSON.stringify(body)).to.equal(201);
    return {
      uri: body.registration_client_uri!,
      token: body.registration_access_token!,
      id: body.client_id!,
      secret: body.client_secret!,
      body,
    };
  }
  const bare = ({ registration_access_token, registration_client_uri, client_secret_expires_at, client_id_issued_at, ...rest }: Body) =>
    rest;

  it('is named in discovery', async () => {
    expect((await send('GET', '/.well-known/openid-configuration')).body.registration_endpoint).to.equal(`${op.issuer}/register`);
  });

  it('answers no other methods', async () => {
    for (const [method, to] of [
      ['GET', '/register'],
      ['PUT', '/register'],
      ['POST', '/register/x'],
      ['GET', '/register/x/y'],
    ] as const)
      expect((await fetch(op.issuer + to, { method })).status, `${method} ${to}`).to.equal(404);
  });

  describe('CR-01: by leave of the operator alone', () => {
    it('refuses whoever has no token, or one that is none', async () => {
      for (const token of [undefined, 'made-up', 'x'.repeat(43)]) {
        const { status, headers, body } = await send('POST', '/register', token, RECORD);
        expect([status, body.error], token).to.deep.equal([401, 'invalid_token']);
        expect(headers.get('www-authenticate')).to.match(/^Bearer/);
      }
    });

    it('refuses a token that is used up, or over; of 20 at once with one use one registers', async () => {
      const token = await initial(1);
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(RECORD, token)));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, ...Array<number>(19).fill(401)]);
      const over = await initial();
      await op.db.collection('oidc_initial_access_token').updateMany({}, { $set: { 'payload.exp': Math.floor(Date.now() / 1000) - 60 } });
      expect((await post(RECORD, over)).status).to.equal(401);
    });

    it('takes no use for what it refuses', async () => {
      const token = await initial(1);
      expect((await post({ ...RECORD, redirect_uris: ['http://new.example/cb'] }, token)).status).to.equal(400);
      expect((await post(RECORD, token)).status).to.equal(201);
    });

    it('is limited by token and by network', async () => {
      const strict = await openTestProvider({
        db: await testDatabase(),
        limits: { 'registration-token': { units: 2, seconds: 3600 }, 'registration-network': { units: 5, seconds: 3600 } },
      });
      const { token } = await strict.initialAccess.issue({ days: 1, uses: 9, note: '' });
      const tried = [];
      for (let i = 0; i < 3; i++) tried.push(await send('POST', '/register', token, RECORD, undefined, strict));
      expect(tried.map(({ status }) => status)).to.deep.equal([201, 201, 429]);
      for (const more of [undefined, 'x', 'y']) tried.push(await send('POST', '/register', more, RECORD, undefined, strict));
      expect(tried.slice(3).map(({ status }) => status)).to.deep.equal([401, 401, 429]);
      expect(Number(tried[5]!.headers.get('retry-after'))).to.be.within(1, 3600);
      expect(tried[5]!.body.error).to.equal('temporarily_unavailable');
      await strict.close();
    });
  });

  it('CR-03: chooses id and secret itself, tells the secret once, and keeps it sealed', async () => {
    const { id, secret, uri, token, body } = await registered({ client_id: 'mine', client_secret: 'x'.repeat(40) });
    expect(id).to.match(/^[\w-]{22}$/);
    expect(secret).to.match(/^[\w-]{43}$/);
    expect(body).to.include({ client_secret_expires_at: 0, registration_client_uri: `${op.issuer}/register/${id}` });
    const read = await send('GET', uri, token);
    expect([read.status, read.headers.get('cache-control')]).to.deep.equal([200, 'no-store']);
    expect(read.body).to.deep.include({ client_id: id, client_name: 'New Bank' });
    expect(read.body).not.to.have.property('client_secret');
    const changed = await send('PUT', uri, token, { ...bare(read.body), client_name: 'Newer Bank' });
    expect([changed.status, changed.body.client_name]).to.deep.equal([200, 'Newer Bank']);
    expect(changed.body).not.to.have.property('client_secret');
    expect(JSON.stringify(await op.db.collection('clients').find({}).toArray())).not.to.include(secret);
    // The secret still is what it was.
    const rp = await createRelyingParty(op.issuer, id, REDIRECT, oauth.ClientSecretBasic(secret));
    expect((await rp.signIn(createBrowser(op.issuer))).access_token).to.be.a('string');
  });

  it('CR-03: tells the secret that a change makes necessary in the answer to it', async () => {
    const { id, uri, token, body } = await registered({ token_endpoint_auth_method: 'none' });
    expect(body).not.to.have.property('client_secret');
    const put = { ...bare(body), token_endpoint_auth_method: 'client_secret_basic' };
    const changed = await send('PUT', uri, token, put);
    expect(changed.body.client_secret).to.match(/^[\w-]{43}$/);
    expect((await send('GET', uri, changed.body.registration_access_token)).body).not.to.have.property('client_secret');
    const rp = await createRelyingParty(op.issuer, id, REDIRECT, oauth.ClientSecretBasic(changed.body.client_secret!));
    expect((await rp.signIn(createBrowser(op.issuer))).access_token).to.be.a('string');
  });

  describe('CR-04: management', () => {
    it('takes the token of this client alone', async () => {
      const [mine, theirs] = [await registered(), await registered()];
      for (const method of ['GET', 'PUT', 'DELETE'])
        for (const token of [undefined, 'made-up', await initial(), (await registered()).token]) {
          const { status } = await send(method, theirs.uri, token, method === 'PUT' ? bare(theirs.body) : undefined);
          expect(status, `${method} ${token}`).to.equal(401);
        }
      // Nothing of that has hurt whose client it is.
      expect((await send('GET', theirs.uri, theirs.token)).status).to.equal(200);
      expect((await send('GET', mine.uri, mine.token)).status).to.equal(200);
      expect((await post(RECORD, mine.token)).status, 'registers none').to.equal(401);
    });

    it('is ended by the operator where a token was stolen; the client works on, and the operator changes it', async () => {
      const { uri, token, id } = await registered();
      await op.clients.endManagement(id);
      expect((await send('GET', uri, token)).status).to.equal(401);
      expect((await op.clients.change(id, { client_name: 'By the operator' })).changes).to.have.length(1);
      const refusal = (work: Promise<unknown>) => work.then(String, ({ message }: Error) => message);
      expect(await refusal(op.clients.endManagement(id))).to.equal('client_id: has no registration access token');
      expect(await refusal(op.clients.endManagement('nobody'))).to.equal('client_id: there is no client of this id');
    });

    it('has another token after each change', async () => {
      const { uri, token, body } = await registered();
      const changed = await send('PUT', uri, token, bare(body));
      expect(changed.status, JSON.stringify(changed.body)).to.equal(200);
      expect(changed.body.registration_access_token).not.to.equal(token);
      expect((await send('GET', uri, token)).status).to.equal(401);
      expect((await send('GET', uri, changed.body.registration_access_token)).status).to.equal(200);
    });

    it('holds changes to the rules of registrations', async () => {
      const { uri, token, body } = await registered();
      for (const more of [
        { first_party: true },
        { redirect_uris: ['http://new.example/cb'] },
        { client_id: 'other' },
        { client_secret: 'guessed' },
      ]) {
        const refused = await send('PUT', uri, token, { ...bare(body), ...more });
        expect(refused.status, JSON.stringify(more)).to.equal(400);
      }
      expect((await send('GET', uri, token)).body.redirect_uris).to.deep.equal([REDIRECT]);
    });

    it('OP-09: moves no client into the sector of another, which would tell it the subjects there', async () => {
      const { id, uri, token, secret, body } = await registered();
      const browser = createBrowser(op.issuer);
      const elsewhere = (
        await (await createRelyingParty(op.issuer, 'service', 'https://service.example/callback')).signIn(browser)
      ).claims()!.sub;
      const rp = await createRelyingParty(op.issuer, id, REDIRECT, oauth.ClientSecretBasic(secret));
      const { access_token, claims } = await rp.signIn(browser);
      const moved = await send('PUT', uri, token, { ...bare(body), redirect_uris: ['https://service.example/mine'] });
      expect([moved.status, moved.body.error]).to.deep.equal([400, 'invalid_redirect_uri']);
      expect((await rp.userInfo(access_token, claims()!.sub)).sub).not.to.equal(elsewhere);
      const stayed = await send('PUT', uri, token, { ...bare(body), redirect_uris: ['https://new.example/other'] });
      expect(stayed.status, JSON.stringify(stayed.body)).to.equal(200);
    });

    it('leaves what the operator has said of the client, repeated or not', async () => {
      const { id, uri, token, body } = await registered();
      const said = { first_party: true, audiences: ['https://new.example/api'], subject_type: 'public' };
      await op.clients.change(id, said);
      const { subject_type: _, ...without } = bare(body);
      const first = await send('PUT', uri, token, without);
      expect(first.status, JSON.stringify(first.body)).to.equal(200);
      expect(first.body).to.deep.include(said);
      const again = await send('PUT', uri, first.body.registration_access_token, bare(first.body));
      expect(again.status, JSON.stringify(again.body)).to.equal(200);
      expect((await op.clients.get(id)).metadata).to.deep.include(said);
      const more = { ...bare(again.body), audiences: ['https://new.example/api', 'https://service.example/api'] };
      expect((await send('PUT', uri, again.body.registration_access_token, more)).status).to.equal(400);
    });

    it('tells the operator of each registration, change, removal and refusal, and no secret', async () => {
      op.logged.length = 0;
      const { id, uri, token, secret, body } = await registered();
      await send('PUT', uri, token, { ...bare(body), first_party: true });
      const moved = await send('PUT', uri, token, { ...bare(body), redirect_uris: ['https://new.example/other'] });
      await send('DELETE', uri, moved.body.registration_access_token);
      await send('GET', uri, moved.body.registration_access_token);
      const lines = op.logged.map((line) => JSON.parse(line));
      expect(lines.map(({ msg, client, redirect_uris }) => [msg, client, ...(redirect_uris ?? [])])).to.deep.equal([
        ['a client registered itself', id, REDIRECT],
        ['registration_update.error', id],
        ['a client changed its record', id, 'https://new.example/other'],
        ['a client removed itself', id],
        ['registration_read.error', undefined],
      ]);
      for (const value of [secret, token, moved.body.registration_access_token!]) expect(op.logged.join()).not.to.include(value);
    });

    it('brings no client back that was removed while its change was on the way', async () => {
      const { id, uri, token, body } = await registered();
      const sector = 'https://new.example/addresses.json';
      const real = globalThis.fetch;
      // What stands there is the world's, and takes its time.
      globalThis.fetch = async (url, init) => {
        if (String(url) !== sector) return real(url, init);
        await op.clients.remove(id, { clients: [], refusedClients: [] });
        return Response.json([REDIRECT]);
      };
      try {
        expect((await send('PUT', uri, token, { ...bare(body), sector_identifier_uri: sector })).status).to.equal(401);
      } finally {
        globalThis.fetch = real;
      }
      expect(await op.db.collection<{ _id: string }>('clients').countDocuments({ _id: id })).to.equal(0);
    });

    it('ends with the client all that it was given', async () => {
      const { id, uri, token, secret } = await registered();
      const rp = await createRelyingParty(op.issuer, id, REDIRECT, oauth.ClientSecretBasic(secret));
      const browser = createBrowser(op.issuer);
      const tokens = await rp.signIn(browser, { scope: 'openid email offline_access', prompt: 'consent' });
      const { code } = await rp.authorize(browser);
      expect(code).to.be.a('string');
      const left = () =>
        Promise.all(
          ['grant', 'access_token', 'refresh_token', 'authorization_code', 'registration_access_token'].map((name) =>
            op.db.collection(`oidc_${name}`).countDocuments({ clientId: id }),
          ),
        );
      expect((await left()).every((count) => count > 0)).to.equal(true);
      expect((await send('DELETE', uri, token)).status).to.equal(204);
      expect(await left()).to.deep.equal([0, 0, 0, 0, 0]);
      const refreshed = await fetch(`${op.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }),
      });
      expect([refreshed.status, ((await refreshed.json()) as Body).error]).to.deep.equal([401, 'invalid_client']);
      const asked = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      expect(asked.status).to.equal(401);
      expect((await send('GET', uri, token)).status).to.equal(401);
      const { answer } = await rp.authorize(browser);
      expect([answer.status, answer.url.origin]).to.deep.equal([400, op.issuer]);
    });
  });

  describe('CR-02: what a registration may not say', () => {
    for (const [more, error, field] of [
      [{ redirect_uris: ['http://evil.test/cb'] }, 'invalid_redirect_uri', 'redirect_uris'],
      [{ redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri', 'redirect_uris'],
      [{ redirect_uris: ['https://a.test/cb#x'] }, 'invalid_redirect_uri', 'redirect_uris'],
      [{ redirect_uris: [] }, 'invalid_redirect_uri', 'redirect_uris'],
      [{ logo_uri: 'http://a.test/logo' }, 'invalid_client_metadata', 'logo_uri'],
      [{ client_name: 'Bank \u202egnikcah' }, 'invalid_client_metadata', 'client_name'],
      [{ first_party: true }, 'invalid_client_metadata', 'first_party'],
      [{ sandbox: true }, 'invalid_client_metadata', 'sandbox'],
      [{ audiences: ['https://a.test/api'] }, 'invalid_client_metadata', 'audiences'],
      [{ require_pkce: false }, 'invalid_client_metadata', 'require_pkce'],
      [{ subject_type: 'public' }, 'invalid_client_metadata', 'subject_type'],
      [{ fapi2: true }, 'invalid_client_metadata', 'token_endpoint_auth_method'],
      [{ scope: 'openid admin' }, 'invalid_client_metadata', 'scope'],
      [{ grant_types: ['password'] }, 'invalid_client_metadata', 'grant_types'],
      [{ response_types: ['none'] }, 'invalid_client_metadata', 'response_types'],
      [{ backchannel_logout_uri: 'http://10.0.0.1/' }, 'invalid_client_metadata', 'backchannel_logout_uri'],
    ] as const)
      it(`refuses ${JSON.stringify(more)}, naming it`, async () => {
        const { status, body } = await post({ ...RECORD, ...more });
        expect([status, body.error]).to.deep.equal([400, error]);
        expect(body.error_description).to.match(new RegExp(`^${field} `));
      });
  });

  it('answers whatever is sent without a fault of its own', async () => {
    const token = await initial(500);
    const values = [null, '', 'x', 5, true, [], [null], {}, { keys: 5 }, ['x'], 'https://a.test', -1];
    const fields = [
      'redirect_uris',
      'grant_types',
      'response_types',
      'response_modes',
      'jwks',
      'jwks_uri',
      'scope',
      'contacts',
      'client_name',
    ];
    for (const field of [...fields, 'application_type', 'default_max_age', 'subject_type', 'token_endpoint_auth_method', 'policies'])
      await Promise.all(
        values.map(async (value) => {
          const { status, body } = await post({ ...RECORD, [field]: value }, token);
          expect(status, `${field}=${JSON.stringify(value)} ${JSON.stringify(body)}`).to.be.oneOf([201, 400]);
        }),
      );
    for (const [body, type] of [
      ['{', 'application/json'],
      ['[]', 'application/json'],
      ['"x"', 'application/json'],
      ['null', 'application/json'],
      ['redirect_uris=x', 'application/x-www-form-urlencoded'],
      ['x'.repeat(100_000), 'application/json'],
    ] as const)
      expect((await send('POST', '/register', await initial(), body, type)).status, body.slice(0, 20)).to.be.oneOf([400, 413, 415]);
  });
});
