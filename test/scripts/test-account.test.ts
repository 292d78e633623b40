/** The command as a process of its own, beside a server. */
import { expect } from 'chai';
import { command } from '../support/command.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('scripts/test-account', function () {
  this.timeout(60_000);

  const testAccount = (args: readonly string[], issuer: string) => command('scripts/test-account.ts', () => ({ ISSUER: issuer }))(args);

  it('prints an account as JSON, and what is wrong in words', async () => {
    const { origin, deps } = await sharedServer();
    const args = ['--email', 'bo@people.test', '--methods', 'text,app', '--membership', 'myuscis=applicant'];
    const { code, out } = await testAccount(args, origin);
    expect([code, JSON.parse(out).email]).to.deep.equal([0, 'bo@people.test']);
    expect((await deps.accounts.findByEmail('bo@people.test'))!.memberships).to.deep.equal({ myuscis: 'applicant' });
    const again = await testAccount(args, origin);
    expect(again).to.deep.equal({ code: 1, out: '', err: 'email: bo@people.test has an account already\n' });
    const nobody = await testAccount([], 'http://localhost:9');
    expect([nobody.code, nobody.err]).to.deep.equal([1, 'No provider answers at http://localhost:9: is it started, with npm start?\n']);
  });
});
