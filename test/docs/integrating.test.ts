/** Whoever follows docs/integrating.md gets what it promises: its records, scripts and commands are taken out of the page and run. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import * as oauth from 'openid-client';
import { findChromium } from '../../scripts/chromium.ts';
import { servicesShape } from '../../src/config/shapes.ts';
import { freePort } from '../support/free-port.ts';
import { appCode, codeAfter, completeSignUp, enterCode, newAddress, type Person, signIn } from '../support/people.ts';
import { createRelyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { openSnippets, openWorkplace, type Workplace } from '../support/snippets.ts';
import type { Visitor } from '../support/visitor.ts';

const SECRET = 'a-secret-that-somebody-made-with-openssl-for-this-test';
const page = openSnippets('docs/integrating.md');

/** Every block of the page, by what it is for. One that is not here fails the last test. */
const SHELL = {
  register: page.take('sh register'),
  firstToken: page.take('sh first-token'),
  firstService: page.take('sh first-service'),
  testAccount: page.take('sh test-account'),
  byFile: page.take('sh by-file'),
  token: page.take('sh token'),
  registering: page.take('sh registering'),
  bankRecord: page.take('sh bank-record'),
  bank: page.take('sh bank'),
  api: page.take('sh api'),
  backchannelLogout: page.take('sh backchannel-logout'),
};
const SCRIPTS = ['first-token', 'first-service', 'registering', 'bank-record', 'bank', 'api', 'step-up', 'backchannel-logout'].map(
  (name) => [`${name}.mjs`, page.take(`js ${name}.mjs`)] as const,
);
const SIGN_IN = page.take('js sign-in.mjs');
const RECORDS = { file: page.take('json clients.json'), app: page.take('json app.json'), services: page.take('json services.json') };
/** The record of another page. */
const DEMONSTRATION = openSnippets('demo/README.md').take('json');

interface Shown {
  readonly claims: Record<string, unknown>;
  readonly userInfo: Record<string, unknown>;
  readonly api: Record<string, unknown>;
}

describe('docs/integrating.md', function () {
  this.timeout(60_000);
  let work: Workplace;
  let server: TestServer;
  let home: string;
  let port: string;
  let hears: string;
  let secret: string;
  let person: Person;
  const logLines: string[] = [];
  const shownTo = (said: string) => JSON.parse(said) as Shown;
  const jsonIn = (said: string) => JSON.parse(/^\{.*^\}$/ms.exec(said)![0]);
  /** The addresses of the page, as they are in this test. */
  const here = (code: string) =>
    code
      .replaceAll('http://localhost:4000/backchannel-logout', `http://localhost:${hears}/backchannel-logout`)
      .replaceAll('http://localhost:4000', home)
      .replaceAll('http://localhost:3000', server?.origin);
  /** In the provider's folder, as its operator. */
  const operate = (code: string) => work.run(here(code), server.env);

  before(async () => {
    [port, hears] = [String(await freePort()), String(await freePort())];
    home = `http://localhost:${port}`;
    work = await openWorkplace();
    for (const [name, script] of SCRIPTS) await work.save(name, script);

    const [copy = '', start = ''] = SHELL.byFile.trimEnd().split('\n');
    await work.run(copy);
    const [, folder = ''] = /^CONFIG_DIR=(\S+) npm start$/.exec(start)!;
    const records = [
      ...JSON.parse(here(RECORDS.file).replace(/"client_secret": ".*"/, `"client_secret": "${SECRET}"`)),
      JSON.parse(RECORDS.app),
      { ...JSON.parse(RECORDS.app), client_id: 'by-scheme', redirect_uris: ['com.example.app:/callback'] },
      { ...JSON.parse(RECORDS.app), client_id: 'claimed', redirect_uris: ['https://app.example.com/callback'] },
      { ...JSON.parse(DEMONSTRATION.replaceAll('DEMO_URL', home).replace('…', SECRET)), client_id: 'demonstration' },
    ];
    await work.save(`${folder}/clients.json`, JSON.stringify(records));
    server = await startServer({ env: { CONFIG_DIR: path.join(work.folder, folder) }, logLines });
    [, secret = ''] = /^client_secret, shown this once: ([\w-]{43})$/m.exec(await operate(SHELL.register))!;
  });
  after(async () => {
    await work?.close();
    await server?.close();
  });

  it('shows records that are taken', async () => {
    expect(logLines.filter((line) => line.includes('refused'))).to.deep.equal([]);
    expect(servicesShape.parse(JSON.parse(RECORDS.services))).to.have.length(1);
  });

  it('leads to a verified ID token in its first section', async () => {
    const program = await work.start(SHELL.firstToken, { ISSUER: server.origin, PORT: port, CLIENT_SECRET: secret });
    const [, url = ''] = /^open (\S+)$/m.exec(program.said())!;
    const visitor = server.visitor({}, [home]);
    await visitor.open(url);
    expect(visitor.page().text).to.contain('First Service');
    await visitor.follow('Create an account');
    person = await completeSignUp(server, visitor, newAddress());
    expect(JSON.parse(visitor.page().html)).to.include({ iss: server.origin, aud: 'first-service' });
    await program.ended;
  });

  describe('the whole service', () => {
    before(() => work.start(SHELL.firstService, { ISSUER: server.origin, PORT: port, CLIENT_SECRET: secret }));

    it('leads through a sign-up to an ID token, UserInfo and a token for the API', async () => {
      const visitor = server.visitor({}, [home]);
      await visitor.open(home);
      await visitor.follow('Create an account');
      const email = newAddress();
      await completeSignUp(server, visitor, email);
      expect(visitor.page().url).to.contain(`${home}/callback?`);
      const { claims, userInfo, api } = shownTo(visitor.page().html);
      expect(claims).to.include({ iss: server.origin, aud: 'first-service', acr: server.config.policy.acrValues[0] });
      expect(claims).to.not.have.property('email');
      expect(claims.amr).to.deep.equal(['pwd', 'otp']);
      expect(claims.auth_time).to.be.a('number');
      expect(userInfo).to.include({ sub: claims.sub, email, email_verified: true });
      expect(api).to.include({ iss: server.origin, aud: `${home}/api`, sub: claims.sub, client_id: 'first-service' });
      expect(Number(api.exp) - Number(api.iat)).to.equal(5 * 60);
    });

    it('leads to the same person by a sign-in from another browser', async () => {
      const first = server.visitor({}, [home]);
      await first.open(home);
      await signIn(server, first, person);
      expect(shownTo(first.page().html).userInfo.email).to.equal(person.email);
    });

    it('leads by a program with an account of its own to the ID token', async () => {
      // As `npm install playwright` would leave it, but for its own browser.
      await work.save('sign-in.mjs', SIGN_IN.replace("'playwright'", "'playwright-core'"));
      const env = { ISSUER: server.origin, SERVICE: home, BROWSER: findChromium(process.env) };
      const { claims, userInfo } = shownTo(await work.run('node sign-in.mjs', env));
      expect(claims).to.deep.include({ iss: server.origin, amr: ['pwd', 'otp', 'mfa'] });
      expect(userInfo.email).to.match(/^test-\d{8}@example\.org$/);
    });

    it('answers a browser that has started nothing, and a person who declined, without a token', async () => {
      const visitor = server.visitor({}, [home]);
      expect((await visitor.open(`${home}/callback?code=guessed&state=guessed`)).status).to.equal(502);
      await visitor.open(home);
      await visitor.follow('Create an account');
      const email = newAddress();
      await visitor.press('Sign Up', { 'Email address': email });
      await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
      await visitor.press('I do not agree');
      expect(visitor.page().text || visitor.page().html).to.contain('access_denied');
    });
  });

  it('makes an account by command, and shows what is sent to it', async () => {
    const [command = '', curl = ''] = SHELL.testAccount.trimEnd().split('\n');
    expect(jsonIn(await work.run(command, { ISSUER: server.origin }))).to.include.keys(
      'email',
      'password',
      'secret',
      'backupCode',
      'answers',
    );
    const visitor = server.visitor();
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': 'ana@example.org', Password: 'Tulip&Anchor7 for tests' });
    await visitor.press('Continue', { [labelOf(visitor, 'email')]: true });
    await server.newest('ana@example.org');
    const [, address = ''] = /^curl '(\S+)'$/.exec(curl)!;
    const [newest] = (await (await fetch(here(address))).json()) as [Record<string, unknown>];
    expect(newest).to.include.keys('to', 'codes', 'links');
    expect(newest.codes).to.have.length(1);
  });

  it('lets an app name any port of the loopback address, and nothing else than is registered', async () => {
    for (const [id, address, known] of [
      ['first-app', 'http://127.0.0.1:49152/callback', true],
      ['first-app', 'http://127.0.0.1/callback', true],
      ['first-app', 'http://127.0.0.1:49152/other', false],
      ['first-app', 'http://localhost:49152/callback', false],
      ['by-scheme', 'com.example.app:/callback', true],
      ['by-scheme', 'com.example.app:/other', false],
      ['claimed', 'https://app.example.com/callback', true],
      ['claimed', 'https://app.example.com:8443/callback', false],
    ] as const) {
      const rp = await createRelyingParty(server.origin, id, address, oauth.None());
      const visitor = server.visitor();
      const { status, text: words } = await visitor.open((await rp.begin()).url.href);
      expect([address, status]).to.deep.equal([address, known ? 200 : 400]);
      if (known) expect(words).to.contain('First App');
    }
  });

  describe('registering by oneself', () => {
    let initial: string;
    const record = { client_name: 'New', redirect_uris: ['https://new.example/cb'] };
    const send = async (method: string, to: string, token: string, body?: object) => {
      const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
      const answer = await fetch(to, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      return { status: answer.status, body: (await answer.json().catch(() => ({}))) as Record<string, string> };
    };
    before(async () => {
      const more = SHELL.token.replace('--uses 1', '--uses 20');
      expect(more).not.to.equal(SHELL.token);
      [, initial = ''] = /^initial access token, shown this once: (\S+)$/m.exec(await operate(more))!;
    });
    async function registered(more: object = {}) {
      const { status, body } = await send('POST', `${server.origin}/register`, initial, { ...record, ...more });
      expect(status, JSON.stringify(body)).to.equal(201);
      return { uri: body.registration_client_uri!, token: body.registration_access_token!, id: body.client_id!, body };
    }

    it('registers, reads, changes and removes a client by the script', async () => {
      const env = { ISSUER: server.origin, INITIAL_ACCESS_TOKEN: initial };
      const { made, read, changed } = jsonIn(await work.run(SHELL.registering, env));
      expect(made.client_secret).to.match(/^[\w-]{43}$/);
      expect(read).to.include({
        client_id: made.client_id,
        client_name: 'A Shop',
        registration_access_token: made.registration_access_token,
      });
      expect(changed).to.deep.include({ client_id: made.client_id, client_name: 'The Same Shop', redirect_uris: made.redirect_uris });
      expect(changed.registration_access_token).not.to.equal(made.registration_access_token);
      for (const later of [read, changed]) expect(later).not.to.have.property('client_secret');
      expect((await send('GET', made.registration_client_uri, changed.registration_access_token)).status).to.equal(401);
    });

    it('takes what a change leaves out as if it had never been said', async () => {
      const { uri, token, id, body } = await registered({ scope: 'openid email', client_secret: 'x'.repeat(40) });
      expect(body.client_secret).not.to.equal('x'.repeat(40));
      const { redirect_uris } = record;
      const left = await send('PUT', uri, token, { client_id: id, redirect_uris });
      expect([left.status, left.body.client_name, left.body.scope]).to.deep.equal([200, undefined, undefined]);
      const next = left.body.registration_access_token!;
      const { body: now } = await send('GET', uri, next);
      expect(now).not.to.have.any.keys('client_name', 'scope');
      // What is refused changes nothing, and leaves the token.
      for (const name of ['registration_access_token', 'registration_client_uri', 'client_id_issued_at', 'client_secret_expires_at'])
        expect((await send('PUT', uri, next, { client_id: id, redirect_uris, [name]: now[name] ?? 0 })).body.error, name).to.equal(
          'invalid_request',
        );
      const moved = await send('PUT', uri, next, { client_id: id, redirect_uris: ['https://other.example/cb'] });
      expect(`${moved.status} ${moved.body.error_description}`).to.match(/^400 redirect_uris must stay at the same host and port/);
      for (const more of [{ client_id: undefined }, { client_id: 'other' }, { client_secret: 'another' }])
        expect((await send('PUT', uri, next, { client_id: id, redirect_uris, ...more })).body.error).to.equal('invalid_request');
      expect((await send('PUT', uri, next, { client_id: id, redirect_uris, client_secret: body.client_secret })).status).to.equal(200);
    });

    it('is held to the numbers of the page', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, index) => `https://new.example/${index}`);
      const long = (length: number) => ['https://new.example/'.padEnd(length, 'x')];
      const keys = (count: number) => ({
        keys: Array.from({ length: count }, (_, kid) => ({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: `${kid}` })),
      });
      const app = (uri: string) => ({ redirect_uris: [uri], application_type: 'native' });
      const pairs: readonly (readonly [good: object, bad: object])[] = [
        [{ redirect_uris: many(50) }, { redirect_uris: many(51) }],
        [{ redirect_uris: long(2048) }, { redirect_uris: long(2049) }],
        [{ client_name: 'x'.repeat(100) }, { client_name: 'x'.repeat(101) }],
        [{ jwks: keys(20) }, { jwks: keys(21) }],
        [{ initiate_login_uri: 'https://new.example/login' }, { initiate_login_uri: 'http://localhost:4000/login' }],
        [{ backchannel_logout_uri: 'http://localhost:4000/logout' }, { backchannel_logout_uri: 'http://new.example/logout' }],
        [app('http://localhost/cb'), app('https://localhost/cb')],
        [app('com.example.app:/cb'), app('myapp:/cb')],
        [app('https://new.example/cb'), app('http://new.example/cb')],
      ];
      for (const [good, bad] of pairs) {
        await registered(good);
        const { status, body } = await send('POST', `${server.origin}/register`, initial, { ...record, ...bad });
        expect(status, JSON.stringify(body)).to.equal(400);
        expect(body.error_description).to.match(new RegExp(`^${Object.keys(bad)[0]} `));
      }
      const two = { redirect_uris: ['https://new.example/cb', 'https://new.example:8443/cb'] };
      expect((await send('POST', `${server.origin}/register`, initial, two)).body.error_description).to.match(/^sector_identifier_uri /);
    });

    it('destroys a token that is tried at another client’s address, and no more than that', async () => {
      const [mine, theirs] = [await registered(), await registered()];
      expect((await send('GET', theirs.uri, mine.token)).body.error).to.equal('invalid_token');
      expect((await send('GET', mine.uri, mine.token)).status).to.equal(401);
      expect((await send('GET', theirs.uri, theirs.token)).status).to.equal(200);
      expect((await send('GET', `${server.origin}/register/nobody`, theirs.token)).status).to.equal(401);
      expect((await send('GET', theirs.uri, theirs.token)).status).to.equal(401);
    });
  });

  describe('the strictest profile', () => {
    let bankHome: string;
    let outside: string;
    before(async () => {
      await operate(SHELL.bankRecord);
      const bankPort = await freePort();
      bankHome = `http://localhost:${bankPort}`;
      await work.start(SHELL.bank, { ISSUER: server.origin, PORT: String(bankPort) });
      [outside = ''] = JSON.parse(await readFile(path.join(work.folder, 'bank.json'), 'utf8')).redirect_uris;
    });

    it('signs a person in by an assertion, a pushed request and DPoP', async () => {
      const visitor = server.visitor({}, [bankHome]);
      await visitor.open(bankHome);
      const opened = visitor.requests.map(({ url }) => new URL(url)).find(({ pathname }) => pathname === '/authorize')!;
      expect([...opened.searchParams.keys()].sort()).to.deep.equal(['client_id', 'request_uri']);
      await visitor.open(`${opened.href}&prompt=none&scope=nothing&redirect_uri=https%3A%2F%2Felsewhere.example`);
      expect(visitor.page().text).to.contain('A Bank');
      await signIn(server, visitor, person);
      expect(visitor.page().url).to.contain(`${outside}?`);
      // What ends TLS passes it on.
      await visitor.open(visitor.page().url.replace(new URL(outside).origin, bankHome));
      const { claims, userInfo, token_type, same } = JSON.parse(visitor.page().html);
      expect(claims).to.include({ iss: server.origin, aud: 'bank' });
      expect(userInfo).to.include({ sub: claims.sub, email: person.email });
      expect({ token_type, same }).to.deep.equal({ token_type: 'dpop', same: true });
    });
  });

  describe('stepping up', () => {
    it('begins where an API refuses, and ends with a token that it takes', async () => {
      const apiPort = await freePort();
      await work.start(SHELL.api, { ISSUER: server.origin, AUDIENCE: `${home}/api`, PORT: String(apiPort) });
      const { askedFor } = (await import(pathToFileURL(path.join(work.folder, 'step-up.mjs')).href)) as {
        askedFor(answer: Response): Record<string, string> | undefined;
      };
      const pay = (token?: string) => fetch(`http://localhost:${apiPort}/`, token ? { headers: { authorization: `Bearer ${token}` } } : {});
      const rp = await createRelyingParty(server.origin, 'first-service', `${home}/callback`, oauth.ClientSecretBasic(secret));
      const visitor = server.visitor();
      /** From where the provider sent the browser back to a token for the API. */
      const tokenFor = async ({ checks }: Awaited<ReturnType<typeof rp.begin>>) => {
        const { refresh_token } = await oauth.authorizationCodeGrant(rp.config, new URL(visitor.page().url), checks);
        return (await rp.refresh(refresh_token!, { resource: `${home}/api` })).access_token;
      };
      const body = JSON.stringify({ methods: ['email', 'app'] });
      const made = await fetch(`${server.origin}/dev/accounts.json`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const account = (await made.json()) as { email: string; password: string; secret: string };

      const first = await rp.begin();
      await visitor.open(first.url.href);
      await visitor.press('Sign In', { 'Email address': account.email, Password: account.password });
      const code = await codeAfter(server, account.email, () => visitor.press('Continue', { [labelOf(visitor, 'email')]: true }));
      await enterCode(visitor, code);
      const refused = await pay(await tokenFor(first));
      expect(refused.status).to.equal(401);
      const asked = askedFor(refused)!;
      expect(asked).to.deep.equal({ acr_values: server.config.policy.acrValues[1], max_age: '300' });

      const second = await rp.begin(asked);
      await visitor.open(second.url.href);
      expect(visitor.page().root.querySelector('input[name=password]'), 'the factor that is missing alone').to.equal(null);
      await visitor.press('Continue');
      await enterCode(visitor, await appCode(server, account.secret));
      const paid = await pay(await tokenFor(second));
      expect([paid.status, (await paid.text()).startsWith('paid by ')]).to.deep.equal([200, true]);

      for (const [answer, header] of [
        [await pay(), 'Bearer'],
        [await pay('e30.e30.e30'), 'Bearer error="invalid_token"'],
      ] as const) {
        expect([answer.status, answer.headers.get('www-authenticate')]).to.deep.equal([401, header]);
        expect(askedFor(answer)).to.equal(undefined);
      }
    });
  });

  describe('a logout token', () => {
    let between: Server | undefined;
    after(() => {
      between?.closeAllConnections();
      between?.close();
    });

    it('is heard when the person signs out at the provider, and is believed once', async () => {
      const inside = String(await freePort());
      const program = await work.start(SHELL.backchannelLogout, { ISSUER: server.origin, PORT: inside });
      const tell = async (form: URLSearchParams) =>
        (await fetch(`http://localhost:${inside}/backchannel-logout`, { method: 'POST', body: form })).status;
      /** What the provider sends, on its way. */
      const sent: URLSearchParams[] = [];
      between = createServer(async (request, response) => {
        sent.push(new URLSearchParams(await text(request)));
        response.writeHead(await tell(sent.at(-1)!)).end();
      }).listen(Number(hears));
      const rp = await createRelyingParty(server.origin, 'second-service', `${home}/callback`, oauth.ClientSecretBasic(SECRET));
      const visitor = server.visitor();
      const request = await rp.begin();
      await visitor.open(request.url.href);
      await signIn(server, visitor, person);
      const tokens = await oauth.authorizationCodeGrant(rp.config, new URL(visitor.page().url), request.checks);
      const { sid, sub } = tokens.claims()!;
      expect(sid).to.be.a('string');
      await visitor.open(`${server.origin}/`);
      await visitor.press('Sign out');
      for (const until = Date.now() + 10_000; !program.said().includes('ended'); await new Promise((resolve) => setTimeout(resolve, 10)))
        if (Date.now() > until) throw new Error(`nothing was heard: ${program.said()} ${logLines}`);
      expect(JSON.parse(program.said().trimEnd().split('\n').at(-1)!)).to.deep.equal({ ended: { sid, sub } });

      // An ID token of the same person, key and issuer is none, nor is one that has done its work.
      expect(decodeProtectedHeader(tokens.id_token!).alg).to.equal('RS256');
      const others = ['', 'eyJhbGciOiJub25lIn0.eyJzaWQiOiJ4In0.', tokens.id_token!].map(
        (token) => new URLSearchParams({ logout_token: token }),
      );
      for (const form of [...others, sent[0]!]) expect(await tell(form)).to.equal(400);
    });
  });

  it('has no block that nothing runs or reads', () => expect(page.left()).to.deep.equal([]));
});

/** The words beside the radio button of this method. */
function labelOf(visitor: Visitor, id: string): string {
  const { root } = visitor.page();
  const input = root.querySelectorAll('input[type=radio]').find((field) => field.getAttribute('value') === id)!;
  return root
    .querySelector(`label[for="${input.getAttribute('id')}"]`)!
    .structuredText.replace(/\s+/g, ' ')
    .trim();
}
