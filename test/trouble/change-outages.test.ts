/** Changes of an account whose database or mail server goes away in the middle: nothing is half done, and they go on by themselves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Embedded, openEmbedded } from '../../src/mongo/embedded.ts';
import { freePort } from '../support/free-port.ts';
import { enterCode, newAddress } from '../support/people.ts';
import { type PostOffice, startPostOffice } from '../support/post-office.ts';
import { untilReady } from '../support/ready.ts';
import { stepOf } from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { CHANGE_WAYS, createChanger } from '../walks/edges-changes.ts';
import { newestCode } from '../walks/edges-walker.ts';

/** The last pages, where everything is saved at once. */
const LAST = CHANGE_WAYS.filter(({ towards }) => !['frozen', 'nothing-to-settle', 'nothing-from-before'].includes(towards));

describe('trouble: the database is away during a change of an account', function () {
  this.timeout(120_000);
  let dataDir: string;
  let port: number;
  let mongod: Embedded;
  let server: TestServer;
  const open = () => openEmbedded({ dataDir, port, log: () => {}, args: ['--setParameter', 'ttlMonitorEnabled=false'] });

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'change-outage-'));
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

  it('saves everything or nothing, and goes on where it was', async () => {
    const walks: { page: string; url: string; visitor: ReturnType<TestServer['visitor']>; id: string; button: string; typed: object }[] =
      [];
    for (const { kind, towards, steps } of LAST) {
      const visitor = server.visitor();
      const { email, begin, submission } = await createChanger(server, kind, towards, (to) => newestCode(server, to));
      await begin(visitor);
      const last = `${kind}/${steps.at(-1)!}`;
      while (stepOf(visitor) !== last) {
        const { button, typed } = await submission(visitor);
        await visitor.press(button, typed);
      }
      const { id } = (await server.deps.accounts.findByEmail(email))!;
      walks.push({ page: last, url: visitor.page().url, visitor, id, ...(await submission(visitor)) });
    }
    const accounts = () => Promise.all(walks.map(({ id }) => server.deps.accounts.find(id)));
    const histories = () => Promise.all(walks.map(async ({ id }) => (await server.deps.audit.of(id)).map(({ type }) => type)));
    const before = [await accounts(), await histories(), await server.deps.outbox.waiting()];

    process.kill(mongod.pid, 'SIGKILL');
    const told = await Promise.all(walks.map(({ visitor, button, typed }) => visitor.press(button, typed as Record<string, string>)));
    expect(told.map(({ status }) => status)).to.deep.equal(walks.map(() => 503));
    mongod = await open();
    await untilReady(server.origin);

    expect([await accounts(), await histories(), await server.deps.outbox.waiting()]).to.deep.equal(before);
    for (const { page, url, visitor, button, typed } of walks) {
      await visitor.open(url);
      expect(stepOf(visitor)).to.equal(page);
      await visitor.press(button, typed as Record<string, string>);
      expect(new URL(visitor.page().url).pathname, page).to.equal('/account');
    }
  });
});

describe('trouble: the mail server is away during a change of an account', function () {
  this.timeout(60_000);
  let office: PostOffice;
  let server: TestServer;
  before(async () => {
    office = await startPostOffice();
    server = await startServer({ env: office.settings });
  });
  after(() => server.close());

  it('waits for the code, says that mail is slow, and tells all when it is back', async () => {
    const newest = async (to: string) => (await office.newest(to)).codes[0]!;
    const { email, begin } = await createChanger(server, 'change-email', 'address-code', newest);
    const visitor = server.visitor();
    await begin(visitor);
    const to = newAddress('slow');
    await office.closeMail();
    await visitor.press('Continue', { 'New email address': to });
    server.clock.advance(25);
    expect((await visitor.open(visitor.page().url)).text).to.contain('Email is slow right now');
    expect(await server.deps.accounts.findByEmail(email)).to.include({ email });
    await office.openMail();
    server.clock.advance(60);
    const { codes } = await office.newest(to);
    await enterCode(visitor, codes[0]!);
    expect(new URL(visitor.page().url).pathname).to.equal('/account');
    await office.newest(email, 3);
    const told = (await office.received(email)).map(({ subject }) => subject);
    expect(told.filter((subject) => /email address/.test(subject))).to.have.members([
      'Somebody wants to change your email address',
      'Your email address was changed',
    ]);
  });
});
