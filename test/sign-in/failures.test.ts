/** What is known of a failed sign-in: to the operator and the account's history enough, to whoever tried it nothing (SU-02, ASVS 6.3.8). */
import { expect } from 'chai';
import { cpuTimeOf } from '../support/cpu-time.ts';
import { choosePassword, completeSignUp, enterCode, newAddress, PASSWORD } from '../support/people.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import { startServer, type TestServer } from '../support/server.ts';

const WRONG = 'Wrong-Harbor 71!';
/** Of each kind; on a machine that others keep busy, more are taken until chance has evened out. */
const SAMPLES = 12;
const MOST_SAMPLES = 48;
const RATIO = 1.5;

describe('sign-in: failures', function () {
  this.timeout(60_000);
  const lines: string[] = [];
  const known = newAddress('known');
  const unfinished = newAddress('unfinished');
  let locked: string;
  let server: TestServer;
  let account: string;

  before(async () => {
    server = await startServer({ env: { LOG_LEVEL: 'info' }, logLines: lines });
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    await completeSignUp(server, visitor, known);
    account = (await server.deps.accounts.findByEmail(known))!.id;
    const { id, email } = await makeRecoverable(server.deps);
    await server.deps.transaction([server.deps.accounts.lock(id, { by: 'kim', reason: 'Reported as stolen.' })]);
    locked = email;
    const other = server.visitor();
    await other.open('/users/sign_up');
    await other.press('Sign Up', { 'Email address': unfinished });
    await other.press('Continue', { 'Confirmation code': (await server.newest(unfinished)).codes[0]! });
    await other.press('I Agree');
    await choosePassword(other);
  });
  after(() => server.close());

  const atThePage = async () => {
    const visitor = server.visitor();
    await visitor.open('/');
    return visitor;
  };
  const noted = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'security event');
  const history = async () => {
    await server.deps.audit.settled();
    return (await server.deps.audit.of(account)).map(({ type }) => type);
  };

  it('are in the history of the account, and in the log under the number of the request', async () => {
    const visitor = await atThePage();
    for (const address of [known, unfinished, newAddress()]) await visitor.press('Sign In', { 'Email address': address, Password: WRONG });
    expect((await history()).filter((type) => type === 'sign-in.failed')).to.have.length(1);
    const failed = noted().filter(({ type }) => type === 'sign-in.failed');
    expect(failed.map(({ accountId }) => accountId)).to.deep.equal([account, undefined, undefined]);
    for (const { reference, ip } of failed) {
      expect(reference).to.match(/^\w{4}-\w{4}$/);
      expect(ip).to.be.a('string');
      expect(lines.some((line) => line.includes('"msg":"request"') && line.includes(String(reference)))).to.equal(true);
    }
  });

  it('leave neither a secret nor an address in the log', async () => {
    const visitor = await atThePage();
    const before = (await server.received(known)).length;
    await visitor.press('Sign In', { 'Email address': known, Password: PASSWORD });
    const code = (await server.newest(known, before + 1)).codes[0]!;
    const wrong = code === '111222' ? '222111' : '111222';
    await enterCode(visitor, wrong);
    await enterCode(visitor, code);
    await visitor.press('Sign out');
    expect(await history()).to.include.members(['code.failed', 'sign-in.failed', 'session.ended']);
    expect(noted().map(({ type }) => type)).to.include.members(['code.failed', 'session.ended']);
    for (const secret of [known, unfinished, PASSWORD, WRONG, 'Harbor', `"${code}"`, `"${wrong}"`])
      expect(lines.join('\n'), secret).not.to.include(secret);
  });

  it('take the same time for an address with an account, with one that is locked, with an unfinished sign-up, and with none', async () => {
    const visitor = await atThePage();
    const kinds = [known, locked, unfinished, newAddress('unknown')];
    const times = new Map<string, number[]>(kinds.map((address) => [address, []]));
    const medians = () => [...times.values()].map((taken) => taken.toSorted((one, other) => one - other)[taken.length >> 1]!);
    const ratio = () => Math.max(...medians()) / Math.min(...medians());
    for (let round = -2; round < SAMPLES || (round < MOST_SAMPLES && ratio() >= RATIO); round++)
      // Each kind comes first as often as the others.
      for (const [index] of kinds.entries()) {
        const address = kinds[(index + round + 2) % kinds.length]!;
        await server.deps.attempts.forgive('password-account', address);
        await server.deps.attempts.forgive('password-network', '127.0.0.1');
        await server.deps.audit.settled();
        const took = await cpuTimeOf(() => visitor.press('Sign In', { 'Email address': address, Password: WRONG }));
        expect(visitor.page().text).to.include('The email address or the password is not correct');
        // The first two rounds are for what is compiled and connected only once.
        if (round >= 0) times.get(address)!.push(took);
      }
    const said = medians().map((median) => `${median.toFixed(1)} ms`);
    expect(ratio(), said.join(', ')).to.be.below(RATIO);
  });
});
