import { expect } from 'chai';
import { signIn } from '../../src/sign-in/journey.ts';
import { commit, makeAccount, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-in/journey', () => {
  const methods = [
    { id: 'email', method: 'email' },
    { id: 'x1', method: 'text' },
    { id: 'x2', method: 'app' },
  ] as const;
  const password = { accountId: 'a', address: 'a', methods, termsChanged: false, tooWeak: false };
  const due = (answers: object) => signIn.due(answers as never)?.name;
  const proof = { person: 'a', at: new Date().toISOString() };

  it('asks for the password, then for a code, every time', () => {
    expect(due({})).to.equal('password');
    expect(due({ password: { ...password, methods: methods.slice(0, 1) } })).to.equal('email-code');
    expect(due({ password: { ...password, methods: [], tooWeak: true } })).to.equal('too-weak');
    expect(due({ password })).to.equal('choose-method');
    for (const [id, step] of [
      ['email', 'email-code'],
      ['x1', 'text-code'],
      ['x2', 'authenticator'],
    ] as const) {
      const chosen = { password, 'choose-method': methods.find((method) => method.id === id) };
      expect(due(chosen)).to.equal(step);
      expect(due({ ...chosen, [step]: proof })).to.equal(undefined);
      expect(due({ ...chosen, [step]: { ...proof, person: 'b' } }), 'proven for another account').to.equal(step);
    }
  });

  it('asks for newer terms last', () => {
    const answers = { password: { ...password, methods: methods.slice(0, 1), termsChanged: true }, 'email-code': proof };
    expect(due(answers)).to.equal('terms');
  });

  it('forgets a chosen method that the account does not have', () => {
    const other = { ...password, methods: methods.slice(0, 2) };
    expect(due({ password: other, 'choose-method': methods[2], authenticator: proof })).to.equal('choose-method');
  });

  it('ends with who signed in, how and when, and remembers the browser', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount({ terms: { version: '2020-01-01', at: new Date() } });
    const answers = {
      password: { ...password, accountId: account.id, methods: methods.slice(0, 1) },
      'email-code': { ...proof, person: account.id },
      terms: { version: deps.config.terms.version },
    };
    const { result, writes } = await signIn.finish(deps, visitOf(answers, { browser: 'this browser' }));
    expect(result).to.deep.equal({
      login: {
        accountId: account.id,
        acr: deps.config.policy.acrValues[0],
        amr: ['pwd', 'otp'],
        ts: Math.floor(Date.parse(proof.at) / 1000),
      },
    });
    await commit(writes);
    const now = (await deps.accounts.find(account.id))!;
    expect([now.browsers, now.terms.version]).to.deep.equal([['this browser'], deps.config.terms.version]);
    expect((await deps.audit.of(account.id)).map(({ type }) => type)).to.have.members(['sign-in.succeeded', 'terms.accepted']);
  });

  it('never ends without a second factor', async () => {
    const { deps } = await sharedServer();
    const finished = signIn.finish(deps, visitOf({ password, 'choose-method': methods[1], 'email-code': proof }));
    expect(await finished.catch((error: Error) => error.message)).to.equal('a sign-in without a second factor');
  });
});
