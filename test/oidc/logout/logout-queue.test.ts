import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createRootSecret } from '../../../src/crypto/digest.ts';
import { connectMongo } from '../../../src/mongo/connect.ts';
import { createLogoutNoticeStore, LEASE_SECONDS, TRIED_SECONDS } from '../../../src/oidc-store/logout-notice-store.ts';
import { freePort } from '../../support/free-port.ts';
import { testDatabaseUri } from '../../support/mongo.ts';
import { CLIENTS, openTestProvider, type TestProvider } from '../../support/provider.ts';
import { createBrowser, createRelyingParty } from '../../support/relying-party.ts';
import { openToldService, type ToldService } from '../../support/told-service.ts';

describe('oidc/logout/logout-queue', function () {
  this.timeout(60_000);
  let service: ToldService;
  let uri: string;
  let db: Connection;
  let op: TestProvider;
  let ahead = 0;
  const clock = () => new Date(Date.now() + ahead * 1000);
  const rootSecret = createRootSecret(Buffer.alloc(32, 7));
  const clients = () => [...CLIENTS, ...['told', 'slow', 'other'].map((id) => service.client(id))];

  before(async () => {
    service = await openToldService();
    uri = await testDatabaseUri();
    db = await connectMongo(uri);
    op = await openTestProvider({ db, clients: clients(), clock });
  });
  after(async () => {
    await op.close();
    await db.close();
  });
  beforeEach(async () => {
    const underWay = () => db.collection('logout_notices').countDocuments({ lease: { $exists: true } });
    await until(async () => (await underWay()) === 0, 'what an earlier test has begun has ended');
    await db.collection('logout_notices').deleteMany({});
    service.forget();
    op.logged.length = 0;
    op.person('ann');
    ahead = 0;
  });

  let sids = 0;
  const end = async (clientId: string, count = 1) => {
    const ended = Array.from({ length: count }, () => ({ accountId: 'ann', clientId, sid: `sid ${++sids}` }));
    await createLogoutNoticeStore({ db, rootSecret, clock }).add(ended);
    op.logoutQueue.nudge();
  };
  const records = () => db.collection('logout_notices').find().toArray();
  const until = async (condition: () => Promise<boolean> | boolean, what: string) => {
    for (const last = Date.now() + 10_000; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 10)))
      if (Date.now() > last) throw new Error(`within 10 seconds not: ${what}`);
  };
  const inLog = (words: string) => op.logged.some((line) => line.includes(words));

  it('LO-05: a sign-out takes milliseconds, also while every service hangs', async () => {
    const browser = createBrowser(op.issuer);
    for (const id of ['told', 'slow', 'other'])
      await (await createRelyingParty(op.issuer, id, `https://${id}.example/callback`)).signIn(browser);
    service.state.answer = 0;
    const began = performance.now();
    await browser.open('/sign-out');
    expect(performance.now() - began).to.be.below(1000);
    expect(JSON.parse((await browser.open('/')).body)).to.deep.equal({ accountId: null });
    await service.until(3);
    await op.untilTold();
    expect(await op.logoutQueue.waiting()).to.equal(3);
    // They have rested, and answer.
    service.state.answer = 200;
    ahead = 60;
    op.logoutQueue.nudge();
    await until(async () => (await op.logoutQueue.waiting()) === 0, 'told');
  });

  it('LO-05: one that hangs holds up no other, however much waits for it', async () => {
    service.state.answer = (where) => (where === '/slow' ? 0 : 200);
    await end('slow', 100);
    await until(() => service.requests.some(({ path: where }) => where === '/slow'), 'asked');
    const began = performance.now();
    await end('told', 5);
    await until(() => service.requests.filter(({ path: where }) => where === '/told').length === 5, 'told');
    expect(performance.now() - began).to.be.below(1500);
    await until(() => inLog('no answer in time'), 'given up');
    // Two were tried; the others wait until it has rested.
    expect(service.requests.filter(({ path: where }) => where === '/slow').length).to.be.at.most(2);
  });

  it('LO-05: one that refuses whatever it is told rests like one that hangs; one that refuses a single notice does not', async () => {
    ahead = 1400;
    const asked = (client: string) => service.requests.filter(({ path: where }) => where === `/${client}`).length;
    service.state.answer = (where) => (where === '/slow' ? 404 : 400);
    await end('slow', 20);
    await end('other', 20);
    await until(() => asked('other') === 20, 'each tried');
    await until(() => asked('slow') > 0, 'tried');
    expect(asked('slow')).to.be.at.most(2);
  });

  it('LO-05: one that fails is told again after a while, until it has taken it', async () => {
    ahead = 700;
    service.state.answer = 500;
    await end('told');
    await op.untilTold();
    expect((await records())[0]).to.include({ state: 'waiting', outcome: '500', tries: 1 });
    expect(inLog('back-channel logout failed')).to.equal(true);
    expect(op.logged.join()).not.to.include(service.tokens[0]!).and.not.include('"ann"');
    op.logoutQueue.nudge();
    await op.untilTold();
    expect(service.requests, 'not before its time').to.have.length(1);
    for (const tries of [2, 3]) {
      ahead += 60;
      if (tries === 3) service.state.answer = 200;
      op.logoutQueue.nudge();
      await service.until(tries);
    }
    await until(async () => (await op.logoutQueue.waiting()) === 0, 'told');
    expect((await records())[0]).to.include({ clientId: 'told', state: 'told', outcome: 'taken', tries: 3 });
    expect((await records())[0]).to.have.property('changedAt');
    expect(inLog('service told of a sign-out')).to.equal(true);
  });

  it('ends what is for nobody any more: a client that is gone, or has no address', async () => {
    await end('never heard of');
    await end('service');
    await until(async () => (await op.logoutQueue.waiting()) === 0, 'ended');
    const outcomes = (await records()).map(({ clientId, state, outcome }) => [clientId, state, outcome]);
    expect(outcomes).to.have.deep.members([
      ['never heard of', 'failed', 'client gone'],
      ['service', 'failed', 'no address'],
    ]);
    expect(service.requests).to.deep.equal([]);
  });

  it('gives up after a day, and says so aloud', async () => {
    service.state.answer = 400;
    await end('other', 2);
    await op.untilTold();
    ahead = TRIED_SECONDS + 1;
    await Promise.all(Array.from({ length: 8 }, () => op.logoutQueue.sweep()));
    expect(await op.logoutQueue.waiting()).to.equal(0);
    expect((await records()).map(({ state }) => state)).to.deep.equal(['failed', 'failed']);
    expect(op.logged.filter((line) => line.includes('given up after a day')).join()).to.include('"client":"other"');
  });

  it('LO-05: what a process was telling when it was killed is told by another', async () => {
    service.state.answer = 0;
    await op.logoutQueue.stop();
    const env = {
      ...process.env,
      MONGODB_URI: uri,
      PORT: String(await freePort()),
      ISSUER: op.issuer,
      MORE_CLIENTS: JSON.stringify(clients().slice(-3)),
    };
    const script = path.join(import.meta.dirname, '../../support/provider-process.ts');
    const child = spawn(process.execPath, [script], { env, stdio: 'inherit' });
    try {
      await end('other');
      await service.until(1);
      expect((await records())[0]).to.include({ state: 'waiting', tries: 1 });
    } finally {
      child.kill('SIGKILL');
    }
    service.forget();
    const next = await openTestProvider({ db, clients: clients(), issuer: op.issuer, clock });
    expect(service.tokens, 'it is the other one’s until then').to.deep.equal([]);
    ahead = LEASE_SECONDS + 1;
    next.logoutQueue.nudge();
    await service.until(1);
    await until(async () => (await records())[0]!.state === 'told', 'told');
    expect((await records())[0]).to.include({ tries: 2 });
    await next.close();
  });
});
