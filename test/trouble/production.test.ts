/** `NODE_ENV=production`, as a process: what is missing or weak stops the start and is all named; with good settings nothing of development exists. */
import { request } from 'node:http';
import { expect } from 'chai';
import { PRODUCTION } from '../config/config-dir.ts';
import { freePort } from '../support/free-port.ts';
import { testDatabaseUri } from '../support/mongo.ts';
import { compileBeforehand, type Spawned, spawnServer, startAndEnd } from '../support/spawned.ts';
import { authorizeUrl, MYUSCIS } from '../support/tour.ts';

type Env = Readonly<Record<string, string | undefined>>;
const NEEDED = ['ISSUER', 'MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'SMS_PROVIDER', 'ENCRYPTION_KEYS', 'COOKIE_KEYS'] as const;
const WEAK: readonly (readonly [setting: string, value: string])[] = [
  ['ISSUER', 'http://account.agency.test'],
  ['ISSUER', 'https://account.agency.test/path'],
  ['MONGODB_URI', 'mongodb://db1/provider'],
  ['SMTP_URL', 'smtp://mail.example.org'],
  ['MAIL_FROM', 'USCIS Account <account@example.org>'],
  ['SMS_PROVIDER', 'inbox'],
  ['ENCRYPTION_KEYS', 'short'],
  ['ENCRYPTION_KEYS', 'change-me-change-me-change-me-change-me-change-me'],
  ['COOKIE_KEYS', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  ['COOKIE_KEYS', PRODUCTION.ENCRYPTION_KEYS],
];

describe('trouble: production', function () {
  this.timeout(60_000);
  before(compileBeforehand);

  /** A few at a time: each is a process. */
  async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    const left = [...items];
    const worker = async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
    };
    await Promise.all([worker(), worker(), worker()]);
  }

  const expectRefused = async (env: Env, named: readonly string[]) => {
    const { code, output, ready } = await startAndEnd(env);
    expect(ready, named.join()).to.equal(false);
    expect(code, named.join()).to.equal(1);
    for (const name of named) expect(output).to.match(new RegExp(`^  - ${name}\\b`, 'm'));
    const faults = output.match(/^ {2}- \w+/gm) ?? [];
    expect(new Set(faults.map((fault) => fault.slice(4))), output).to.deep.equal(new Set(named));
    for (const secret of [PRODUCTION.ENCRYPTION_KEYS, PRODUCTION.COOKIE_KEYS]) expect(output).not.to.contain(secret);
  };

  it('stops where one needed setting is missing, and names it', () =>
    each(NEEDED, (name) => expectRefused({ ...PRODUCTION, [name]: '' }, [name])));

  it('stops where one setting is weak, and names it', () =>
    each(WEAK, ([name, value]) => expectRefused({ ...PRODUCTION, [name]: value }, [name])));

  it('stops where all are missing, and names them all in one message', () =>
    expectRefused({ NODE_ENV: 'production', ...Object.fromEntries(NEEDED.map((name) => [name, ''])) }, NEEDED));

  describe('with good settings', () => {
    let server: Spawned;
    before(async () => {
      const port = await freePort();
      const MONGODB_URI = await testDatabaseUri();
      server = await spawnServer({ ...PRODUCTION, MONGODB_URI, HOST: '127.0.0.1', PORT: String(port), WORKERS: '1', TRUST_PROXY: '1' });
    });
    after(async () => {
      expect(await server.stop()).to.equal(0);
    });

    /** As the proxy in front passes it on. */
    const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
      new Promise<{ status: number; cookies: readonly string[]; body: string; location: string }>((resolve, reject) => {
        const asked = { host: 'account.agency.test', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9', ...headers };
        const sent = request({ host: '127.0.0.1', port: server.port, path, method, headers: asked, agent: false }, async (answer) => {
          let body = '';
          for await (const chunk of answer) body += chunk;
          const { 'set-cookie': cookies = [], location = '' } = answer.headers;
          resolve({ status: answer.statusCode!, cookies, body, location });
        });
        sent.on('error', reject);
        sent.end();
      });

    it('has no inbox, and makes no accounts but by a sign-up', async () => {
      for (const path of ['/dev/inbox', '/dev/inbox.json', '/dev/inbox/x.html', '/dev'])
        expect((await ask(path)).status, path).to.equal(404);
      expect((await ask('/dev/inbox.json', { 'sec-fetch-site': 'same-origin' }, 'DELETE')).status).to.equal(404);
      expect((await ask('/dev/inbox/clear', { 'sec-fetch-site': 'same-origin', 'content-length': '0' }, 'POST')).status).to.equal(404);
      const json = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
      expect((await ask('/dev/accounts.json', json, 'POST')).status).to.equal(404);
    });

    it('has no default client', async () => {
      const { status, body } = await ask(authorizeUrl(MYUSCIS));
      expect(status).to.equal(400);
      expect(body).to.contain('invalid_client');
    });

    it('is reached as its issuer and over TLS alone', async () => {
      const { issuer, token_endpoint } = JSON.parse((await ask('/.well-known/openid-configuration')).body);
      expect(issuer).to.equal(PRODUCTION.ISSUER);
      expect(token_endpoint).to.equal(`${PRODUCTION.ISSUER}/token`);
      expect((await ask('/', { 'x-forwarded-proto': 'http' })).status).to.equal(421);
      expect((await ask('/', { host: 'localhost' })).status).to.equal(421);
      expect((await ask('/', { host: `127.0.0.1:${server.port}` })).status).to.equal(421);
      expect((await ask('/health/ready', { host: 'localhost' })).status).to.equal(200);
    });

    it('gives every cookie the prefix of its host, and the marks of a secure one', async () => {
      const begun = await ask('/users/sign_up');
      const authorization = await ask(begun.location.replace(PRODUCTION.ISSUER, ''));
      expect(authorization.cookies).to.have.length.above(0);
      for (const cookie of [...begun.cookies, ...authorization.cookies]) {
        expect(cookie).to.match(/^__(?:Host|Secure)-/);
        expect(cookie.toLowerCase()).to.contain('secure').and.contain('httponly').and.contain('samesite=lax');
      }
    });
  });
});
