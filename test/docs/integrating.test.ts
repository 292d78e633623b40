/** Whoever follows docs/integrating.md gets what it promises: its record and its script are taken out of the page and run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { findChromium } from '../../scripts/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { blocksOf } from '../support/markdown.ts';
import { completeSignUp, newAddress, type Person, signIn } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const SECRET = 'a secret that somebody made with openssl for this test';

interface Shown {
  readonly claims: Record<string, unknown>;
  readonly userInfo: Record<string, unknown>;
  readonly api: Record<string, unknown>;
}

describe('docs/integrating.md', function () {
  this.timeout(60_000);
  let folder: string;
  let server: TestServer;
  let service: ChildProcess;
  let home: string;
  let person: Person;
  const shownTo = (text: string) => JSON.parse(text) as Shown;

  before(async () => {
    const page = await readFile(path.join(ROOT, 'docs/integrating.md'), 'utf8');
    const [record = ''] = blocksOf(page, 'json');
    const [script = ''] = blocksOf(page, 'js');
    const port = await freePort();
    home = `http://localhost:${port}`;

    folder = await mkdtemp(path.join(tmpdir(), 'integrating-'));
    const configDir = path.join(folder, 'my-config');
    await cp(path.join(ROOT, 'config'), configDir, { recursive: true });
    const mine = record.replaceAll('http://localhost:4000', home).replace(/"client_secret": ".*"/, `"client_secret": "${SECRET}"`);
    await writeFile(path.join(configDir, 'clients.json'), mine);
    server = await startServer({ env: { CONFIG_DIR: configDir } });

    // As `npm install openid-client jose` would leave it.
    await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    await writeFile(path.join(folder, 'first-service.mjs'), script);
    service = spawn(process.execPath, ['first-service.mjs'], {
      cwd: folder,
      env: { PATH: process.env.PATH, ISSUER: server.origin, PORT: String(port), CLIENT_SECRET: SECRET },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await new Promise<string>((resolve, reject) => {
      service.stdout?.once('data', (line: Buffer) => resolve(String(line)));
      service.once('exit', (code) => reject(new Error(`the script ended with ${code}`)));
    });
    expect(said).to.contain(home);
  });
  after(async () => {
    service?.kill();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('leads through a sign-up to an ID token, UserInfo and a token for the API', async () => {
    const visitor = server.visitor({}, [home]);
    await visitor.open(home);
    expect(visitor.page().text).to.contain('First Service');
    await visitor.follow('Create an account');
    const email = newAddress();
    person = await completeSignUp(server, visitor, email);

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
    const page = await readFile(path.join(ROOT, 'docs/integrating.md'), 'utf8');
    // As `npm install playwright` would leave it, but for its own browser.
    const script = blocksOf(page, 'js')[1]!.replace("'playwright'", "'playwright-core'");
    await writeFile(path.join(folder, 'sign-in.mjs'), script);
    const program = spawn(process.execPath, ['sign-in.mjs'], {
      cwd: folder,
      env: { ...process.env, ISSUER: server.origin, SERVICE: home, BROWSER: findChromium(process.env) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { claims, userInfo } = shownTo(await text(program.stdout!));
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

  it('shows a services.json that the configuration takes', async () => {
    const page = await readFile(path.join(ROOT, 'docs/integrating.md'), 'utf8');
    const { servicesShape } = await import('../../src/config/shapes.ts');
    expect(servicesShape.parse(JSON.parse(blocksOf(page, 'json')[1]!))).to.have.length(1);
  });
});
