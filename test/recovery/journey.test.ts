import { expect } from 'chai';
import { recovery } from '../../src/recovery/journey.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import { BACKUP, choose, giveAnswers, NEW_PASSWORD, proveMailbox, QUESTIONS, setPassword, stepOf } from '../support/recovering.ts';
import { sharedServer } from '../support/shared-server.ts';

const MAILBOX = { canonical: 'a@people.test', accountId: 'a', at: '2026-11-22T12:00:00.000Z', former: false, frozen: false };
const START = { email: { address: 'a@people.test', canonical: 'a@people.test' }, 'recovery-code': MAILBOX };
const chosen = (kind: string, proof = kind, answers = kind === 'nothing') => ({
  accountId: 'a',
  since: MAILBOX.at,
  proof,
  kind,
  answers,
  anew: kind === 'nothing' || kind === 'operators',
});
const hold = (ripe: boolean) => ({ proof: 'questions', ripe, ripeAt: '', until: '' });
const due = (answers: object) => recovery.due({ ...START, ...answers })?.name;

describe('recovery/journey', function () {
  this.timeout(60_000);

  it('asks for the proof that was chosen, and for no other', () => {
    expect(due({})).to.equal('choose-proof');
    for (const [kind, step] of [
      ['questions', 'answer-questions'],
      ['backup-code', 'backup-code'],
      ['text', 'text-code'],
      ['app', 'authenticator'],
      ['passkey', 'passkey'],
      ['operators', 'support-code'],
      ['nothing', 'answer-questions'],
    ] as const)
      expect(due({ 'choose-proof': chosen(kind) }), kind).to.equal(step);
    expect(due({ 'choose-proof': chosen('nothing', 'nothing', false) })).to.equal('support');
    expect(recovery.due({ ...START, 'recovery-code': { ...MAILBOX, frozen: true } })?.name).to.equal('frozen');
  });

  it('takes no proof for another choice, another account or another address', () => {
    const [questions, nothing] = [chosen('questions'), chosen('nothing')];
    const given = { at: '', chosen: questions };
    expect(due({ 'choose-proof': questions, 'answer-questions': given })).to.equal('new-password');
    expect(due({ 'choose-proof': nothing, 'answer-questions': given })).to.equal('answer-questions');
    const others = { ...questions, accountId: 'b' };
    expect(due({ 'choose-proof': questions, 'answer-questions': { at: '', chosen: others } })).to.equal('answer-questions');
    expect(due({ 'choose-proof': others, 'answer-questions': { at: '', chosen: others } })).to.equal('choose-proof');
    const earlier = { ...questions, since: '2026-11-22T11:00:00.000Z' };
    expect(due({ 'choose-proof': questions, 'answer-questions': { at: '', chosen: earlier } })).to.equal('answer-questions');
    expect(due({ 'choose-proof': earlier, 'answer-questions': { at: '', chosen: earlier } })).to.equal('choose-proof');
    const moved = { email: { address: 'b@people.test', canonical: 'b@people.test' }, 'choose-proof': questions, 'answer-questions': given };
    expect(due(moved)).to.equal('recovery-code');
  });

  it('waits for what has to, sets everything up anew where nothing is left, and a backup code that was spent', () => {
    const nothing = { 'choose-proof': chosen('nothing') };
    const answered = (ripe: boolean) => ({ ...nothing, 'answer-questions': { at: '', chosen: chosen('nothing'), hold: hold(ripe) } });
    expect(due(answered(false))).to.equal('waiting');
    expect(recovery.due({ ...START, ...answered(false), waiting: { left: true } }), 'it ends').to.equal(undefined);
    expect(due({ ...nothing, 'answer-questions': { forgotten: true, chosen: chosen('nothing') } })).to.equal('support');
    const password = { 'new-password': { hash: 'h', at: '', chosen: chosen('nothing') } };
    expect(due(answered(true))).to.equal('new-password');
    expect(due({ ...answered(true), ...password })).to.equal('new-method');
    const method = { 'new-method': { person: 'a', method: 'text', phone: '+12025550123', remove: [] } };
    expect(due({ ...answered(true), ...password, ...method })).to.equal('new-text-code');
    const proven = { 'new-text-code': { address: '+12025550123', person: 'a|new', at: '', saved: true, chosen: chosen('nothing') } };
    expect(due({ ...answered(true), ...password, ...method, ...proven })).to.equal('new-backup-code');
    expect(recovery.applies('new-method', { ...START, ...answered(true), ...password, ...method, ...proven }), 'it is saved').to.equal(
      false,
    );
    const backup = { 'choose-proof': chosen('backup-code'), 'backup-code': { person: 'a', at: '', chosen: chosen('backup-code') } };
    const passwordFor = (kind: string) => ({ 'new-password': { hash: 'h', at: '', chosen: chosen(kind) } });
    expect(due({ ...backup, ...passwordFor('backup-code') })).to.equal('new-backup-code');
    expect(due({ ...backup, ...password }), 'a password of another way').to.equal('new-password');
    const questions = { 'choose-proof': chosen('questions'), 'answer-questions': { at: '', chosen: chosen('questions') } };
    expect(recovery.due({ ...START, ...questions, ...passwordFor('questions') })).to.equal(undefined);
  });

  it('cannot be entered at a later page, by opening it or by sending its form', async () => {
    const server = await sharedServer();
    const visitor = server.visitor();
    await visitor.open('/users/password/new');
    const { url } = visitor.page();
    for (const { name } of recovery.steps.slice(1)) {
      await visitor.open(url.replace(/email$/, name));
      expect(visitor.page().url, name).to.equal(url);
      await visitor.post(
        url.replace(/email$/, name),
        'password=Copper-Lantern+38%3F&password_confirmation=Copper-Lantern+38%3F&code=123456',
      );
      expect(visitor.page().url, name).to.equal(url);
    }
  });

  it('replays nothing of another journey, and nothing after its end', async () => {
    const server = await sharedServer();
    const [mine, theirs] = [await makeRecoverable(server.deps), await makeRecoverable(server.deps)];
    const visitor = server.visitor();
    await proveMailbox(server, visitor, mine.email);
    await choose(visitor, QUESTIONS);
    const answers = visitor.formOf('Submit');
    await giveAnswers(visitor);
    const password = visitor.formOf('Submit', { Password: 'Silver-Lantern 38?', 'Confirm password': 'Silver-Lantern 38?' });
    const other = server.visitor();
    await proveMailbox(server, other, theirs.email);
    const foreign = new URL(other.page().url).pathname.split('/')[2]!;
    // Their interaction belongs to their browser, and mine is at another page.
    for (const { url, body } of [answers, password]) {
      const there = url.replace(/interaction\/[\w-]+/, `interaction/${foreign}`);
      expect((await server.visitor().post(there, body.toString())).status).to.be.oneOf([400, 410]);
      await other.post(there, body.toString());
      expect(stepOf(other)).to.equal('recovery/choose-proof');
    }
    await setPassword(visitor);
    for (const { url, body } of [answers, password]) {
      await visitor.post(url, body.toString());
      expect(stepOf(visitor)).to.equal('sign-in/password');
    }
    expect(await server.deps.passwords.verify(NEW_PASSWORD, (await mine.account()).passwordHash)).to.equal(true);
  });

  it('begins again in the same authorization when somebody comes back to it after its end', async () => {
    const server = await sharedServer();
    const person = await makeRecoverable(server.deps);
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, BACKUP);
    await visitor.press('Submit', { 'Backup code': person.backupCode });
    await setPassword(visitor);
    await visitor.press('Proceed');
    expect(visitor.page().text).to.contain('Your password was changed');
    server.clock.advance(60);
    await visitor.follow('Forgot your password?');
    expect(stepOf(visitor)).to.equal('recovery/email');
  });

  it('works for an account that is about to be closed, and leaves that as it is', async () => {
    const { deps, visitor: browser, ...server } = await sharedServer();
    const person = await makeRecoverable(deps);
    await deps.transaction([deps.accounts.close(person.id, 14)]);
    const visitor = browser();
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, QUESTIONS);
    await giveAnswers(visitor);
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('sign-in/password');
    expect((await person.account()).closesAt).not.to.equal(null);
  });
});
