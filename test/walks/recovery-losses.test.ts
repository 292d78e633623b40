/** Whatever of phone, password, answers and backup code is lost: back in as the same person, or the page that says what is left to do. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { backupCodeOn, codeAfter, enterCode, newPhone, notNow } from '../support/people.ts';
import { makeRecoverable, type Recoverable, ripen } from '../support/recoverable.ts';
import {
  BACKUP,
  choose,
  giveAnswers,
  giveMethod,
  NEW_PASSWORD,
  NOTHING,
  proveMailbox,
  QUESTIONS,
  relyingPartyOf,
  setPassword,
  stepOf,
  subOf,
} from '../support/recovering.ts';
import type { RelyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

type Way =
  | 'signs in'
  | 'questions'
  | 'backup code'
  | 'phone, held'
  | 'signs in by backup code'
  | 'both by backup code'
  | 'anew, held'
  | 'support';

/** What is still there: phone, password, answers, backup code. */
const TABLE: readonly (readonly [phone: 0 | 1, password: 0 | 1, answers: 0 | 1, backup: 0 | 1, way: Way])[] = [
  [1, 1, 1, 1, 'signs in'],
  [1, 1, 1, 0, 'signs in'],
  [1, 1, 0, 1, 'signs in'],
  [1, 1, 0, 0, 'signs in'],
  [1, 0, 1, 1, 'questions'],
  [1, 0, 1, 0, 'questions'],
  [1, 0, 0, 1, 'backup code'],
  [1, 0, 0, 0, 'phone, held'],
  [0, 1, 1, 1, 'signs in by backup code'],
  [0, 1, 1, 0, 'anew, held'],
  [0, 1, 0, 1, 'signs in by backup code'],
  [0, 1, 0, 0, 'support'],
  [0, 0, 1, 1, 'both by backup code'],
  [0, 0, 1, 0, 'anew, held'],
  [0, 0, 0, 1, 'both by backup code'],
  [0, 0, 0, 0, 'support'],
];

describe('walk: everything that can be lost', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let party: RelyingParty;
  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    party = await relyingPartyOf(server);
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  async function recovering({ email }: Recoverable): Promise<Visitor> {
    const visitor = server.visitor();
    await proveMailbox(server, visitor, email);
    return visitor;
  }

  /** A new phone, proven, and the new backup code that comes with it. */
  async function setUpPhone(visitor: Visitor, lost?: string): Promise<{ phone: string; backupCode: string }> {
    const phone = newPhone();
    const gone = lost === undefined ? {} : { [`Phone •••${lost.slice(-2)}`]: true };
    const ask = () => visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone, ...gone });
    await enterCode(visitor, await codeAfter(server, phone, ask));
    const backupCode = backupCodeOn(visitor);
    await visitor.press('Proceed');
    return { phone, backupCode };
  }

  /** By password and backup code, to a new phone; what the person then has. */
  async function signInByBackupCode(person: Recoverable): Promise<Recoverable> {
    const visitor = server.visitor();
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    await visitor.press("I can't get a code: use my backup code");
    await visitor.press('Submit', { 'Backup code': person.backupCode });
    expect(stepOf(visitor)).to.equal('sign-in/new-method');
    const now = { ...person, ...(await setUpPhone(visitor, person.phone)) };
    await notNow(visitor);
    expect(visitor.page().heading).to.contain('Welcome');
    return now;
  }

  async function byBackupCode(person: Recoverable): Promise<Recoverable> {
    const visitor = await recovering(person);
    await choose(visitor, BACKUP);
    await visitor.press('Submit', { 'Backup code': person.backupCode });
    await setPassword(visitor);
    const backupCode = backupCodeOn(visitor);
    await visitor.press('Proceed');
    expect(stepOf(visitor)).to.equal('sign-in/password');
    return { ...person, password: NEW_PASSWORD, backupCode };
  }

  const WALKS: Readonly<Record<Exclude<Way, 'support'>, (person: Recoverable) => Promise<Recoverable>>> = {
    'signs in': async (person) => person,
    questions: async (person) => {
      const visitor = await recovering(person);
      await choose(visitor, QUESTIONS);
      await giveAnswers(visitor);
      await setPassword(visitor);
      return { ...person, password: NEW_PASSWORD };
    },
    'backup code': byBackupCode,
    'phone, held': async (person) => {
      const early = await recovering(person);
      await giveMethod(server, early, person, 'text');
      expect(stepOf(early)).to.equal('recovery/waiting');
      await ripen(db, person.id);
      server.clock.advance(31);
      const visitor = await recovering(person);
      await giveMethod(server, visitor, person, 'text');
      await setPassword(visitor);
      return { ...person, password: NEW_PASSWORD };
    },
    'signs in by backup code': signInByBackupCode,
    'both by backup code': async (person) => signInByBackupCode(await byBackupCode(person)),
    'anew, held': async (person) => {
      const early = await recovering(person);
      await choose(early, NOTHING);
      await giveAnswers(early);
      expect(stepOf(early)).to.equal('recovery/waiting');
      await ripen(db, person.id);
      const visitor = await recovering(person);
      await choose(visitor, NOTHING);
      await giveAnswers(visitor);
      await setPassword(visitor);
      return { ...person, ...(await setUpPhone(visitor)), password: NEW_PASSWORD };
    },
  };

  it('has a row for each of the sixteen', () => {
    expect(new Set(TABLE.map((row) => row.slice(0, 4).join(''))).size).to.equal(16);
  });

  for (const [phone, password, answers, backup, way] of TABLE) {
    const there = Object.entries({ phone, password, answers, 'backup code': backup }).flatMap(([name, has]) => (has ? [name] : []));
    it(`with ${there.join(', ') || 'the mailbox alone'}: ${way}`, async () => {
      const person = await makeRecoverable(server.deps, ['text'], { passkeyDeclinedAt: server.clock() });
      const sub = await subOf(server, party, person);
      server.clock.advance(60);
      if (way !== 'support') {
        const now = await WALKS[way](person);
        server.clock.advance(60);
        expect(await subOf(server, party, now)).to.equal(sub);
        expect((await person.account()).id).to.equal(person.id);
        return;
      }
      const visitor = await recovering(person);
      await choose(visitor, NOTHING);
      await visitor.press('I do not remember my answers');
      expect(stepOf(visitor)).to.equal('recovery/support');
      expect(visitor.page().text).to.contain('Our support team has to help you');
      expect(await subOf(server, party, person)).to.equal(sub);
    });
  }
});
