import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { codeAfter, enterCode, newPhone } from '../support/people.ts';
import { makeRecoverable, type Recoverable, ripen } from '../support/recoverable.ts';
import { choose, NEW_PASSWORD, proveMailbox, relyingPartyOf, setPassword, stepOf, subOf } from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

const CODE = '7KQM-X3RT-H9WF-C4NQ';
const SUPPORT = 'A code from support';

describe('recovery/support-code', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  async function approved(): Promise<Recoverable> {
    const { deps } = server;
    const person = await makeRecoverable(deps, ['text', 'app', 'passkey']);
    await deps.transaction([deps.recoveries.start(person.id, 'operators', 72, await deps.passwords.hash(CODE.replaceAll('-', '')))]);
    return person;
  }
  const entering = async ({ email }: Recoverable): Promise<Visitor> => {
    const visitor = server.visitor();
    await proveMailbox(server, visitor, email);
    await choose(visitor, SUPPORT);
    return visitor;
  };

  it('waits like everything else, then leads to a new password, method and backup code of the same person', async () => {
    const party = await relyingPartyOf(server);
    const { deps } = server;
    const person = await makeRecoverable(deps, ['text']);
    const sub = await subOf(server, party, person);
    await deps.transaction([deps.recoveries.start(person.id, 'operators', 72, await deps.passwords.hash(CODE.replaceAll('-', '')))]);
    server.clock.advance(60);
    const early = await entering(person);
    await early.press('Submit', { 'Code from support': CODE.toLowerCase() });
    expect(stepOf(early)).to.equal('recovery/waiting');
    expect(early.page().text).to.contain('enter the same code');
    await ripen(db, person.id);
    const visitor = await entering(person);
    await visitor.press('Submit', { 'Code from support': CODE });
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-method');
    const phone = newPhone();
    const ask = () => visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
    await enterCode(visitor, await codeAfter(server, phone, ask));
    await visitor.press('Proceed');
    expect(stepOf(visitor)).to.equal('sign-in/password');
    expect(await subOf(server, party, { ...person, password: NEW_PASSWORD, phone })).to.equal(sub);
    const again = server.visitor();
    await proveMailbox(server, again, person.email);
    expect(again.page().text, 'it is used up').not.to.contain(SUPPORT);
  });

  it('is of no use without the mailed code, nor after five wrong ones', async () => {
    const person = await approved();
    const stranger = server.visitor();
    await stranger.open('/users/password/new');
    await stranger.open(stranger.page().url.replace(/email$/, 'support-code'));
    expect(stepOf(stranger)).to.equal('recovery/email');
    const visitor = await entering(person);
    for (const left of ['4 tries', '3 tries', '2 tries', '1 try']) {
      await visitor.press('Submit', { 'Code from support': person.backupCode });
      expect(visitor.page().text).to.contain(`You have ${left} left`);
    }
    await visitor.press('Submit', { 'Code from support': person.backupCode });
    await visitor.press('Submit', { 'Code from support': CODE });
    expect(visitor.page().text).to.contain('There were too many tries');
    expect((await person.history()).filter((type) => type === 'recovery.failed')).to.have.length(5);
  });
});
