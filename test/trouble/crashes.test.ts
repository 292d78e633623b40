/**
 * A server process that is killed (SIGKILL) at every save of every journey, and started again. People go on where they were: nothing is
 * lost, nothing is there twice, nothing by halves. The saves are those of the journeys that run; a step that no tour reaches fails.
 */
import { expect } from 'chai';
import { type Connection, mongo } from 'mongoose';
import { JOURNEYS } from '../../src/app.ts';
import { LEASE_SECONDS } from '../../src/messages/message-store.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir, removeConfigDirs } from '../config/config-dir.ts';
import { passkeyTour } from '../support/passkey-tour.ts';
import { type PostOffice, startPostOffice } from '../support/post-office.ts';
import { FORM, OWN_PAGE, rawRequest } from '../support/raw-request.ts';
import { testEnvironment } from '../support/server.ts';
import { compileBeforehand, type Spawned, spawnServer } from '../support/spawned.ts';
import { ownMongo } from '../support/suite.ts';
import {
  consentTour,
  pageOf,
  resumeTour,
  SHOP,
  serviceEntryTour,
  signInTour,
  signUpTour,
  type Tour,
  type Typed,
  termsTour,
  tooWeakTour,
} from '../support/tour.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';

const STEPS = JOURNEYS.flatMap(({ kind, steps }) => steps.map(({ name }) => `${kind}/${name}`));
/** After these nothing is due, and what the journey was for is done. */
const LAST = ['sign-up/passkey-offer', 'sign-in/email-code', 'sign-in/too-weak', 'service-entry/account-type', 'consent/consent'];
/** Among them those whose end writes something that can be held up. */
const LAST_WITH_ACCOUNT = ['sign-up/passkey-offer', 'sign-in/email-code', 'service-entry/account-type'];

describe('trouble: crashes', function () {
  this.timeout(120_000);
  let env: Awaited<ReturnType<typeof testEnvironment>>;
  let db: Connection;
  let mongod: Awaited<ReturnType<typeof ownMongo>>;
  let office: PostOffice;
  let server: Spawned;
  let killedAt: Set<string>;

  before(async () => {
    await compileBeforehand();
    office = await startPostOffice();
    // Its sessions are ended and its transactions counted, all of them.
    mongod = await ownMongo();
    env = await testEnvironment({ ...office.settings, MONGODB_URI: mongod.uri, CONFIG_DIR: configDir({ 'clients.json': [SHOP] }) });
    server = await spawnServer(env);
    db = await connectMongo(env.MONGODB_URI);
  });
  after(async () => {
    await server.kill();
    await db.close();
    await mongod.stop();
    removeConfigDirs();
  });

  const killAndRestart = async (): Promise<void> => {
    const { pid } = server;
    await server.kill();
    const leasedUntil = new Date(Date.now() + LEASE_SECONDS * 1000);
    server = await spawnServer(env);
    expect(server.pid).not.to.equal(pid);
    // What the dead process was about to send is free again after a minute, which is over.
    await db.collection('messages').updateMany({ state: 'sending', nextAt: { $lte: leasedUntil } }, { $set: { nextAt: new Date() } });
    // So is the transaction that it was in the middle of: until then MongoDB keeps what it had written to itself.
    await db.db!.admin().command({ killAllSessions: [] });
    // And the half minute between two codes: it died before it could give back the send of a code rightly used.
    await db.collection('attempts').deleteMany({});
  };

  const aborted = async (): Promise<number> => Number((await db.db!.admin().command({ serverStatus: 1 })).transactions.totalAborted);

  /** Holds documents, so that whoever wants to write to them can't; `work` may end when somebody has tried. */
  async function holding(hold: (session: mongo.ClientSession) => Promise<unknown>, work: (tried: () => Promise<void>) => Promise<void>) {
    const session = await db.startSession();
    session.startTransaction();
    try {
      await hold(session);
      const before = await aborted();
      await work(async () => {
        while ((await aborted()) === before) await new Promise((resolve) => setTimeout(resolve, 2));
      });
    } finally {
      await session.abortTransaction();
      await session.endSession();
    }
  }

  const holdAll = (names: readonly string[]) => async (session: mongo.ClientSession) => {
    for (const name of names) await db.collection(name).updateMany({}, { $set: { held: true } }, { session });
  };

  /** Answers a function that resolves when the journeys have changed so often from now on. */
  async function journeyChanges(): Promise<(times: number) => Promise<void>> {
    const { operationTime: now } = await db.db!.command({ ping: 1 });
    const next = new mongo.Timestamp({ t: now.getHighBits(), i: now.getLowBits() + 1 });
    const stream = db.collection('journeys').watch([{ $match: { operationType: 'update' } }], { startAtOperationTime: next });
    return async (times) => {
      for (let seen = 0; seen < times; seen++) await stream.next();
      await stream.close();
    };
  }

  type Post = () => Promise<unknown>;
  /** Each sends the form and kills the server at one moment. */
  const MOMENTS: Readonly<Record<string, { readonly pages: readonly string[]; readonly kill: (post: Post) => Promise<void> }>> = {
    'while the journey is being saved': {
      pages: STEPS,
      kill: (post) =>
        holding(holdAll(['journeys']), async (tried) => {
          const sent = post();
          await tried();
          await server.kill();
          await sent;
        }),
    },
    'when the journey has been saved': {
      pages: STEPS,
      kill: async (post) => {
        const changes = await journeyChanges();
        const sent = post();
        await changes(1);
        await server.kill();
        await sent;
      },
    },
    'between the last save and the account': {
      pages: LAST_WITH_ACCOUNT,
      kill: async (post) => {
        const changes = await journeyChanges();
        const journey = await db.collection('journeys').findOne({ closedAt: null }, { sort: { updatedAt: -1 } });
        const hold = async (session: mongo.ClientSession) => {
          await holdAll(['accounts'])(session);
          await db.collection('messages').insertOne({ _id: `account-created/${journey!._id}` as never }, { session });
        };
        await holding(hold, async (tried) => {
          const sent = post();
          await changes(1);
          await tried();
          await server.kill();
          await sent;
        });
      },
    },
    'when all is done and nobody knows': {
      pages: LAST,
      kill: async (post) => {
        const stream = db.collection('journeys').watch([{ $match: { 'updateDescription.updatedFields.closedAt': { $type: 'date' } } }]);
        const closed = stream.next();
        // A stream is open when the database has been asked once.
        await db.collection('journeys').findOne({});
        const sent = post();
        await closed;
        await server.kill();
        await stream.close();
        await sent;
      },
    },
  };

  /** Presses the button with a crash, opens the page again as anybody would, and presses once more where it is still due. */
  const pressing =
    (moment: string): Tour['press'] =>
    async (visitor: Visitor, page: string, button: string, typed: Typed) => {
      const { pages, kill } = MOMENTS[moment]!;
      if (!pages.includes(page) || killedAt.has(page)) return visitor.press(button, typed);
      killedAt.add(page);
      const { url, body } = visitor.formOf(button, typed);
      const request = { method: 'POST', headers: { ...OWN_PAGE, ...FORM }, body: body.toString() };
      await kill(() => rawRequest(visitor, url, request).catch(() => undefined));
      await killAndRestart();
      const shown = await visitor.open(url);
      expect(shown.status, `${page}, opened again`).to.be.below(400);
      if (pageOf(visitor) === page) await visitor.press(button, typed);
      expect(pageOf(visitor), 'the page that was answered').not.to.equal(page);
      return undefined;
    };

  for (const [moment, { pages }] of Object.entries(MOMENTS)) {
    it(`harm nobody ${moment}`, async () => {
      killedAt = new Set();
      const origin = env.ISSUER;
      const tour: Tour = { letterbox: office, origin, db, visitor: () => createVisitor(origin), press: pressing(moment) };
      const accounts = await db.collection('accounts').countDocuments();

      const first = createVisitor(origin);
      const person = await signUpTour(tour, first);
      expect(first.page().heading).to.equal('Welcome to your USCIS Account');
      expect(await db.collection('accounts').countDocuments()).to.equal(accounts + 1);
      await office.newest(person.email, 3);
      const subjects = (await office.received(person.email)).map(({ subject }) => subject);
      expect(subjects, 'one mail of each kind').to.have.length(3);
      expect(new Set(subjects).size).to.equal(3);
      expect(await office.received(person.phone!)).to.have.length(1);

      const visitor = await signInTour(tour, person, 'email');
      if (pages === STEPS) {
        await signInTour(tour, person, 'text');
        // A code of the app counts once; the next one is half a minute away.
        await db.collection('accounts').updateMany({ 'methods.method': 'app' }, { $set: { 'methods.$.lastStep': 0 } });
        await signInTour(tour, person, 'app');
      }
      await tooWeakTour(tour);
      await serviceEntryTour(tour, visitor);
      expect(visitor.page().url).to.match(/^http:\/\/localhost:9\/callback\?code=/);
      await consentTour(tour, visitor);
      expect(visitor.page().url).to.match(/^https:\/\/shop\.agency\.test\/callback\?code=/);
      if (pages === STEPS) {
        await termsTour(tour, person);
        expect(pageOf(await resumeTour(tour))).to.equal('sign-up/delivery');
        await passkeyTour(tour);
      }

      expect([...killedAt].sort()).to.deep.equal([...pages].sort());
      const made = pages === STEPS ? 4 : 2;
      expect(await db.collection('accounts').countDocuments()).to.equal(accounts + made);
      expect(await db.collection('audit_events').countDocuments({ 'event.type': 'account.created' })).to.equal(accounts + made);
      expect(await db.collection('messages').countDocuments({ state: { $nin: ['sent'] } })).to.equal(0);
    });
  }
});
