/**
 * What happened: in a recovery one could go back and type another address, and what had been given for the first stayed in the journey.
 * Whoever read somebody's mailbox and nothing else gave them a backup code of their own in this way; and a proof that was given once waited
 * behind another address, out of reach of whatever its owner did against it.
 */
import { expect } from 'chai';
import { answersSecret } from '../../src/security-questions/answers.ts';
import { begin, expectDone, objected } from '../support/changing.ts';
import { addPhone, type Member, newMember } from '../support/member.ts';
import { answerQuestions, codeAfter, enterCode, newAddress, newPhone, PASSWORD } from '../support/people.ts';
import { makeRecoverable, moveAddress, type Recoverable } from '../support/recoverable.ts';
import { BACKUP, choose, giveAnswers, giveMethod, NOTHING, proveMailbox, QUESTIONS, setPassword, stepOf } from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { sharedServer } from '../support/shared-server.ts';
import type { Visitor } from '../support/visitor.ts';

describe('trouble: another address in the middle of a recovery', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  /** Back to the first page, and from there on as somebody else. */
  async function goOnAs(visitor: Visitor, { email }: Pick<Recoverable, 'email'>): Promise<void> {
    await visitor.open(visitor.page().url.replace(/recovery.*$/, 'recovery/email'));
    const code = await codeAfter(server, email, () => visitor.press('Send code', { 'Email address': email }));
    await enterCode(visitor, code);
  }

  it('gives nobody a backup code that was made for somebody else', async () => {
    const thief = await makeRecoverable(server.deps);
    // It was spent a moment ago, and a new one has not been shown yet.
    const victim = await makeRecoverable(server.deps, ['text'], { backupCodeHash: null });
    const visitor = server.visitor();
    await proveMailbox(server, visitor, thief.email);
    await choose(visitor, BACKUP);
    await visitor.press('Submit', { 'Backup code': thief.backupCode });
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-backup-code');
    // Another browser has been given one for the same account meanwhile: this recovery cannot end, and stays open.
    await server.deps.transaction([server.deps.accounts.setBackupCode(thief.id, { from: null, to: 'a hash' })]);
    await visitor.press('Proceed');
    expect(visitor.page().status).to.equal(409);
    await goOnAs(visitor, victim);
    await choose(visitor, NOTHING);
    await visitor.press('I do not remember my answers');
    expect(stepOf(visitor)).to.equal('recovery/support');
    await visitor.press('Go to the sign-in page');
    expect((await victim.account()).backupCodeHash).to.equal(null);
    expect(visitor.page().text).not.to.contain('Your password was changed');
  });

  it('keeps no proof for later behind the address of somebody else', async () => {
    const [partner, owner] = [await makeRecoverable(server.deps), await makeRecoverable(server.deps, ['email'])];
    const visitor = server.visitor();
    await proveMailbox(server, visitor, owner.email);
    await choose(visitor, QUESTIONS);
    await giveAnswers(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-password');
    await goOnAs(visitor, partner);
    // The owner hears of it, and does all that can be done.
    const { deps } = server;
    const { passwordHash, questions } = await owner.account();
    const answersHash = await deps.passwords.hash(answersSecret(questions!.ids.map((id) => ({ id, answer: 'another' }))));
    await deps.transaction([
      deps.accounts.setQuestions(owner.id, { from: questions!.answersHash, ids: questions!.ids, answersHash }),
      deps.accounts.switchQuestions(owner.id, false),
      deps.recoveries.cancel(owner.id),
      deps.journeys.endOthers(owner.id, ''),
    ]);
    server.clock.advance(1);
    await goOnAs(visitor, owner);
    expect(stepOf(visitor)).to.equal('recovery/choose-proof');
    expect(await deps.passwords.verify(PASSWORD, passwordHash)).to.equal(true);
  });
});

/** What happened: a recovery that had been proven waited on its last page, and went on after its owner had replaced what it was proven with. */
describe('trouble: a recovery proven with what its owner has replaced', function () {
  this.timeout(60_000);

  for (const [what, way, replace] of [
    [
      'other answers',
      QUESTIONS,
      async (own: Visitor) => {
        await begin(own, 'change-questions');
        await answerQuestions(own);
      },
    ],
    [
      'no recovery by answers',
      QUESTIONS,
      async (own: Visitor) => {
        await own.open('/account/questions');
        await own.press('Save', { 'No, switched off': true });
      },
    ],
    [
      'a new backup code',
      BACKUP,
      async (own: Visitor) => {
        await begin(own, 'change-backup-code');
        await own.press('Show me a new backup code');
        await own.press('Proceed');
      },
    ],
  ] as const)
    it(`ends: ${what}`, async () => {
      const server = await sharedServer();
      const member = await newMember();
      const { person, visitor: own } = member;
      const thief = server.visitor();
      await proveMailbox(server, thief, person.email);
      await choose(thief, way);
      if (way === QUESTIONS) await giveAnswers(thief);
      else await thief.press('Submit', { 'Backup code': person.backupCode });
      expect(stepOf(thief)).to.equal('recovery/new-password');
      const { passwordHash } = await member.account();
      await replace(own);
      expectDone(own);
      await setPassword(thief);
      expect(stepOf(thief)).to.equal('recovery/email');
      expect((await member.account()).passwordHash).to.equal(passwordHash);
    });
});

/**
 * What happened: whoever had moved an account to an address of theirs ended the recovery of its owner from the former one by whatever ends
 * recoveries, as often as they liked: a second is enough for questions switched off and on. It also spent the owner's tries.
 */
describe('trouble: a recovery from the former address, and who is signed in at the present one', function () {
  this.timeout(60_000);

  const ACTS: Readonly<Record<string, (own: Visitor, member: Member) => Promise<unknown>>> = {
    'switches recovery by answers off': async (own) => {
      await own.open('/account/questions');
      await own.press('Save', { 'No, switched off': true });
    },
    'removes a method': async (own, member) => {
      await own.open(`/account/methods/${await addPhone(member)}/remove`);
      await own.press('Remove method');
    },
    'makes a new backup code': async (own) => {
      await begin(own, 'change-backup-code');
      await own.press('Show me a new backup code');
      await own.press('Proceed');
    },
    'says that it was not them': async (own) => {
      await own.open('/account/not-me');
      await own.press('Secure my account');
    },
  };
  for (const [what, act] of Object.entries(ACTS))
    it(`goes on when that ${what}`, async () => {
      const server = await sharedServer();
      const member = await newMember({ text: newPhone() });
      const { former } = await objected(member, newAddress('thief'));
      const owner = server.visitor();
      await proveMailbox(server, owner, former);
      await giveMethod(server, owner, member.person, 'text');
      expect(stepOf(owner)).to.equal('recovery/new-password');
      const before = member.visitor.page().url;
      await act(member.visitor, member);
      expect([member.visitor.page().status, member.visitor.page().url]).to.not.deep.equal([200, before]);
      await setPassword(owner);
      expect(stepOf(owner)).to.equal('sign-in/password');
      expect(await member.account()).to.deep.include({ email: former, former: null });
    });

  it('has tries of its own', async () => {
    const server = await sharedServer();
    const person = await makeRecoverable(server.deps);
    const moved = await moveAddress(server.deps, person);
    const [thief, owner] = [server.visitor(), server.visitor()];
    await proveMailbox(server, thief, moved);
    await choose(thief, BACKUP);
    for (let tries = 0; tries < 11; tries++) await thief.press('Submit', { 'Backup code': 'THIE-FTHI-EFTH-IEFT' });
    expect(thief.page().text).to.match(/too many|try again/i);
    await proveMailbox(server, owner, person.email);
    await choose(owner, BACKUP);
    await owner.press('Submit', { 'Backup code': person.backupCode });
    expect(stepOf(owner)).to.equal('recovery/new-password');
  });
});
