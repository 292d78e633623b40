import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { parseEmailAddress } from '../../../src/accounts/email-address.ts';
import { connectMongo } from '../../../src/mongo/connect.ts';
import { OperatorRefused } from '../../../src/recovery/operators/operator.ts';
import type { createOperators } from '../../../src/recovery/operators/operators.ts';
import { ADA, KIM, operatorsBeside, refusal } from '../../support/operators-beside.ts';
import { codeAfter, enterCode, newAddress, newPhone } from '../../support/people.ts';
import { makeRecoverable, moveAddress, type Recoverable } from '../../support/recoverable.ts';
import { choose, NEW_PASSWORD, NOTHING, proveMailbox, setPassword, signInHere, stepOf } from '../../support/recovering.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { failure } from '../../support/store-parts.ts';

const REASON = 'Passport and case number checked by phone.';

describe('recovery/operators/operators', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let operators: ReturnType<typeof createOperators>;

  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    ({ operators } = await operatorsBeside(server, db));
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const newcomer = (): Promise<Recoverable> => makeRecoverable(server.deps);

  it('begins with two different operators, tells everybody, and records both and the reason', async () => {
    const person = await newcomer();
    await operators.request(person.email, KIM, REASON);
    expect((await operators.list()).map(({ email, operator, reason }) => [email, operator, reason])).to.deep.equal([
      [person.email, 'kim', REASON],
    ]);
    expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
    const { code, ripeAt } = await operators.approve(person.email, ADA);
    expect(code).to.match(/^([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}$/);
    const [waiting] = await server.deps.recoveries.of(person.id);
    expect(waiting).to.deep.include({ proof: 'operators', ripe: false });
    expect(Math.abs(waiting!.ripeAt.getTime() - ripeAt.getTime())).to.be.below(1000);
    expect(Math.round((ripeAt.getTime() - server.clock().getTime()) / 3_600_000)).to.equal(72);
    const [event] = await server.deps.audit.of(person.id);
    expect(event).to.deep.include({ type: 'recovery.waiting', proof: 'operators', operators: ['kim', 'ada'], reason: REASON });
    expect((await server.newest(person.email)).text).to.contain('Two people on our staff');
    expect((await server.newest(person.phone!)).text).not.to.match(/http|kim|ada/);
    expect(await operators.list()).to.deep.equal([]);
    const kept = JSON.stringify(await db.collection('recoveries').find().toArray());
    expect(kept).not.to.contain(code).and.not.to.contain(code.replaceAll('-', ''));
  });

  it('refuses the same operator twice, a wrong passphrase, and what nobody asked for', async () => {
    const person = await newcomer();
    expect(await refusal(operators.approve(person.email, ADA))).to.contain('another operator has to request it');
    await operators.request(person.email, KIM, REASON);
    expect(await refusal(operators.approve(person.email, KIM))).to.contain('two operators');
    expect(await refusal(operators.approve(person.email, { ...ADA, passphrase: KIM.passphrase }))).to.contain('No operator');
    expect(await refusal(operators.approve(person.email, { name: 'nobody', passphrase: '' }))).to.contain('No operator');
    expect(await refusal(operators.request(person.email, ADA, REASON))).to.contain('waits already');
    expect(await refusal(operators.request(newAddress(), KIM, REASON))).to.contain('No account');
    expect(await refusal(operators.request(person.email, KIM, 'lost'))).to.contain('reason');
    expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
    await operators.approve(person.email, ADA);
    await operators.request(person.email, ADA, REASON);
    expect(await refusal(operators.approve(person.email, KIM))).to.contain('waits already');
  });

  it('waits after wrong passphrases, so that they cannot be guessed', async () => {
    const wrong = { name: 'ada', passphrase: 'not the passphrase' };
    const said: string[] = [];
    for (let tries = 0; tries < 7; tries++) said.push(await refusal(operators.request(newAddress(), wrong, REASON)));
    expect(said.at(-1)).to.contain('Too many wrong passphrases');
    server.clock.advance(3600);
    await operators.cancel((await newcomerWithRequest()).email, ADA);
  });
  const newcomerWithRequest = async () => {
    const person = await newcomer();
    await operators.request(person.email, KIM, REASON);
    return person;
  };

  it('is approved once, however many approve at the same moment', async () => {
    const person = await newcomerWithRequest();
    const approved = await Promise.allSettled(Array.from({ length: 6 }, () => operators.approve(person.email, ADA)));
    expect(approved.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const one of approved) if (one.status === 'rejected') expect(one.reason).to.be.instanceOf(OperatorRefused);
    expect((await person.history()).filter((type) => type === 'recovery.waiting')).to.have.length(1);
  });

  it('is cancelled by any one operator, and the owner is told', async () => {
    const person = await newcomerWithRequest();
    await operators.approve(person.email, ADA);
    await operators.cancel(person.email, KIM);
    expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
    expect((await person.history())[0]).to.equal('recovery.cancelled');
    expect((await server.newest(person.email, 2)).subject).to.match(/stopped/i);
    expect(await refusal(operators.cancel(person.email, KIM))).to.contain('Nothing waits');
  });

  describe('of an account whose change of address was stopped', () => {
    const RIPE_HOURS = 72;
    /** Moved away by somebody who left nothing of its owner's, and stopped by the former address. */
    async function frozen() {
      const { accounts, passwords } = server.deps;
      const person = await newcomer();
      const theirPhone = newPhone();
      await server.deps.transaction([
        accounts.replaceMethods(person.id, { id: 'theirs', method: 'text', phone: theirPhone }),
        accounts.setBackupCode(person.id, { from: null, to: await passwords.hash('X'.repeat(16)) }),
      ]);
      const moved = await moveAddress(server.deps, person);
      await server.deps.transaction([accounts.freeze(person.id, person.email)]);
      return { person, moved, them: { ...person, email: moved, phone: theirPhone } };
    }
    /** The pages from the code of support to the sign-in. */
    async function getIn(
      email: string,
      code: string,
      meanwhile = async () => {},
    ): Promise<{ email: string; phone: string; password: string }> {
      const visitor = server.visitor();
      await visitor.open('/users/password/new');
      const mailed = await codeAfter(server, email, () => visitor.press('Send code', { 'Email address': email }));
      await meanwhile();
      await enterCode(visitor, mailed);
      await meanwhile();
      await choose(visitor, 'A code from support');
      await visitor.press('Submit', { 'Code from support': code });
      await meanwhile();
      await setPassword(visitor);
      await meanwhile();
      const phone = newPhone();
      const choice = { 'Text message': true, 'U.S. mobile phone number': phone };
      await enterCode(visitor, await codeAfter(server, phone, () => visitor.press('Submit', choice)));
      await visitor.press('Proceed');
      expect(stepOf(visitor)).to.equal('sign-in/password');
      return { email, phone, password: NEW_PASSWORD };
    }

    it('gives it back to the former address, whatever the other side does in the 72 hours', async () => {
      const { person, moved, them } = await frozen();
      const visitor = server.visitor();
      await proveMailbox(server, visitor, person.email);
      await choose(visitor, NOTHING);
      expect(stepOf(visitor), 'nothing was there a week before').to.equal('recovery/support');
      await operators.request(person.email, KIM, REASON);
      expect((await operators.list()).map(({ email }) => email)).to.include(person.email);
      expect(await refusal(operators.approve(moved, ADA)), 'for the other side').to.contain('other address');
      const { code } = await operators.approve(person.email, ADA);
      for (const address of [person.email, moved]) {
        const mail = await server.newest(address, 2);
        expect(mail.subject, address).to.contain('settling');
        expect(
          mail.links.filter((link) => link.includes('/users/alerts/')),
          'nothing stops it',
        ).to.deep.equal([]);
      }
      expect((await server.newest(them.phone)).text)
        .to.contain('settling')
        .and.not.match(/http|kim|ada/);
      const early = server.visitor();
      await proveMailbox(server, early, person.email);
      await choose(early, 'A code from support');
      await early.press('Submit', { 'Code from support': code });
      expect(stepOf(early)).to.equal('recovery/waiting');
      expect(early.page().text, 'what does not stop it')
        .to.contain('enter the same code')
        .and.not.match(/signing in stops|has a link/);
      server.clock.advance(RIPE_HOURS * 3600);
      const thief = server.visitor();
      await thief.open('/');
      await signInHere(server, thief, them);
      const owner = await getIn(person.email, code, () => server.deps.transaction([server.deps.recoveries.cancel(person.id)]));
      const account = await person.account();
      expect(account).to.deep.include({ email: person.email, former: null, noticeEmail: null });
      expect(account.methods).to.have.length(1);
      expect(account.methods[0]).to.deep.include({ method: 'text', phone: owner.phone });
      await thief.open('/account');
      expect(thief.page().heading, 'who was signed in').not.to.equal('Your account');
      const back = server.visitor();
      await back.open('/');
      await signInHere(server, back, { ...person, ...owner });
      expect(await person.history()).to.include.members(['email.restored', 'recovery.waiting', 'password.changed']);
    });

    it('gives it to nobody who reads another mailbox in between, has the code, and spends all tries there', async () => {
      const { accounts, transaction } = server.deps;
      const person = await newcomer();
      const between = await moveAddress(server.deps, person);
      await moveAddress(server.deps, { ...person, email: between });
      await transaction([accounts.freeze(person.id, person.email)]);
      await operators.request(person.email, KIM, REASON);
      const { code } = await operators.approve(person.email, ADA);
      server.clock.advance(RIPE_HOURS * 3600);
      const thief = server.visitor();
      await proveMailbox(server, thief, between);
      await choose(thief, 'A code from support');
      for (let tries = 0; tries < 6; tries++) await thief.press('Submit', { 'Code from support': code });
      expect(stepOf(thief)).to.equal('recovery/support-code');
      await getIn(person.email, code);
      expect(await person.account()).to.deep.include({ email: person.email, former: null });
    });

    it('confirms the present one, if that is whose it is', async () => {
      const { person, moved } = await frozen();
      const before = server.visitor();
      await proveMailbox(server, before, moved);
      expect(stepOf(before)).to.equal('recovery/frozen');
      await operators.request(moved, KIM, REASON);
      const { code } = await operators.approve(moved, ADA);
      server.clock.advance(RIPE_HOURS * 3600);
      const visitor = server.visitor();
      await proveMailbox(server, visitor, moved);
      expect(visitor.page().text, 'only what support has given').not.to.match(/My backup code|My phone|The answers/);
      await getIn(moved, code);
      expect(await person.account()).to.deep.include({ email: moved, former: null });
      expect(await person.history())
        .to.include('email.settled')
        .and.not.include('email.restored');
    });

    it('is taken back by an operator alone, and over when it was settled another way', async () => {
      const { person, moved } = await frozen();
      const { accounts, recoveries, transaction } = server.deps;
      const waiting = async () => (await recoveries.of(person.id)).map(({ proof }) => proof);
      await operators.request(person.email, KIM, REASON);
      await operators.approve(person.email, ADA);
      await operators.request(person.email, ADA, REASON);
      expect(await refusal(operators.approve(person.email, KIM))).to.contain('waits already');
      await transaction([recoveries.cancel(person.id)]);
      expect(await failure(transaction([recoveries.stop(person.id, server.clock())]))).to.have.property('code', 'changed_elsewhere');
      expect(await waiting()).to.deep.equal(['settle:former']);
      await operators.cancel(person.email, KIM);
      expect(await waiting()).to.deep.equal([]);
      for (const email of [person.email, moved]) {
        const { text } = await server.newest(email, 2);
        expect(text, email)
          .to.contain('Our support team stopped')
          .and.not.match(/link from our emails|signed in/);
      }
      await operators.request(person.email, KIM, REASON);
      const { code } = await operators.approve(person.email, ADA);
      server.clock.advance(RIPE_HOURS * 3600);
      await transaction([accounts.confirmEmail(person.id, parseEmailAddress(person.email)!)]);
      const visitor = server.visitor();
      await visitor.open('/users/password/new');
      await visitor.press('Send code', { 'Email address': person.email });
      expect(await server.received(person.email).then((mails) => mails.filter(({ subject }) => /code/i.test(subject)))).to.have.length(0);
      expect(code).to.be.a('string');
    });

    it('is for the address that it was requested for, where the account was moved twice', async () => {
      const { accounts, transaction } = server.deps;
      const person = await newcomer();
      const between = await moveAddress(server.deps, person);
      await moveAddress(server.deps, { ...person, email: between });
      await transaction([accounts.freeze(person.id, person.email)]);
      await operators.request(between, KIM, REASON);
      const listed = (await operators.list()).map(({ email }) => email);
      expect(listed).to.include(between).and.not.include(person.email);
      expect(await refusal(operators.approve(person.email, ADA)), 'the first one').to.contain('other address');
      expect(await operators.approve(between, ADA)).to.have.property('about', 'settle:former');
    });

    it('waits for the former address to have stopped the change', async () => {
      const person = await newcomer();
      await moveAddress(server.deps, person);
      expect(await refusal(operators.request(person.email, KIM, REASON))).to.contain('has to stop the change');
    });
  });

  it('takes operators with a name and a passphrase that are good, and lets them go', async () => {
    expect(await refusal(operators.add({ ...KIM, name: 'Kim Lee' }))).to.contain('name');
    expect(await refusal(operators.add({ name: 'lee', passphrase: 'short' }))).to.contain('passphrase');
    expect(await refusal(operators.add(KIM))).to.contain('There is an operator');
    await operators.add({ name: 'lee', passphrase: 'a long enough passphrase' });
    expect(await operators.names()).to.deep.equal(['ada', 'kim', 'lee']);
    await operators.remove('lee');
    expect(await refusal(operators.remove('lee'))).to.contain('no operator');
  });
});
