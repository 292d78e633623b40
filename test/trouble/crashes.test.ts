/**
 * A server process that is killed (SIGKILL) at every save of every journey, and started again. People go on where they were: nothing is
 * lost, nothing is there twice, nothing by halves. The saves are those of the journeys that run; a step that no tour reaches fails.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type Connection, mongo } from 'mongoose';
import { pino } from 'pino';
import { JOURNEYS } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { createDeps } from '../../src/deps.ts';
import { LEASE_SECONDS } from '../../src/messages/message-store.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir } from '../config/config-dir.ts';
import { backupCodeTour } from '../support/backup-code-tour.ts';
import { type Beside, changeWay, type Owner } from '../support/change-tour.ts';
import { closingTour } from '../support/closing-tour.ts';
import { createCrowd } from '../support/crowd.ts';
import { untilDelivered } from '../support/delivered.ts';
import { lockedTour } from '../support/locked-tour.ts';
import { addPasskeyTour, passkeyTour } from '../support/passkey-tour.ts';
import { codeTo } from '../support/people.ts';
import { type PostOffice, startPostOffice } from '../support/post-office.ts';
import { FORM, OWN_PAGE, rawRequest } from '../support/raw-request.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import { RECOVERY_WAYS, recoveryWay } from '../support/recovery-tour.ts';
import { CHEAP_HASHES, testEnvironment } from '../support/server.ts';
import { compileBeforehand, type Spawned, spawnServer } from '../support/spawned.ts';
import { ownMongo } from '../support/suite.ts';
import {
  consentTour,
  type Parts,
  pageOf,
  resumeTour,
  SHOP,
  serviceEntryTour,
  signInTour,
  signUpTour,
  type Tour,
  tooWeakTour,
} from '../support/tour.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';
import { CHANGE_WAYS } from '../walks/edges-changes.ts';

/** Of the process that is killed, which reads it as any other does. */
const CHEAP_POLICY = { ...JSON.parse(readFileSync('config/policy.json', 'utf8')), passwordHash: CHEAP_HASHES };

/** The code of MongoDB's error. */
const WRITE_CONFLICT = 112;

const STEPS = JOURNEYS.flatMap(({ kind, steps }) => steps.map(({ name }) => `${kind}/${name}`));

/** `walk` answers with an account to which everything must have happened once. */
interface CrowdTour {
  readonly walk: (tour: Tour & Beside) => Promise<Owner | undefined>;
  /** Pages after which nothing is due, and what the journey was for is done. */
  readonly last: readonly string[];
  /** Among them those whose end writes to the account, or makes it, apart from the answer. */
  readonly lastWithAccount?: readonly string[];
  /** Signs up somebody who stays. */
  readonly signUps?: number;
}

const NOTHING_TO_WRITE = ['frozen', 'nothing-to-settle', 'nothing-from-before'];

/** Those that go to the end of a journey, in every way in which it may end. */
const TO_AN_END: readonly CrowdTour[] = [
  {
    walk: mainTour,
    last: ['sign-up/passkey-offer', 'sign-in/email-code', 'service-entry/account-type', 'consent/consent'],
    lastWithAccount: ['sign-up/passkey-offer', 'sign-in/email-code', 'service-entry/account-type'],
    signUps: 1,
  },
  { walk: async (tour) => void (await tooWeakTour(tour)), last: ['sign-in/too-weak'], signUps: 1 },
  { walk: lockedTour, last: ['sign-in/locked'] },
  { walk: (tour) => backupCodeTour(tour, 1), last: ['sign-in/new-password'], lastWithAccount: ['sign-in/new-password'] },
  // Each of these ends where the first one does: all are killed at once, and it goes on.
  { walk: (tour) => signedInTour(tour, 'email'), last: ['sign-in/email-code'], lastWithAccount: ['sign-in/email-code'] },
  {
    walk: (tour) => signedInTour(tour, 'email', serviceEntryTour),
    last: ['service-entry/account-type'],
    lastWithAccount: ['service-entry/account-type'],
  },
  { walk: (tour) => signedInTour(tour, 'email', consentTour), last: ['consent/consent'] },
  ...CHANGE_WAYS.map((way): CrowdTour => {
    const last = [`${way.kind}/${way.steps.at(-1)}`];
    // A code of an app is marked as used where the account is, together with the answer.
    const alone = NOTHING_TO_WRITE.includes(way.towards) || last[0] === 'settle-email/authenticator';
    return { walk: (tour) => changeWay(tour, way, tour.press), last, ...(!alone && { lastWithAccount: last }) };
  }),
  {
    walk: (tour) => addPasskeyTour(tour),
    last: ['add-passkey/new-passkey'],
    lastWithAccount: ['add-passkey/new-passkey'],
  },
  { walk: closingTour, last: ['close-account/confirm'], lastWithAccount: ['close-account/confirm'] },
  // The password is saved together with the answer.
  { walk: (tour) => recoveryWay(tour, 'new-password', tour.press), last: ['recovery/new-password'] },
  {
    walk: (tour) => recoveryWay(tour, 'new-text-code', tour.press),
    last: ['recovery/new-backup-code'],
    lastWithAccount: ['recovery/new-backup-code'],
  },
];

/** Many who go one of the longest ways at once: the server dies as often as pages follow one another, divided by their number. */
const beside = (length: number, tour: CrowdTour): readonly CrowdTour[] => Array.from({ length }, () => tour);

/** Those that meet every page. */
const EVERYWHERE: readonly CrowdTour[] = [
  ...beside(3, { walk: async (tour) => void (await signUpTour(tour)), last: [], signUps: 1 }),
  { walk: mainTour, last: [], signUps: 1 },
  { walk: async (tour) => void expect(pageOf(await resumeTour(tour))).to.equal('sign-up/delivery'), last: [] },
  { walk: async (tour) => void (await tooWeakTour(tour)), last: [], signUps: 1 },
  { walk: lockedTour, last: [] },
  ...beside(3, { walk: (tour) => backupCodeTour(tour), last: [] }),
  { walk: (tour) => signedInTour(tour, 'text'), last: [] },
  { walk: (tour) => signedInTour(tour, 'app'), last: [] },
  { walk: (tour) => signedInTour(tour, 'email', undefined, { terms: { version: '2000-01-01', at: new Date() } }), last: [] },
  { walk: (tour) => signedInTour(tour, 'email', serviceEntryTour), last: [] },
  { walk: (tour) => signedInTour(tour, 'email', consentTour), last: [] },
  { walk: async (tour) => void (await passkeyTour(tour)), last: [] },
  { walk: closingTour, last: [] },
  ...CHANGE_WAYS.map((way) => ({ walk: (tour: Tour & Beside) => changeWay(tour, way, tour.press), last: [] })),
  ...RECOVERY_WAYS.map((towards) => ({ walk: (tour: Tour & Beside) => recoveryWay(tour, towards, tour.press), last: [] })),
];

/** A sign-up, a sign-in, a service and a third party. */
async function mainTour(tour: Tour & Beside): Promise<undefined> {
  const { letterbox } = tour;
  const first = tour.visitor();
  const person = await signUpTour(tour, first);
  expect(first.page().heading).to.equal('Welcome to your USCIS Account');
  await letterbox.newest(person.email, 3);
  const subjects = (await letterbox.received(person.email)).map(({ subject }) => subject);
  expect(subjects, 'one mail of each kind').to.have.length(3);
  expect(new Set(subjects).size).to.equal(3);
  expect(await letterbox.received(person.phone!)).to.have.length(1);

  const visitor = await signInTour(tour, person, 'email');
  await serviceEntryTour(tour, visitor);
  expect(visitor.page().url).to.match(/^http:\/\/localhost:9\/callback\?code=/);
  await consentTour(tour, visitor);
  expect(visitor.page().url).to.match(/^https:\/\/shop\.agency\.test\/callback\?code=/);
  return undefined;
}

/** Signs in, and goes on from there; with an account of its own. */
async function signedInTour(
  tour: Tour,
  method: 'email' | 'text' | 'app',
  onward?: (tour: Tour, visitor: Visitor) => Promise<void>,
  change: Parameters<typeof makeRecoverable>[2] = {},
): Promise<undefined> {
  const { deps } = tour;
  const person = await makeRecoverable(deps, ['email', 'text', 'app'], { passkeyDeclinedAt: deps.clock(), ...change });
  const visitor = await signInTour(tour, person, method);
  await onward?.(tour, visitor);
  return undefined;
}

type Tried = (many: number) => Promise<void>;
/** Answers what each has been answered, if anything. */
type Send = () => Promise<readonly string[]>;
/** Sends the forms and kills the server at one moment of all these journeys. */
type Kill = (send: Send, journeys: readonly string[]) => Promise<void>;

/** A button that leads away from what its page is about. */
const ASIDE = /\/[\w-]+-?(?:code|authenticator|passkey)\/backup-code$/;

/** What was sent, when the server is killed. */
interface Post {
  readonly kill: Kill;
  readonly visitor: Visitor;
  /** Filled in when all are there. */
  readonly form: () => Promise<ReturnType<Visitor['formOf']>>;
}

describe('trouble: crashes', function () {
  this.timeout(240_000);
  let env: Awaited<ReturnType<typeof testEnvironment>>;
  let db: Connection;
  let mongod: Awaited<ReturnType<typeof ownMongo>>;
  let office: PostOffice;
  let server: Spawned;
  let deps: Parts;

  before(async () => {
    await compileBeforehand();
    office = await startPostOffice();
    // Its sessions are ended, and what collides in it is recorded.
    mongod = await ownMongo();
    env = await testEnvironment({
      ...office.settings,
      MONGODB_URI: mongod.uri,
      CONFIG_DIR: configDir({ 'clients.json': [SHOP], 'policy.json': CHEAP_POLICY }),
      // Who is killed writes down no coverage: it is not even counted.
      NODE_V8_COVERAGE: undefined,
    });
    server = await spawnServer(env);
    db = await connectMongo(env.MONGODB_URI);
    const given = { config: loadConfig(env), db, clock: () => new Date(), log: pino({ enabled: false }), asset: String };
    ({ deps } = await createDeps(given));
    await db.createCollection('system.profile', { capped: true, size: 2 ** 24 });
    await db.db!.command({ profile: 1, filter: { errCode: WRITE_CONFLICT } });
  });
  after(async () => {
    await server.kill();
    await db.close();
    await mongod.stop();
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

  /** How many documents that are held somebody has tried to write to since then. */
  const collided = async (since: Date): Promise<number> =>
    (await db.collection('system.profile').distinct('command.q._id', { ts: { $gt: since } })).length;

  /** Holds documents, so that whoever wants to write to them can't; `work` may end when so many have tried. */
  async function holding(hold: (session: mongo.ClientSession) => Promise<unknown>, work: (tried: Tried) => Promise<void>) {
    const session = await db.startSession();
    session.startTransaction();
    try {
      await hold(session);
      const newest = await db.collection('system.profile').findOne({}, { sort: { $natural: -1 } });
      const since: Date = newest?.ts ?? new Date(0);
      await work(async (many) => {
        while ((await collided(since)) < many) await new Promise((resolve) => setTimeout(resolve, 5));
      });
    } finally {
      await session.abortTransaction();
      await session.endSession();
    }
  }

  const holdAll = (names: readonly string[]) => async (session: mongo.ClientSession) => {
    for (const name of names) await db.collection(name).updateMany({}, { $set: { held: true } }, { session });
  };

  /** Answers a function that resolves when each of these journeys has changed from now on, and in this way. */
  async function journeyChanges(ids: readonly string[], how: object = {}): Promise<() => Promise<void>> {
    const { operationTime: now } = await db.db!.command({ ping: 1 });
    const next = new mongo.Timestamp({ t: now.getHighBits(), i: now.getLowBits() + 1 });
    // A journey is deleted where an earlier one is taken up in its place.
    const change = { operationType: { $in: ['update', 'delete'] }, 'documentKey._id': { $in: ids }, ...how };
    const stream = db.collection('journeys').watch([{ $match: change }], { startAtOperationTime: next });
    return async () => {
      for (const missing = new Set(ids); missing.size > 0; ) {
        const seen = (await stream.next()) as unknown as { documentKey: { _id: string } };
        missing.delete(seen.documentKey._id);
      }
      await stream.close();
    };
  }

  /** Kills the server when all have got there; throws when all have their answers instead, and says which. */
  const killWhen = async (send: Send, there: () => Promise<unknown>): Promise<void> => {
    const sent = send();
    const reached = there().then(() => true);
    const answered = sent.then(() => new Promise<false>((resolve) => setTimeout(resolve, 10_000, false)));
    const isThere = await Promise.race([reached, answered]);
    await server.kill();
    expect(isThere, `got there: ${(await sent).join(', ')}`).to.equal(true);
  };
  const whileSaving: Kill = (send, { length }) => holding(holdAll(['journeys']), (tried) => killWhen(send, () => tried(length)));
  const whenSaved: Kill = async (send, journeys) => {
    await killWhen(send, await journeyChanges(journeys));
  };
  const beforeAccount: Kill = async (send, journeys) => {
    const saved = await journeyChanges(journeys);
    const hold = async (session: mongo.ClientSession) => {
      await holdAll(['accounts'])(session);
      const mails = journeys.map((id) => ({ _id: `account-created/${id}` as never }));
      await db.collection('messages').insertMany(mails, { session });
    };
    await holding(hold, (tried) =>
      killWhen(send, async () => {
        await saved();
        await tried(journeys.length);
      }),
    );
  };
  const whenDone: Kill = async (send, journeys) => {
    await killWhen(send, await journeyChanges(journeys, { 'updateDescription.updatedFields.closedAt': { $type: 'date' } }));
  };

  interface Moment {
    readonly tours: readonly CrowdTour[];
    /** Where the server is killed while this tour is there. */
    readonly pages: (tour: CrowdTour) => readonly string[];
    /** One after the other, with the page opened again in between: it is still due until the last of them. */
    readonly kills: readonly Kill[];
  }
  const MOMENTS: Readonly<Record<string, Moment>> = {
    'while the journey is being saved, and when it has been saved': {
      tours: EVERYWHERE,
      pages: () => STEPS,
      kills: [whileSaving, whenSaved],
    },
    'between the last save and the account': {
      tours: TO_AN_END.filter(({ lastWithAccount }) => lastWithAccount),
      pages: ({ lastWithAccount }) => lastWithAccount ?? [],
      kills: [beforeAccount],
    },
    'when all is done and nobody knows': { tours: TO_AN_END, pages: ({ last }) => last, kills: [whenDone] },
  };

  const journeyAt = async (url: string): Promise<string> => {
    const [, , uid, kind] = new URL(url).pathname.split('/');
    const interaction = deps.rootSecret.digest('journey-interaction', uid!);
    const journey = await db.collection<{ _id: string }>('journeys').findOne({ interaction, kind });
    return journey!._id;
  };

  /** All at once press their buttons, and the server dies. */
  async function crash(posts: readonly Post[]): Promise<void> {
    const kills = new Set(posts.map(({ kill }) => kill));
    expect(kills.size, 'ways to kill it at once').to.equal(1);
    const filled = await Promise.all(posts.map(async ({ visitor, form }) => ({ visitor, ...(await form()) })));
    const journeys = await Promise.all(filled.map(({ url }) => journeyAt(url)));
    const send = () =>
      Promise.all(
        filled.map(async ({ visitor, url, body }) => {
          const request = { method: 'POST', headers: { ...OWN_PAGE, ...FORM }, body: body.toString() };
          const answer = await rawRequest(visitor, url, request).catch(() => undefined);
          return `${pageOf(visitor)} ${answer?.status ?? 'cut off'}`;
        }),
      );
    for (const kill of kills) await kill(send, journeys);
    await killAndRestart();
  }

  let waiting: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  /** Asks for all who wait together, but for nobody who came after it was asked. */
  const allSent = (): Promise<void> => {
    next ??= (waiting ?? Promise.resolve()).then(() => {
      [waiting, next] = [untilDelivered({ deps }), undefined];
      return waiting;
    });
    return next;
  };

  /** Told twice of one thing, or done twice: neither is in a history, in which each of these tours has everything once but signing in. */
  async function expectOnce({ id, email }: Owner): Promise<void> {
    const done = (await deps.audit.of(id)).map(({ type }) => type).filter((type) => type !== 'sign-in.succeeded');
    expect(done, `done to ${email}`).to.deep.equal([...new Set(done)]);
    const told = (await office.received(email)).filter(({ codes }) => codes.length === 0).map(({ subject }) => subject);
    expect(told, `told ${email}`).to.deep.equal([...new Set(told)]);
  }

  for (const [moment, { tours, pages, kills }] of Object.entries(MOMENTS)) {
    it(`harm nobody ${moment}`, async () => {
      const accounts = await db.collection('accounts').countDocuments();
      const crowd = createCrowd<Post>(crash);
      const killedAt = new Set<string>();
      let prepared = 0;

      /** Presses the button with a crash, opens the page again as anybody would, and presses once more where it is still due. */
      const pressing =
        (here: readonly string[]): Tour['press'] =>
        async (visitor, _page, button, typed, later = async () => typed) => {
          const page = pageOf(visitor);
          const { url } = visitor.page();
          if (!here.includes(page) || killedAt.has(page) || ASIDE.test(visitor.formOf(button, typed).url))
            return visitor.press(button, typed);
          killedAt.add(page);
          for (const kill of kills) {
            expect(pageOf(visitor), 'the page that is due').to.equal(page);
            await crowd.join({ kill, visitor, form: async () => visitor.formOf(button, await later()) });
            const shown = await visitor.open(url);
            expect(shown.status, `${page}, opened again`).to.be.below(400);
          }
          if (pageOf(visitor) === page) await visitor.press(button, await later());
          expect(pageOf(visitor), 'the page that was answered').not.to.equal(page);
          return undefined;
        };

      const create: Parts['accounts']['create'] = (...given) => {
        prepared++;
        return deps.accounts.create(...given);
      };
      const tour = {
        ...office,
        letterbox: office,
        origin: env.ISSUER,
        db,
        deps: { ...deps, accounts: { ...deps.accounts, create } },
        visitor: () => createVisitor(env.ISSUER),
        newestCode: async (to: string) => {
          await allSent();
          return codeTo(office, to);
        },
      };
      const owners: Owner[] = [];
      await crowd.run(
        tours.map((each) => async () => {
          const owner = await each.walk({ ...tour, press: pressing(pages(each)) });
          if (owner) owners.push(owner);
        }),
      );
      await allSent();
      for (const owner of owners) await expectOnce(owner);

      const expected = tours.flatMap(pages);
      expect([...killedAt].sort()).to.deep.equal([...new Set(expected)].sort());
      const signedUp = tours.reduce((sum, { signUps = 0 }) => sum + signUps, 0);
      expect(await db.collection('accounts').countDocuments()).to.equal(accounts + prepared + signedUp);
      expect(await db.collection('messages').countDocuments({ state: { $nin: ['sent'] } })).to.equal(0);
    });
  }

  it('come to every page of every journey, and to the end of each', () => {
    const ended = new Set(TO_AN_END.flatMap(({ last }) => last.map((page) => page.split('/')[0])));
    expect([...ended].sort()).to.deep.equal(JOURNEYS.map(({ kind }) => kind).sort());
  });
});
