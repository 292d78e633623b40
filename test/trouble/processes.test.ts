/** Two server processes on one database, behind one address: whichever gets a request, it is the same system. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { freePort } from '../support/free-port.ts';
import { completeSignUp, newAddress, newPhone, type Person } from '../support/people.ts';
import { type PostOffice, startPostOffice } from '../support/post-office.ts';
import { FORM, OWN_PAGE, rawRequest } from '../support/raw-request.ts';
import { testEnvironment } from '../support/server.ts';
import { compileBeforehand, type Front, type Spawned, spawnServer, startFront } from '../support/spawned.ts';
import { createVisitor } from '../support/visitor.ts';

const TIMES = 16;

describe('trouble: two processes', function () {
  this.timeout(60_000);
  let front: Front;
  let origin: string;
  let env: Readonly<Record<string, string | undefined>>;
  let office: PostOffice;
  let [one, two]: Spawned[] = [];
  let db: Connection;
  let person: Person;

  before(async () => {
    await compileBeforehand();
    front = await startFront();
    office = await startPostOffice();
    origin = `http://localhost:${front.port}`;
    env = await testEnvironment({ ...office.settings, ISSUER: origin });
    // Both at once on an empty database: one makes the keys and the root secret, the other finds them.
    [one, two] = await Promise.all([spawnServer(env), spawnServer({ ...env, PORT: String(await freePort()) })]);
    db = await connectMongo(String(env.MONGODB_URI));
  });
  after(async () => {
    await Promise.all([one!.stop(), two!.stop()]);
    await db.close();
  });

  const both = () => front.to(one!.port, two!.port);

  it('are two processes', () => {
    expect(new Set([one!.pid, two!.pid, process.pid]).size).to.equal(3);
  });

  it('begin a journey on one and go on with it on the other, request by request', async () => {
    both();
    const visitor = createVisitor(origin);
    await visitor.open('/users/sign_up');
    person = await completeSignUp(office, visitor, newAddress(), { email: true, text: newPhone(), app: true });
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
  });

  it('know who signed in at the other', async () => {
    const visitor = createVisitor(origin);
    front.to(one!.port);
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    await visitor.press('Continue', { Email: true });
    front.to(two!.port);
    await visitor.press('Submit', { 'Secure one-time password': (await office.newest(person.email, 4)).codes[0]! });
    for (const { port } of [one!, two!]) {
      front.to(port);
      expect((await visitor.open('/')).heading).to.equal('Welcome to your USCIS Account');
    }
  });

  it(`let one of ${TIMES} right codes at once win, and show nobody a wrong one`, async () => {
    both();
    const visitor = createVisitor(origin);
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    const before = (await office.received(person.phone!)).length;
    await visitor.press('Continue', { 'Text message': true });
    const code = (await office.newest(person.phone!, before + 1)).codes[0]!;
    const { url, body } = visitor.formOf('Submit', { 'Secure one-time password': code });
    const signIns = () => db.collection('audit_events').countDocuments({ 'event.type': 'sign-in.succeeded' });
    const earlier = await signIns();
    const request = { method: 'POST', headers: { ...OWN_PAGE, ...FORM }, body: body.toString() };
    const answers = await Promise.all(Array.from({ length: TIMES }, () => rawRequest(visitor, url, request)));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: TIMES }, () => 303));
    expect(await signIns()).to.equal(earlier + 1);
    await visitor.open(url);
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
  });

  it('publish the same keys, also after a restart', async () => {
    const keys = async ({ port }: Spawned) => {
      front.to(port);
      return (await rawRequest(createVisitor(origin), `${origin}/jwks`)).body;
    };
    const published = await keys(one!);
    expect(JSON.parse(published).keys).to.have.length.above(1);
    expect(await keys(two!)).to.equal(published);
    expect(await one!.stop(), 'a clean end').to.equal(0);
    one = await spawnServer(env);
    expect(await keys(one)).to.equal(published);
  });
});
