/** Every way back into an account, at a real service: always the same person, always with both factors. */
import { expect } from 'chai';
import { untilDelivered } from '../support/delivered.ts';
import { backupCodeOn, codeAfter, completeSignUp, enterCode, newAddress, newPhone, type Person } from '../support/people.ts';
import { makeRecoverable } from '../support/recoverable.ts';
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
import { askedOn } from '../support/software-authenticator.ts';
import type { Visitor } from '../support/visitor.ts';

const HOUR = 3600;

describe('walk: recovery', function () {
  this.timeout(60_000);
  let server: TestServer;
  let party: RelyingParty;
  before(async () => {
    server = await startServer();
    party = await relyingPartyOf(server);
  });
  after(() => server.close());

  /** With the answers and the backup code of a real sign-up. */
  const signUp = async (): Promise<Person> => {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    return completeSignUp(server, visitor, newAddress('lost'), { text: newPhone() });
  };
  const join = (what: 'text' | 'app' = 'text'): Promise<Person> =>
    makeRecoverable(server.deps, [what], { passkeyDeclinedAt: server.clock() });
  const recovering = async (person: Person): Promise<Visitor> => {
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    expect(stepOf(visitor)).to.equal('recovery/choose-proof');
    return visitor;
  };
  const chosenOn = (visitor: Visitor) => visitor.page().root.querySelector('input[name=proof][checked]')?.getAttribute('value');
  const changed = (person: Person): Person => ({ ...person, password: NEW_PASSWORD });

  it('by the five questions, and then by both factors as always', async () => {
    const person = await signUp();
    const sub = await subOf(server, party, person);
    const visitor = await recovering(person);
    await choose(visitor, QUESTIONS);
    await giveAnswers(visitor);
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('sign-in/password');
    expect(visitor.page().text).to.contain('Your password was changed');
    expect(visitor.fieldOf('Email address').getAttribute('value'), 'typed once').to.equal(person.email);
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    expect(visitor.page().status).to.equal(422);
    expect(await subOf(server, party, changed(person))).to.equal(sub);
  });

  it('by the backup code, which is replaced when the new password is saved', async () => {
    const person = await signUp();
    const sub = await subOf(server, party, person);
    const visitor = await recovering(person);
    await choose(visitor, BACKUP);
    await visitor.press('Submit', { 'Backup code': person.backupCode.toLowerCase().replaceAll('-', ' ') });
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-backup-code');
    const code = backupCodeOn(visitor);
    expect(code).not.to.equal(person.backupCode);
    await visitor.press('Proceed');
    expect(stepOf(visitor)).to.equal('sign-in/password');
    expect(await subOf(server, party, changed(person))).to.equal(sub);
    const again = await recovering(person);
    await choose(again, BACKUP);
    await again.press('Submit', { 'Backup code': person.backupCode });
    expect(again.page().status).to.equal(422);
    await again.press('Submit', { 'Backup code': code });
    expect(stepOf(again)).to.equal('recovery/new-password');
  });

  for (const what of ['text', 'app'] as const)
    it(`by a code of another method (${what}), held for 24 hours`, async () => {
      const person = await join(what);
      const sub = await subOf(server, party, person);
      server.clock.advance(60);
      const visitor = await recovering(person);
      await giveMethod(server, visitor, person, what);
      expect(stepOf(visitor)).to.equal('recovery/waiting');
      await visitor.press('Go to the sign-in page');
      expect(stepOf(visitor)).to.equal('sign-in/password');
      expect(visitor.fieldOf('Email address').getAttribute('value')).to.equal(person.email);
      await untilDelivered(server);
      expect((await server.received(person.email))[0]!.subject).to.contain('recovering');
      server.clock.advance(23 * HOUR);
      const early = await recovering(person);
      expect(early.page().text).to.contain('You have shown this already');
      expect(chosenOn(early)).to.equal(undefined);
      await giveMethod(server, early, person, what);
      expect(stepOf(early)).to.equal('recovery/waiting');
      server.clock.advance(HOUR);
      const ripe = await recovering(person);
      expect(chosenOn(ripe), 'what they came back for').to.match(/^method:/);
      await giveMethod(server, ripe, person, what);
      await setPassword(ripe);
      expect(stepOf(ripe)).to.equal('sign-in/password');
      expect(await subOf(server, party, changed(person))).to.equal(sub);
    });

  it('by a passkey, held for 24 hours', async () => {
    const person = await makeRecoverable(server.deps, ['email', 'passkey']);
    const sub = await subOf(server, party, person);
    const show = async () => {
      const visitor = await recovering(person);
      await choose(visitor, 'A passkey');
      await visitor.press('Use passkey', { '#credential': person.device.get(askedOn(visitor)) });
      return visitor;
    };
    expect(stepOf(await show())).to.equal('recovery/waiting');
    server.clock.advance(24 * HOUR);
    const visitor = await show();
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('sign-in/password');
    expect((await person.account()).passkeys, 'it was not lost').to.have.length(1);
    expect(await subOf(server, party, changed(person))).to.equal(sub);
  });

  it('with nothing left but the answers, held for 72 hours, to a new method and a new backup code', async () => {
    const person = await join();
    const sub = await subOf(server, party, person);
    const visitor = await recovering(person);
    await choose(visitor, NOTHING);
    await giveAnswers(visitor);
    expect(stepOf(visitor)).to.equal('recovery/waiting');
    expect((await server.newest(person.phone!, 2)).text).not.to.contain('http');
    server.clock.advance(72 * HOUR);
    const ripe = await recovering(person);
    await choose(ripe, NOTHING);
    await giveAnswers(ripe);
    await setPassword(ripe);
    expect(stepOf(ripe)).to.equal('recovery/new-method');
    const phone = newPhone();
    const choosePhone = () => ripe.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
    await enterCode(ripe, await codeAfter(server, phone, choosePhone));
    expect(stepOf(ripe)).to.equal('recovery/new-backup-code');
    await ripe.press('Proceed');
    expect(stepOf(ripe)).to.equal('sign-in/password');
    expect(await subOf(server, party, { ...changed(person), phone })).to.equal(sub);
  });
});
