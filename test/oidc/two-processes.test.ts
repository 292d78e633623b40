/** Two processes, one database: what is used once is used once among all of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { freePort } from '../support/free-port.ts';
import { testDatabaseUri } from '../support/mongo.ts';
import { openTestProvider, SECRET } from '../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError, type RelyingParty } from '../support/relying-party.ts';
import { afterFile } from '../support/suite.ts';

const TIMES = 20;
const CALLBACK = 'https://service.example/callback';

interface Answered {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Record<string, string>;
}
interface Asked {
  readonly path?: string;
  readonly form?: Record<string, string>;
  readonly json?: object;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

describe('oidc in two processes', function () {
  this.timeout(120_000);
  const children: ChildProcess[] = [];
  const pids: number[] = [];
  const ports: number[] = [];
  let db: Connection;
  let issuer: string;
  let service: RelyingParty;
  let open: RelyingParty;
  let sign: (claims: JWTPayload, typ?: string) => Promise<string>;

  /** With a client `signing`, whose key makes assertions and proofs alike. */
  async function start(uri: string, clients: string): Promise<void> {
    const port = await freePort();
    issuer ??= `http://localhost:${port}`;
    const script = path.join(import.meta.dirname, '../support/provider-process.ts');
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, MONGODB_URI: uri, PORT: String(port), ISSUER: issuer, MORE_CLIENTS: clients },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    ports.push(port);
    for await (const line of child.stdout!) {
      pids.push(Number(/listening (\d+)/.exec(String(line))?.[1]));
      break;
    }
  }

  before(async () => {
    const uri = await testDatabaseUri();
    db = await connectMongo(uri);
    afterFile(() => db.close());
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
      first_party: true,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [jwk] },
    };
    const clients = JSON.stringify([signing]);
    await Promise.all([start(uri, clients), start(uri, clients)]);
    service = await createRelyingParty(issuer, 'service', CALLBACK);
    open = await createRelyingParty(issuer, 'open', 'https://open.example/callback');
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  const basic = (client: string) => ({ authorization: `Basic ${Buffer.from(`${client}:${SECRET}`).toString('base64')}` });
  /** At this port, under the issuer's name, as a proxy in front of both would. */
  const ask = (port: number, { path = '/token', form, json, method = form ? 'POST' : 'GET', headers = basic('service') }: Asked) =>
    new Promise<Answered>((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          path,
          method,
          headers: {
            host: new URL(issuer).host,
            ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
            ...(json && { 'content-type': 'application/json' }),
            ...headers,
          },
          agent: false,
        },
        async (response) => {
          let text = '';
          for await (const chunk of response) text += chunk;
          const isJson = response.headers['content-type']?.startsWith('application/json');
          resolve({ status: response.statusCode!, location: response.headers.location, body: isJson ? JSON.parse(text) : {} });
        },
      );
      sent.on('error', reject);
      sent.end(json ? JSON.stringify(json) : form && new URLSearchParams(form).toString());
    });
  const allAtOnce = (asked: Asked) => Promise.all(Array.from({ length: TIMES }, (_, i) => ask(ports[i % ports.length]!, asked)));

  /** The one that was answered; each of the others got one of these refusals. */
  function oneOf(answers: readonly Answered[], refusals: readonly string[] = ['400 invalid_grant']) {
    const [good, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).to.deep.equal([]);
    for (const { status, body } of answers) if (status !== 200) expect(`${status} ${body.error}`).to.be.oneOf(refusals);
    return good!.body;
  }

  it('are two', () => {
    expect(new Set(pids).size).to.equal(2);
    expect(pids.every((pid) => pid > 0 && pid !== process.pid)).to.equal(true);
  });

  it('OA-03, OA-02: redeem one code once, of 20 at a time; using it again afterwards ends the tokens', async () => {
    const { code, checks } = await service.authorize(createBrowser(issuer));
    const form = {
      grant_type: 'authorization_code',
      code: code!,
      code_verifier: checks.pkceCodeVerifier,
      redirect_uri: CALLBACK,
    };
    const tokens = oneOf(await allAtOnce({ form }));
    expect((await ask(ports[1]!, { form })).status).to.equal(400);
    expect(await service.introspect(tokens.access_token!)).to.deep.equal({ active: false });
    expect(await oauthError(service.refresh(tokens.refresh_token!))).to.equal('invalid_grant');
  });

  it('OA-03, OA-09: redeem one refresh token once, of 20 at a time; using it again afterwards ends the family', async () => {
    const { refresh_token } = await service.signIn(createBrowser(issuer));
    const form = { grant_type: 'refresh_token', refresh_token: refresh_token! };
    const tokens = oneOf(await allAtOnce({ form }));
    expect((await ask(ports[0]!, { form })).status).to.equal(400);
    expect(await service.introspect(tokens.access_token!)).to.deep.equal({ active: false });
    expect((await ask(ports[1]!, { form: { ...form, refresh_token: tokens.refresh_token! } })).status).to.equal(400);
  });

  it('OA-03, OA-07: answer one pushed request once, of 20 at a time', async () => {
    const browser = createBrowser(issuer);
    await open.signIn(browser);
    const { url } = await open.begin();
    const pushed = await ask(ports[0]!, { path: '/par', form: Object.fromEntries(url.searchParams), headers: basic('open') });
    expect(pushed.status).to.equal(201);
    const path = `/authorize?${new URLSearchParams({ client_id: 'open', request_uri: pushed.body.request_uri! })}`;
    const cookie = await browser.jar.getCookieString(issuer);
    const answers = await allAtOnce({ path, headers: { cookie } });
    const answered = answers.flatMap(({ location }) => (location ? [new URL(location)] : []));
    for (const { origin, pathname } of answered) expect(origin + pathname).to.equal('https://open.example/callback');
    expect(answered.filter(({ searchParams }) => searchParams.has('code'))).to.have.length(1);
    // Too late to be told to the client, or at the very beginning, where the request is not known any more.
    const refused = answered.filter(({ searchParams }) => searchParams.get('error') === 'invalid_request_uri').length;
    expect(refused + answers.filter(({ status }) => status === 400).length).to.equal(TIMES - 1);
  });

  it('OA-03, OA-06: take one client assertion once, of 20 at a time', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const form = {
      token: 'any',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await sign({ iss: 'signing', sub: 'signing', aud: issuer, exp }),
    };
    const answers = await allAtOnce({ path: '/introspect', form, headers: {} });
    expect(oneOf(answers, ['401 invalid_client', '400 invalid_request'])).to.deep.equal({ active: false });
  });

  it('OA-03, OA-08: take one DPoP proof once, of 20 at a time', async () => {
    const { code, checks } = await service.authorize(createBrowser(issuer));
    const form = { grant_type: 'authorization_code', code: code!, code_verifier: checks.pkceCodeVerifier, redirect_uri: CALLBACK };
    const first = await sign({ htm: 'POST', htu: `${issuer}/token` }, 'dpop+jwt');
    const { body } = await ask(ports[0]!, { form, headers: { ...basic('service'), dpop: first } });
    expect(body.token_type).to.equal('DPoP');
    const ath = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(body.access_token!))).toString('base64url');
    const dpop = await sign({ htm: 'GET', htu: `${issuer}/userinfo`, ath }, 'dpop+jwt');
    const answers = await allAtOnce({ path: '/userinfo', headers: { authorization: `DPoP ${body.access_token}`, dpop } });
    expect(oneOf(answers, ['401 invalid_token', '400 invalid_request'])).to.have.property('sub');
  });

  it('OA-03, CR-04: change a record once with one registration access token, of 20 at a time', async () => {
    const op = await openTestProvider({ db, issuer });
    const { token } = await op.initialAccess.issue({ days: 1, uses: 1, note: '' });
    await op.close();
    const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });
    const record = { redirect_uris: ['https://changes.example/callback'] };
    const made = await ask(ports[0]!, { path: '/register', method: 'POST', json: record, headers: bearer(token) });
    const { client_id, registration_client_uri, registration_access_token: first } = made.body;
    const { pathname: path } = new URL(registration_client_uri!);
    const change = { path, method: 'PUT', json: { ...record, client_id } };
    const { registration_access_token: next } = oneOf(await allAtOnce({ ...change, headers: bearer(first) }), ['401 invalid_token']);
    // The one that is left is good, and the only one.
    expect(await db.collection('oidc_registration_access_token').countDocuments({ clientId: client_id! })).to.equal(1);
    expect((await ask(ports[1]!, { ...change, headers: bearer(next) })).status).to.equal(200);
    expect((await ask(ports[1]!, { ...change, headers: bearer(first) })).status).to.equal(401);
  });
});
