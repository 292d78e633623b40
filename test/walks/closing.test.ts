/** An account that is closed: kept after all, or erased, and its address given a new one, at a real service. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createErasing } from '../../src/accounts/erase.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { untilDelivered } from '../support/delivered.ts';
import { completeQuickly } from '../support/newcomer.ts';
import { completeSignUp, newAddress, type Person } from '../support/people.ts';
import { relyingPartyOf, signInHere, stepOf, subOf, tokensOf } from '../support/recovering.ts';
import type { RelyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

const DAY = 24 * 3600;

describe('walk: closing an account', function () {
  this.timeout(60_000);
  let server: TestServer;
  let party: RelyingParty;
  let db: Connection;
  before(async () => {
    server = await startServer();
    party = await relyingPartyOf(server);
    db = await connectMongo(server.env.MONGODB_URI);
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  /** `whole`: page by page, where what a sign-up leaves behind matters. */
  const join = async ({ email = newAddress('closing'), whole = false } = {}): Promise<{ visitor: Visitor; person: Person }> => {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    return { visitor, person: await (whole ? completeSignUp : completeQuickly)(server, visitor, email) };
  };
  const close = async (visitor: Visitor) => {
    await visitor.open(`${server.origin}/account`);
    await visitor.follow('Close your account');
    await visitor.press('Close account', { 'Yes, I want to close my account': true });
    expect(new URL(visitor.page().url).pathname).to.equal('/closed');
  };
  /** Nothing in the database names or holds any of these. The database removes by the real time what has run out; here the clock was moved. */
  const expectForgotten = async (words: readonly string[]) => {
    for (const { collectionName } of await db.db!.collections()) {
      if (['inbox', 'tombstones'].includes(collectionName)) continue;
      for (const end of ['expiresAt', 'removeAt']) await db.collection(collectionName).deleteMany({ [end]: { $lte: server.clock() } });
      const text = JSON.stringify(await db.collection(collectionName).find().toArray());
      for (const word of words) expect(text, `${word} in ${collectionName}`).not.to.contain(word);
    }
  };

  it('erases it after 14 days; the same address then is somebody new', async () => {
    const { visitor, person } = await join({ whole: true });
    const { id } = (await server.deps.accounts.findByEmail(person.email))!;
    const tokens = await tokensOf(server, party, server.visitor(), person);
    const { sub } = tokens.claims()!;
    server.clock.advance(60);
    await close(visitor);
    await untilDelivered(server);
    const mails = (await server.received(person.email)).map(({ subject }) => subject);
    expect(mails).to.include('Your USCIS online account will be closed');
    server.clock.advance(14 * DAY + 60);
    const other = server.visitor();
    await other.open('/');
    const erasing = createErasing(server.deps);
    expect(await erasing.run()).to.equal(1);
    await server.newest(person.email, mails.length + 1);
    expect((await server.received(person.email))[0]!.subject).to.equal('Your USCIS online account was closed');
    await other.press('Sign In', { 'Email address': person.email, Password: person.password });
    expect(other.page().status, 'signing in').to.equal(422);
    server.clock.advance(3601);
    await erasing.run();
    // Whose session it was is known for as long as the service, which is not there, is to be told of its end.
    server.clock.advance(DAY);
    await server.logoutQueue.sweep();
    await expectForgotten([id, person.email]);
    expect(await db.collection<{ _id: string }>('tombstones').findOne({ _id: id })).to.have.all.keys('_id', 'closedAt');

    const anew = await join({ email: person.email, whole: true });
    const renewed = await subOf(server, party, anew.person);
    expect(renewed).to.be.a('string').and.not.equal(sub);
  });

  it('keeps it, with the same sub, for whoever signs in within the 14 days and wants that', async () => {
    const { visitor, person } = await join();
    const sub = await subOf(server, party, person);
    server.clock.advance(60);
    await close(visitor);
    server.clock.advance(13 * DAY);
    const back = server.visitor();
    await back.open('/');
    await signInHere(server, back, person);
    expect(stepOf(back)).to.equal('sign-in/keep-account');
    await back.press('Keep my account');
    expect(back.page().heading).to.contain('Welcome');
    expect(back.page().text).to.contain('Your account stays open. It will not be closed.');
    server.clock.advance(3 * DAY);
    expect(await createErasing(server.deps).run()).to.equal(0);
    expect(await subOf(server, party, person)).to.equal(sub);
    const events = await server.deps.audit.of((await server.deps.accounts.findByEmail(person.email))!.id);
    expect(events.map(({ type }) => type)).to.include.members(['account.closing', 'account.kept']);
  });

  it('signs nobody in who leaves it closed, and says what that means', async () => {
    const { visitor, person } = await join();
    server.clock.advance(60);
    await close(visitor);
    const back = server.visitor();
    await back.open('/');
    await signInHere(server, back, person);
    const { url } = back.page();
    await back.press('Leave it');
    expect(new URL(back.page().url).pathname).to.equal('/closed');
    expect((await back.open(url)).heading, 'opened again').to.equal('Your account is closed');
    expect((await back.open('/')).url).to.match(/sign-in\/password$/);
    expect(await server.deps.accounts.findByEmail(person.email))
      .to.have.property('closesAt')
      .that.is.instanceOf(Date);
  });

  it('opens nothing while it is closed: no token is given or believed', async () => {
    const { visitor, person } = await join();
    const tokens = await tokensOf(server, party, server.visitor(), person);
    server.clock.advance(60);
    await close(visitor);
    const userinfo = await fetch(`${server.origin}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(userinfo.status).to.equal(401);
    const basic = Buffer.from(`myuscis:${encodeURIComponent(server.env.DEMO_CLIENT_SECRET!)}`).toString('base64');
    const refreshed = await fetch(`${server.origin}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }),
    });
    expect(refreshed.status).to.equal(400);
    expect(await refreshed.json()).to.include({ error: 'invalid_grant' });
  });
});
