/** Keys that change while tokens are signed and verified; across two processes, as an operator runs them. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { pino } from 'pino';
import { createSeal } from '../../../src/crypto/seal.ts';
import { createKeyRing, latest } from '../../../src/oidc/keys/key-ring.ts';
import { createSigningKeys } from '../../../src/oidc-store/signing-keys.ts';
import { freePort } from '../../support/free-port.ts';
import { testDatabase, testDatabaseUri } from '../../support/mongo.ts';
import { API, openTestProvider } from '../../support/provider.ts';
import { createBrowser, createRelyingParty } from '../../support/relying-party.ts';
import { startFront } from '../../support/spawned.ts';

const DAY = 24 * 3600;

describe('oidc/keys/key-ring', function () {
  this.timeout(60_000);

  it('goes on with what is built of the newest keys, and builds nothing where they are the same', async () => {
    const times = { rotate: 90 * DAY, publish: DAY };
    const signingKeys = createSigningKeys({ db: await testDatabase(), seal: createSeal(['k'.repeat(40)]), times });
    await signingKeys.init();
    let built = 0;
    const build = () => ({ number: () => built, mine: ++built });
    const { current, keyRing } = await createKeyRing({ signingKeys, build, log: pino({ level: 'silent' }) });
    const whichever = latest(current);
    await keyRing.refresh();
    expect(whichever.mine).to.equal(1);
    await signingKeys.rotate();
    await keyRing.refresh();
    expect([whichever.mine, whichever.number()]).to.deep.equal([2, 2]);
  });

  it('looks by itself, goes on when it could not, and stops', async () => {
    const log: string[] = [];
    const looked: (() => void)[] = [];
    let fails = true;
    const set = { keys: [], published: new Set<string>(), version: 'the same' };
    const signingKeys = {
      load: async () => set,
      rotateIfDue: async () => {
        looked.shift()?.();
        if (fails) throw new Error('no database');
        return false;
      },
    };
    const { keyRing } = await createKeyRing({
      signingKeys: signingKeys as never,
      build: () => ({}),
      log: pino({ level: 'error' }, { write: (line: string) => void log.push(line) }),
      everyMs: 20,
    });
    const next = () => new Promise<void>((resolve) => looked.push(resolve));
    keyRing.start();
    await next();
    fails = false;
    await next();
    await next();
    await keyRing.stop();
    expect(log.join()).to.contain('signing keys could not be read').and.to.contain('no database');
    looked.push(() => log.push('looked after its end'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(log.join()).not.to.contain('after its end');
  });

  it('OP-02: publishes public keys alone, each with its kid, use and alg, and none that is retired', async () => {
    let ahead = 0;
    const op = await openTestProvider({ db: await testDatabase(), clock: () => new Date(Date.now() + ahead) });
    const published = async () => {
      const response = await fetch(`${op.issuer}/jwks`);
      expect(response.headers.get('cache-control')).to.equal('public, max-age=600');
      return ((await response.json()) as JSONWebKeySet).keys;
    };
    const first = await published();
    for (const key of first) {
      expect(key).to.include({ use: 'sig' }).and.to.include.keys('kid', 'alg');
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.to.have.property(secret);
    }
    expect(first.map(({ alg }) => alg)).to.deep.equal(['RS256', 'ES256', 'EdDSA']);
    expect(new Set(first.map(({ kid }) => kid)).size).to.equal(3);
    ahead += 89 * DAY * 1000;
    await op.keyRing.refresh();
    expect(await published())
      .to.have.length(6)
      .and.to.deep.include.members(first);
    ahead += 2 * DAY * 1000;
    await op.keyRing.refresh();
    const last = await published();
    expect(last).to.have.length(3);
    for (const { kid } of first) expect(last.map((key) => key.kid)).not.to.include(kid);
  });

  it('takes the hint of an ID token that a retired key has signed', async () => {
    let ahead = 0;
    const op = await openTestProvider({ db: await testDatabase(), clock: () => new Date(Date.now() + ahead) });
    const service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    const browser = createBrowser(op.issuer);
    const { id_token = '' } = await service.signIn(browser);
    ahead += 89 * DAY * 1000;
    await op.keyRing.refresh();
    ahead += 2 * DAY * 1000;
    await op.keyRing.refresh();
    const url = service.logoutUrl({ id_token_hint: id_token, post_logout_redirect_uri: 'https://service.example/' });
    const answer = await browser.open(url);
    // Whether it asks is decided elsewhere; that it knows where to lead to says that the hint was believed.
    expect(`${answer.url} ${answer.body}`).to.contain('service.example');
  });

  it('changes under load, in two processes, and nobody who keeps keys for as long as they may sees one that they do not know', async () => {
    const uri = await testDatabaseUri();
    const { port } = await startFrontOfTwo(uri, '4 3');
    const issuer = `http://localhost:${port}`;
    const service = await createRelyingParty(issuer, 'service', 'https://service.example/callback');
    /** As the strictest of relying parties: a key that is not in what it has read within the last second is refused. */
    let kept = { readAt: Number.NEGATIVE_INFINITY, verify: undefined as unknown as ReturnType<typeof createLocalJWKSet> };
    const keys = async () => {
      const readAt = performance.now();
      if (readAt - kept.readAt > 1000)
        kept = { readAt, verify: createLocalJWKSet((await (await fetch(`${issuer}/jwks`)).json()) as JSONWebKeySet) };
      return kept.verify;
    };
    const signedBy = new Set<string>();
    let verified = 0;
    const verify = async (token: string) => {
      const { protectedHeader } = await jwtVerify(token, await keys(), { issuer });
      signedBy.add(String(protectedHeader.kid));
      verified += 1;
    };
    const until = performance.now() + 30_000;
    const signIns = async () => {
      while (signedBy.size < 3 && performance.now() < until) {
        const tokens = await service.signIn(createBrowser(issuer));
        await verify(tokens.id_token!);
        await verify((await service.refresh(tokens.refresh_token!, { resource: API })).access_token);
      }
    };
    await Promise.all([signIns(), signIns(), signIns()]);
    expect(verified).to.be.above(20);
    expect(signedBy.size, 'keys that have signed').to.equal(3);
  });

  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  /** Requests go to one and the other in turn. */
  async function startFrontOfTwo(uri: string, seconds: string) {
    const front = await startFront();
    const ports = await Promise.all([freePort(), freePort()]);
    for (const port of ports) {
      const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../support/provider-process.ts')], {
        env: {
          ...process.env,
          MONGODB_URI: uri,
          PORT: String(port),
          ISSUER: `http://localhost:${front.port}`,
          SIGNING_SECONDS: seconds,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      for await (const _ of child.stdout!) break;
    }
    front.to(...ports);
    return front;
  }
});
