/** Support's command as a process of its own, beside a server. */
import { expect } from 'chai';
import { command } from '../support/command.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import { choose, proveMailbox, stepOf } from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('scripts/recover', function () {
  this.timeout(90_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const recover = command('scripts/recover.ts', () => server.env);

  it('leads from two operators to a code that the person can use', async () => {
    const person = await makeRecoverable(server.deps);
    const [one, other] = ['an old oak by the river', 'seven lamps and a lantern'];
    expect((await recover(['operator', 'add', 'kim'], `${one}\n`)).code).to.equal(0);
    expect((await recover(['operator', 'add', 'ada'], '', { OPERATOR_PASSPHRASE: other })).code).to.equal(0);
    const request = ['request', person.email, '--operator', 'kim', '--reason', 'Passport checked by phone.'];
    expect(await recover(request, 'wrong\n')).to.deep.equal({ code: 1, out: '', err: 'No operator has this name and passphrase.\n' });
    expect((await recover(request, `${one}\n`)).out).to.contain('Another operator has to approve');
    expect((await recover(['list'])).out)
      .to.contain(person.email)
      .and.to.contain('by kim: Passport checked by phone.');
    expect((await recover(['approve', person.email, '--operator', 'kim'], `${one}\n`)).code).to.equal(1);
    const approved = await recover(['approve', person.email, '--operator', 'ada'], `${other}\n`);
    const [, code = ''] = /this once: (\S+)/.exec(approved.out) ?? [];
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, 'A code from support');
    await visitor.press('Submit', { 'Code from support': code });
    expect(stepOf(visitor)).to.equal('recovery/waiting');
    expect((await recover(['cancel', person.email, '--operator', 'kim'], `${one}\n`)).out).to.equal('Cancelled.\n');
    expect((await recover(['operator', 'list'])).out).to.equal('ada\nkim\n');
    expect((await recover(['operator', 'remove', 'kim'])).code).to.equal(0);
  });

  it('says what it needs', async () => {
    const help = await recover(['--help']);
    expect(help.out).to.contain('request').and.to.contain('approve').and.to.contain('cancel');
    expect((await recover(['request', 'ana@people.test'])).err).to.contain('--operator');
  });
});
