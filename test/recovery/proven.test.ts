import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { isFor } from '../../src/recovery/proven.ts';
import { codeAfter, enterCode, notNow, PASSWORD } from '../support/people.ts';
import { makeRecoverable, moveAddress, type Recoverable, ripen } from '../support/recoverable.ts';
import { choose, giveAnswers, giveMethod, NOTHING, phoneOf, proveMailbox, QUESTIONS, setPassword, stepOf } from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

const HOUR = 3600;

describe('recovery/proven', function () {
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

  const recovering = async ({ email }: Recoverable): Promise<Visitor> => {
    const visitor = server.visitor();
    await proveMailbox(server, visitor, email);
    return visitor;
  };
  const held = async (person: Recoverable, visitor?: Visitor): Promise<Visitor> => {
    const on = visitor ?? (await recovering(person));
    await giveMethod(server, on, person, 'text');
    return on;
  };
  /** Their mails of this subject. */
  const mails = async (email: string, subject: RegExp) => (await server.received(email)).filter((mail) => subject.test(mail.subject));

  it('is for the account and the choice it was given for', () => {
    const chosen = { accountId: 'a', since: 'now', proof: 'questions', kind: 'questions', answers: false, anew: false } as const;
    expect(isFor({ chosen }, chosen)).to.equal(true);
    expect(isFor({ chosen }, { ...chosen, accountId: 'b' })).to.equal(false);
    expect(isFor({ chosen }, { ...chosen, proof: 'nothing' })).to.equal(false);
    expect(isFor({ chosen }, { ...chosen, since: 'later' })).to.equal(false);
    expect(isFor({}, chosen)).to.equal(false);
    expect(isFor({ chosen }, undefined)).to.equal(false);
  });

  it('tells every address and phone when it begins to wait, once, and does not begin again', async () => {
    const person = await makeRecoverable(server.deps, ['email', 'text']);
    await server.deps.transaction([server.deps.accounts.setNoticeEmail(person.id, { from: null, to: `notices.${person.email}` })]);
    const first = await held(person);
    expect(stepOf(first)).to.equal('recovery/waiting');
    for (const to of [person.email, `notices.${person.email}`]) {
      const [mail] = await mails(to, /recovering/);
      expect(mail!.links.join()).to.contain('/users/alerts/cancel-recovery?token=');
    }
    const text = await server.newest(person.phone!, 2);
    expect(text.text).not.to.match(/http|@/);
    const ripeAt = async () => (await server.deps.recoveries.of(person.id))[0]!.ripeAt;
    const before = await ripeAt();
    server.clock.advance(HOUR);
    const second = await held(person);
    expect(stepOf(second)).to.equal('recovery/waiting');
    expect(await ripeAt()).to.deep.equal(before);
    expect(await mails(person.email, /recovering/)).to.have.length(1);
    expect((await person.history()).filter((type) => type === 'recovery.waiting')).to.have.length(1);
  });

  it('counts for the same method alone: another one waits by itself', async () => {
    const person = await makeRecoverable(server.deps, ['text', 'app']);
    await held(person);
    await ripen(db, person.id);
    const visitor = await recovering(person);
    await giveMethod(server, visitor, person, 'app');
    expect(stepOf(visitor)).to.equal('recovery/waiting');
    expect((await server.deps.recoveries.of(person.id)).map(({ proof, ripe }) => [proof, ripe])).to.deep.equal([
      ['method:a-phone', true],
      ['method:an-app', false],
    ]);
  });

  it('has to be given again when it is ripe, and within seven days', async () => {
    const person = await makeRecoverable(server.deps);
    const visitor = await held(person);
    server.clock.advance(24 * HOUR);
    // What was proven yesterday is no proof of today.
    await visitor.open(visitor.page().url);
    expect(stepOf(visitor)).to.equal('recovery/email');
    await visitor.open(visitor.page().url.replace(/email$/, 'new-password'));
    expect(stepOf(visitor)).to.equal('recovery/email');
    const wrong = await recovering(person);
    await choose(wrong, phoneOf(person));
    await enterCode(wrong, '000000');
    expect(wrong.page().status).to.equal(422);
    server.clock.advance(7 * 24 * HOUR);
    const late = await held(person);
    expect(stepOf(late)).to.equal('recovery/waiting');
  });

  it('ends with any sign-in, which its owner is told', async () => {
    const person = await makeRecoverable(server.deps);
    await held(person);
    server.clock.advance(HOUR);
    const own = server.visitor();
    await own.open('/');
    const submit = () => own.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
    await enterCode(own, await codeAfter(server, person.phone!, submit));
    await notNow(own);
    expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
    server.clock.advance(24 * HOUR);
    const after = await held(person);
    expect(stepOf(after), 'it begins anew').to.equal('recovery/waiting');
  });

  for (const [what, at] of [
    ['before the choice', async () => {}],
    ['at the questions', (visitor: Visitor) => choose(visitor, QUESTIONS)],
    [
      'at the new password',
      async (visitor: Visitor) => {
        await choose(visitor, QUESTIONS);
        await giveAnswers(visitor);
      },
    ],
  ] as const)
    it(`goes no further once its owner has said "this wasn't me" (${what})`, async () => {
      const person = await makeRecoverable(server.deps);
      const visitor = await recovering(person);
      await at(visitor);
      const notMe = (await mails(person.email, /Code to reset/))[0]!.links.find((link) => link.includes('not-me'))!;
      const owner = server.visitor();
      await owner.open(notMe);
      await owner.press('Stop any recovery');
      if (stepOf(visitor) === 'recovery/choose-proof') await choose(visitor, QUESTIONS);
      if (stepOf(visitor) === 'recovery/answer-questions') await giveAnswers(visitor);
      else await setPassword(visitor);
      expect([visitor.page().status, visitor.page().heading]).to.deep.equal([409, 'This password reset was stopped']);
      expect((await person.account()).newPasswordDue).to.be.a('boolean');
      expect(await server.deps.passwords.verify(PASSWORD, (await person.account()).passwordHash)).to.equal(true);
      await visitor.open('/users/password/new');
      expect(stepOf(visitor)).to.equal('recovery/email');
    });

  it('does not rest on a mailbox that was proven hours ago, however often its pages were sent since', async () => {
    // What happened: who could read a mailbox for a minute kept the recovery open, until a backup code turned up or a phone could be had.
    const person = await makeRecoverable(server.deps);
    const visitor = await recovering(person);
    for (const _ of [1, 2, 3]) {
      server.clock.advance(50 * 60);
      await choose(visitor, QUESTIONS);
      await visitor.open(visitor.page().url.replace(/answer-questions$/, 'choose-proof'));
      expect(stepOf(visitor)).to.equal('recovery/choose-proof');
    }
    await choose(visitor, QUESTIONS);
    await giveAnswers(visitor);
    expect([visitor.page().status, visitor.page().heading]).to.deep.equal([410, 'This page has expired']);
    await visitor.open('/users/password/new');
    expect(stepOf(visitor)).to.equal('recovery/email');
  });

  it('does not give back an address whose time to object ran out on the way', async () => {
    const person = await makeRecoverable(server.deps);
    await moveAddress(server.deps, person);
    server.clock.advance(7 * 24 * HOUR - 60);
    const visitor = await recovering(person);
    await giveMethod(server, visitor, person, 'text');
    server.clock.advance(120);
    await setPassword(visitor);
    expect([visitor.page().status, visitor.page().heading]).to.deep.equal([410, 'This page has expired']);
    expect(await server.deps.passwords.verify(PASSWORD, (await person.account()).passwordHash)).to.equal(true);
  });

  it('goes no further once what waits was cancelled by its link', async () => {
    const person = await makeRecoverable(server.deps);
    const visitor = await recovering(person);
    await choose(visitor, NOTHING);
    await giveAnswers(visitor);
    const [mail] = await mails(person.email, /recovering/);
    const owner = server.visitor();
    await owner.open(mail!.links.find((link) => link.includes('cancel-recovery'))!);
    const { url, body } = owner.formOf(owner.page().root.querySelector('main form button')!.text.trim());
    await owner.post(url, body.toString());
    expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
    server.clock.advance(72 * HOUR);
    const later = await recovering(person);
    await choose(later, NOTHING);
    await giveAnswers(later);
    expect(stepOf(later)).to.equal('recovery/waiting');
  });
});
