/** Secrets that were typed: shown once more only in the answer to the form itself, and nowhere in the database. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { ANSWERS, choosePassword, enterCode, newAddress, PASSWORD } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('steps: secrets that were typed', function () {
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

  it('answers to questions come again beside what is wrong with them; a password does not; neither is kept', async () => {
    const { deps } = server;
    const visitor = server.visitor();
    const email = newAddress();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    await visitor.press('I Agree');
    await visitor.press('Submit', { Password: PASSWORD, 'Confirm password': 'Another-Harbor 72!' });
    expect(visitor.page().status).to.equal(422);
    expect(visitor.page().html).not.to.contain(PASSWORD).and.not.contain('Another-Harbor');
    await choosePassword(visitor);
    await visitor.press('Submit', { Email: true });
    await enterCode(visitor, (await server.newest(email, 2)).codes[0]!);
    await visitor.press('Proceed');

    const typed = Object.fromEntries(ANSWERS.map((answer, index) => [`Answer ${index + 1}`, answer]));
    await visitor.press('Submit', typed);
    expect(visitor.page().status).to.equal(422);
    for (const [label, answer] of Object.entries(typed)) expect(visitor.fieldOf(label).getAttribute('value')).to.equal(answer);
    await visitor.open(visitor.page().url);
    for (const label of Object.keys(typed)) expect(visitor.fieldOf(label).getAttribute('value') ?? '').to.equal('');

    // The page has expired: what was typed waits for the new one, secrets aside.
    const first = deps.config.questions[0]!;
    const { url, body } = visitor.formOf('Submit', { ...typed, 'Question 1': first });
    await db.collection('oidc_interaction').deleteMany({});
    await visitor.post(url, body.toString());
    expect(visitor.page().url).to.match(/sign-up\/questions$/);
    expect(visitor.fieldOf('Question 1').querySelector('option[selected]')?.getAttribute('value')).to.equal(first);
    for (const label of Object.keys(typed)) expect(visitor.fieldOf(label).getAttribute('value') ?? '').to.equal('');
    const [journey] = await db.collection<{ _id: string; sealed: string }>('journeys').find({}).toArray();
    const kept = deps.seal.open(journey!.sealed, `journeys/${journey!._id}/content`);
    expect(kept).to.contain(first);
    for (const secret of [PASSWORD, ...ANSWERS.slice(1)]) expect(kept).not.to.contain(secret);
  });
});
