/** Whatever ends a session, the services that it was used for are told of exactly that session. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import * as oauth from 'openid-client';
import type { Ending } from '../../../src/journey/sessions.ts';
import { connectMongo } from '../../../src/mongo/connect.ts';
import { configDir } from '../../config/config-dir.ts';
import { untilTold } from '../../support/delivered.ts';
import { KIM, operatorsBeside } from '../../support/operators-beside.ts';
import { SECRET } from '../../support/provider.ts';
import { makeRecoverable, type Recoverable } from '../../support/recoverable.ts';
import { choose, giveAnswers, proveMailbox, QUESTIONS, setPassword, signInHere } from '../../support/recovering.ts';
import { createRelyingParty, type RelyingParty } from '../../support/relying-party.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { openToldService, type ToldService } from '../../support/told-service.ts';
import type { Visitor } from '../../support/visitor.ts';

const MINUTE = 60;
const REDIRECT = 'https://told.example/callback';

describe('oidc/logout: what services are told of', function () {
  this.timeout(120_000);
  let service: ToldService;
  let server: TestServer;
  let db: Connection;
  let told: RelyingParty;

  before(async () => {
    service = await openToldService();
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [service.client('told')] }) } });
    db = await connectMongo(server.env.MONGODB_URI);
    told = await createRelyingParty(server.origin, 'told', REDIRECT, oauth.ClientSecretBasic(SECRET));
  });
  after(async () => {
    await server.close();
    await db.close();
  });
  beforeEach(async () => {
    // What an earlier test has left signed in is over.
    await db.collection('oidc_session').deleteMany({});
    service.forget();
  });

  interface Device {
    readonly person: Recoverable;
    readonly visitor: Visitor;
    readonly sub: string;
    readonly sid: string;
    readonly idToken: string;
  }
  const newPerson = () => makeRecoverable(server.deps);

  async function device(person: Recoverable): Promise<Device> {
    const visitor = server.visitor();
    // A code that was asked for a moment ago would be sent a second time only later.
    server.clock.advance(MINUTE);
    const { url, checks } = await told.begin();
    await visitor.open(url.href);
    await signInHere(server, visitor, person);
    expect(visitor.page().url).to.include(`${REDIRECT}?code=`);
    const tokens = await oauth.authorizationCodeGrant(told.config, new URL(visitor.page().url), checks);
    const { sub, sid } = tokens.claims()!;
    return { person, visitor, sub, sid: sid as string, idToken: tokens.id_token! };
  }

  /** They, and no others, were ended: each in a token that a relying party takes. */
  async function expectTold(...ended: readonly Device[]): Promise<void> {
    await service.until(ended.length);
    await untilTold(server);
    const payloads = await Promise.all(service.tokens.map((token) => service.verify(token, server.origin, 'told')));
    const sids = (list: readonly { sid?: unknown; sub?: unknown }[]) => list.map(({ sid, sub }) => `${sub} ${sid}`).toSorted();
    expect(sids(payloads)).to.deep.equal(sids(ended));
    expect(new Set(payloads.map(({ jti }) => jti)).size).to.equal(ended.length);
  }

  const end = async (ending: Ending | undefined) => {
    await server.deps.transaction(ending!.writes);
    await ending!.after();
  };
  const sessionsOf = ({ person }: Device) => server.deps.sessions.of(person.id);

  it('LO-04: a sign-out on our own pages', async () => {
    const mine = await device(await newPerson());
    await mine.visitor.open(`${server.origin}/`);
    await mine.visitor.press('Sign out');
    await expectTold(mine);
  });

  it('LO-04: a sign-out that a service began', async () => {
    const mine = await device(await newPerson());
    await mine.visitor.open(told.logoutUrl({ id_token_hint: mine.idToken }).href);
    const { root } = mine.visitor.page();
    const fields = new URLSearchParams();
    for (const input of root.querySelectorAll('#op\\.form input')) fields.set(input.getAttribute('name')!, input.getAttribute('value')!);
    await mine.visitor.post('/logout/confirm', fields.toString());
    await expectTold(mine);
  });

  it('LO-04: a sign-out that a service began, of whoever stays signed in here: that service alone', async () => {
    const mine = await device(await newPerson());
    await mine.visitor.open(`${server.origin}/logout?client_id=told`);
    await mine.visitor.press('Stay signed in');
    await expectTold(mine);
    await mine.visitor.open(`${server.origin}/`);
    expect(mine.visitor.page().heading).to.include('Welcome');
  });

  it('LO-04: one session that its owner ends, and all others', async () => {
    const person = await newPerson();
    const [first, second] = [await device(person), await device(person)];
    const third = await device(person);
    const [newest] = await sessionsOf(third);
    await end(await server.deps.sessions.endOne(person.id, newest!.id));
    await expectTold(third);
    service.forget();
    await second.visitor.open(`${server.origin}/account/security`);
    await second.visitor.follow('Sign out all other devices');
    await second.visitor.press('Sign out other devices');
    await expectTold(first);
  });

  it('LO-04: a service that its owner takes everything back from', async () => {
    const mine = await device(await newPerson());
    await end(await server.deps.sessions.withdraw(mine.person.id, 'told'));
    await expectTold(mine);
  });

  it('LO-04: a password that is reset', async () => {
    const person = await newPerson();
    const devices = [await device(person), await device(person)];
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, QUESTIONS);
    await giveAnswers(visitor);
    expect(service.tokens).to.deep.equal([]);
    await setPassword(visitor);
    await expectTold(...devices);
  });

  it('LO-04: an account that is secured since it was somebody else', async () => {
    const person = await newPerson();
    const devices = [await device(person), await device(person)];
    await devices[0]!.visitor.open(`${server.origin}/account/not-me`);
    await devices[0]!.visitor.press('Secure my account');
    await expectTold(...devices);
  });

  it('LO-04: an account that an operator locks', async () => {
    const person = await newPerson();
    const devices = [await device(person), await device(person)];
    const { locks } = await operatorsBeside(server, db);
    await locks.lock(person.email, KIM, 'Stolen laptop reported by phone.');
    await expectTold(...devices);
    service.forget();
    await locks.unlock(person.email, KIM, 'Passport checked by video.');
    await expectTold();
  });

  it('LO-04: an account that is closed, and one that is erased', async () => {
    const mine = await device(await newPerson());
    await mine.visitor.open(`${server.origin}/account/change/close-account`);
    await mine.visitor.press('Close account', { 'Yes, I want to close my account': true });
    await expectTold(mine);
    service.forget();
    const other = await device(await newPerson());
    await db.collection<{ _id: string }>('accounts').updateOne({ _id: other.person.id }, { $set: { closesAt: new Date(0) } });
    expect(await server.erasing.run()).to.equal(1);
    await expectTold(other);
    for (const record of await db.collection('logout_notices').find({}).toArray())
      expect(JSON.stringify(record)).not.to.include(other.person.id);
  });

  it('LO-04: a session that nobody has used for 30 minutes, once', async () => {
    const person = await newPerson();
    const [idle, used] = [await device(person), await device(person)];
    server.clock.advance(20 * MINUTE);
    await used.visitor.open(`${server.origin}/`);
    await server.logoutQueue.sweep();
    expect(service.tokens).to.deep.equal([]);
    server.clock.advance(12 * MINUTE);
    await Promise.all(Array.from({ length: 4 }, () => server.logoutQueue.sweep()));
    await expectTold(idle);
    await used.visitor.open(`${server.origin}/`);
    expect(used.visitor.page().heading).to.include('Welcome');
  });

  it('LO-04: a session that was begun 12 hours ago, however much it is used', async () => {
    const mine = await device(await newPerson());
    for (let minutes = 0; minutes < 12 * 60 - 25; minutes += 25) {
      server.clock.advance(25 * MINUTE);
      await mine.visitor.open(`${server.origin}/`);
    }
    await server.logoutQueue.sweep();
    expect(service.tokens).to.deep.equal([]);
    server.clock.advance(27 * MINUTE);
    await server.logoutQueue.sweep();
    await expectTold(mine);
  });
});
