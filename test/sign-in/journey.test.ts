import { expect } from 'chai';
import { signIn } from '../../src/sign-in/journey.ts';
import { commit, makeAccount, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-in/journey', () => {
  const methods = [
    { id: 'email', method: 'email' },
    { id: 'x1', method: 'text' },
    { id: 'x2', method: 'app' },
  ] as const;
  const password = {
    accountId: 'a',
    address: 'a',
    methods,
    termsChanged: false,
    tooWeak: false,
    offerAfter: [],
    backupCode: true,
    lacksBackupCode: false,
    newPasswordDue: false,
    newMethodDue: false,
  };
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

  it('asks for the backup code where that was chosen, at once or in place of a code, and then for what is lost', () => {
    const at = '2026-11-22T12:00:00Z';
    const instead = { instead: 'backup-code', person: 'a', choice: at };
    const chosen = { password, 'choose-method': { ...methods[1], at } };
    expect(due({ ...chosen, 'text-code': instead })).to.equal('backup-code');
    expect(due({ ...chosen, 'text-code': { ...instead, person: 'b' } }), "another account's choice").to.equal('text-code');
    expect(due({ ...chosen, 'text-code': { ...instead, choice: 'before' } }), 'the method chosen anew').to.equal('text-code');
    expect(due({ password, 'choose-method': { id: 'backup-code', method: 'backup-code', at } })).to.equal('backup-code');
    const none = { ...password, backupCode: false };
    expect(due({ password: none, 'choose-method': { id: 'backup-code', method: 'backup-code', at } })).to.equal('choose-method');

    const spent = { ...chosen, 'text-code': instead, 'backup-code': proof };
    expect(due({ ...spent, 'backup-code': { ...proof, person: 'b' } })).to.equal('backup-code');
    expect(due(spent)).to.equal('new-method');
    expect(due({ ...spent, password: { ...password, closesAt: at } })).to.equal('keep-account');
    for (const [method, step] of [
      ['email', 'new-email-code'],
      ['text', 'new-text-code'],
      ['app', 'new-authenticator'],
    ] as const) {
      const set = { ...spent, 'new-method': { person: 'a', method, phone: '+12025550199', remove: [] } };
      expect(due(set)).to.equal(step);
      const proven = { ...set, [step]: { person: 'a|new', address: '+12025550199', at } };
      expect(due(proven)).to.equal('new-backup-code');
      expect(due({ ...proven, 'new-backup-code': { hash: 'x' } })).to.equal(undefined);
    }
    // The code came after all: nothing was lost but the backup code.
    expect(due({ ...spent, 'text-code': proof })).to.equal('new-backup-code');
  });

  it('asks for another method where the only one counts no more, however the sign-in was proven', () => {
    const outdated = { ...password, methods: methods.slice(0, 1), newMethodDue: true, lacksBackupCode: true, newPasswordDue: true };
    const alone = { ...outdated, methods: [], passkey: { at: proof.at } };
    expect(due({ password: outdated })).to.equal('email-code');
    for (const answers of [{ password: outdated, 'email-code': proof }, { password: alone }]) {
      expect(due(answers)).to.equal('new-method');
      const chosen = { ...answers, 'new-method': { person: 'a', method: 'app', remove: [] } };
      expect(due({ ...answers, 'new-method': { person: 'b', method: 'app', remove: [] } })).to.equal('new-method');
      expect(due(chosen)).to.equal('new-authenticator');
      expect(due({ ...chosen, 'new-authenticator': { person: 'a|new', secret: 'x', at: proof.at } })).to.equal('new-backup-code');
    }
  });

  it('asks for what the account lacks once both factors are proven, and not before', () => {
    const lacking = { ...password, methods: methods.slice(0, 1), lacksBackupCode: true, newPasswordDue: true, termsChanged: true };
    const closing = { ...lacking, closesAt: '2026-12-06T12:00:00Z' };
    expect(due({ password: closing })).to.equal('email-code');
    let answers: object = { password: closing, 'email-code': proof };
    for (const step of ['keep-account', 'new-backup-code', 'new-password', 'terms']) {
      expect(due(answers)).to.equal(step);
      answers = { ...answers, [step]: { hash: 'x', kept: true } };
    }
    expect(due(answers)).to.equal(undefined);
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
    const given = { ...password, accountId: (await makeAccount()).id };
    const finished = signIn.finish(deps, visitOf({ password: given, 'choose-method': methods[1], 'email-code': proof }));
    expect(await finished.catch((error: Error) => error.message)).to.equal('a sign-in without a second factor');
  });
});
