import { expect } from 'chai';
import { configDir } from '../config/config-dir.ts';
import { newPhone } from '../support/people.ts';
import { makeRecoverable, type Recoverable } from '../support/recoverable.ts';
import { choose, NOTHING, proveMailbox, QUESTIONS, stepOf } from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('recovery/choose-proof', function () {
  this.timeout(60_000);

  const offeredTo = async (server: TestServer, person: Recoverable) => {
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    expect(stepOf(visitor)).to.equal('recovery/choose-proof');
    const labels = visitor.page().root.querySelectorAll('.choice label');
    return { visitor, labels: labels.map((label) => label.text.trim()) };
  };

  it('offers what the account has, phones masked and by their names, and never the mailbox', async () => {
    const server = await sharedServer();
    const { deps } = server;
    const person = await makeRecoverable(deps, ['email', 'text', 'app', 'passkey']);
    const named = newPhone();
    await deps.transaction([deps.accounts.addMethod(person.id, { id: 'b', method: 'text', phone: named, name: 'Office' })]);
    const { visitor, labels } = await offeredTo(server, person);
    expect(labels).to.deep.equal([
      'The answers to my five password reset questions',
      'My backup code',
      `My phone •••${person.phone!.slice(-2)}`,
      'My authentication app',
      `Office (phone •••${named.slice(-2)})`,
      'A passkey',
      'I have none of these, or nothing left to sign in with',
    ]);
    expect(visitor.page().html).not.to.contain(person.phone).and.not.to.contain(named);
  });

  it('offers neither a spent backup code nor questions that are switched off', async () => {
    const server = await sharedServer();
    const { deps } = server;
    const person = await makeRecoverable(deps, ['email']);
    const { backupCodeHash } = await person.account();
    await deps.transaction([deps.accounts.switchQuestions(person.id, false), deps.accounts.useBackupCode(person.id, backupCodeHash!)]);
    const { visitor, labels } = await offeredTo(server, person);
    expect(labels).to.deep.equal(['I have none of these, or nothing left to sign in with']);
    const { url, body } = visitor.formOf('Continue');
    for (const proof of ['questions', 'backup-code', 'method:email', 'passkey', 'operators']) {
      body.set('proof', proof);
      expect((await visitor.post(url, body.toString())).status, proof).to.equal(422);
    }
    await choose(visitor, NOTHING);
    expect(stepOf(visitor)).to.equal('recovery/support');
  });

  it('lets another be chosen, and then asks for that', async () => {
    const server = await sharedServer();
    const person = await makeRecoverable(server.deps);
    const { visitor } = await offeredTo(server, person);
    await choose(visitor, QUESTIONS);
    await visitor.follow('Use something else');
    expect(visitor.page().root.querySelector('input[checked]')!.getAttribute('value')).to.equal('questions');
    await choose(visitor, 'My backup code');
    expect(stepOf(visitor)).to.equal('recovery/backup-code');
    await visitor.follow('Use something else');
    await choose(visitor, 'My phone');
    expect(stepOf(visitor)).to.equal('recovery/text-code');
    await visitor.follow('Use something else');
    expect(stepOf(visitor)).to.equal('recovery/choose-proof');
  });

  it('asks no questions in the nist profile', async () => {
    const policy = { password: { minLength: 15, maxLength: 128 }, code: { emailMinutes: 10, textMinutes: 10, tries: 5 } };
    const shipped = (await sharedServer()).config.policy;
    const server = await startServer({ env: { CONFIG_DIR: configDir({ 'policy.json': { ...shipped, ...policy, profile: 'nist' } }) } });
    const { visitor, labels } = await offeredTo(server, await makeRecoverable(server.deps));
    expect(labels.join()).not.to.contain('answers');
    await choose(visitor, NOTHING);
    expect(stepOf(visitor)).to.equal('recovery/support');
    await server.close();
  });
});
