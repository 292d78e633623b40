/** A recovery whose database or mail server goes away in the middle: nothing is half done, and it goes on by itself. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Embedded, openEmbedded } from '../../src/mongo/embedded.ts';
import { freePort } from '../support/free-port.ts';
import { choosePassword, enterCode, type Letterbox, newAddress, PASSWORD } from '../support/people.ts';
import { type PostOffice, startPostOffice } from '../support/post-office.ts';
import { untilReady } from '../support/ready.ts';
import { makeRecoverable, type Recoverable } from '../support/recoverable.ts';
import {
  choose,
  giveAnswers,
  NEW_PASSWORD,
  NOTHING,
  phoneOf,
  proveMailbox,
  QUESTIONS,
  setPassword,
  stepOf,
} from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

describe('trouble: the database is away during a recovery', function () {
  this.timeout(120_000);
  let dataDir: string;
  let port: number;
  let mongod: Embedded;
  let server: TestServer;
  const open = () => openEmbedded({ dataDir, port, log: () => {}, args: ['--setParameter', 'ttlMonitorEnabled=false'] });

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'recovery-outage-'));
    port = await freePort();
    mongod = await open();
    const uri = new URL(mongod.uri);
    uri.pathname = '/outage';
    server = await startServer({ env: { MONGODB_URI: uri.href } });
  });
  after(async () => {
    await server.close();
    await mongod.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('saves everything or nothing, at each of its pages, and goes on where it was', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => makeRecoverable(server.deps)));
    const [one, two, three, four] = people as [Recoverable, Recoverable, Recoverable, Recoverable];
    const at = async (person: Recoverable, then: (visitor: Visitor) => Promise<unknown>) => {
      const visitor = server.visitor();
      await proveMailbox(server, visitor, person.email);
      await then(visitor);
      return visitor;
    };
    const choosing = await at(one, async () => {});
    const answering = await at(two, (visitor) => choose(visitor, QUESTIONS));
    const waiting = await at(three, (visitor) => choose(visitor, NOTHING));
    const saving = await at(four, async (visitor) => {
      await choose(visitor, QUESTIONS);
      await giveAnswers(visitor);
    });
    const visitors = [choosing, answering, waiting, saving];
    const places = visitors.map((visitor) => ({ step: stepOf(visitor), url: visitor.page().url }));
    const accounts = await Promise.all(people.map((person) => person.account()));
    const mails = await Promise.all(people.map(async ({ email }) => (await server.received(email)).length));

    process.kill(mongod.pid, 'SIGKILL');
    const told = await Promise.all([
      choose(choosing, phoneOf(one)),
      giveAnswers(answering),
      giveAnswers(waiting),
      choosePassword(saving, NEW_PASSWORD),
    ]);
    expect(told.map(({ status }) => status)).to.deep.equal([503, 503, 503, 503]);
    mongod = await open();
    await untilReady(server.origin);

    for (const [index, visitor] of visitors.entries()) {
      await visitor.open(places[index]!.url);
      expect(stepOf(visitor)).to.equal(places[index]!.step);
    }
    expect(await Promise.all(people.map((person) => person.account()))).to.deep.equal(accounts);
    expect(await Promise.all(people.map(async ({ email }) => (await server.received(email)).length))).to.deep.equal(mails);
    expect((await server.received(one.phone!)).length, 'no code was sent').to.equal(0);
    expect(await server.deps.recoveries.of(three.id)).to.deep.equal([]);

    await giveAnswers(waiting);
    expect(stepOf(waiting)).to.equal('recovery/waiting');
    await setPassword(saving);
    expect(stepOf(saving)).to.equal('sign-in/password');
    expect(await server.deps.passwords.verify(NEW_PASSWORD, (await four.account()).passwordHash)).to.equal(true);
  });
});

describe('trouble: the mail server is away during a recovery', function () {
  this.timeout(60_000);
  let office: PostOffice;
  let server: TestServer;
  let letterbox: Letterbox;
  before(async () => {
    office = await startPostOffice();
    server = await startServer({ env: office.settings });
    letterbox = { ...office, clock: server.clock };
  });
  after(() => server.close());

  it('tells nobody by its pages who has an account, and brings the code later', async () => {
    const known = await makeRecoverable(server.deps);
    await office.closeMail();
    const words: string[] = [];
    const visitors: Visitor[] = [];
    // In one moment: the pages say the minute.
    await server.clock.whileHeld(async () => {
      for (const email of [known.email, newAddress('lost')]) {
        const visitor = server.visitor();
        await visitor.open('/users/password/new');
        await visitor.press('Send code', { 'Email address': email });
        visitors.push(visitor);
      }
    });
    server.clock.advance(25);
    for (const visitor of visitors) words.push((await visitor.open(visitor.page().url)).text.replace(/\S+@people\.test/g, 'ADDRESS'));
    expect(words[0]).to.equal(words[1]);
    await office.openMail();
    server.clock.advance(60);
    await enterCode(visitors[0]!, (await office.newest(known.email)).codes[0]!);
    expect(stepOf(visitors[0]!)).to.equal('recovery/choose-proof');
  });

  it('saves the new password, and tells of it when it can', async () => {
    const known = await makeRecoverable(server.deps);
    const visitor = server.visitor();
    await proveMailbox(letterbox, visitor, known.email);
    await choose(visitor, QUESTIONS);
    await giveAnswers(visitor);
    await office.closeMail();
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('sign-in/password');
    expect(await server.deps.passwords.verify(PASSWORD, (await known.account()).passwordHash)).to.equal(false);
    await office.openMail();
    server.clock.advance(60);
    expect((await office.newest(known.email, 2)).subject).to.match(/password/i);
  });
});
