import { expect } from 'chai';
import { signIn } from '../../src/sign-in/journey.ts';
import { locked } from '../../src/sign-in/locked.ts';
import { password } from '../../src/sign-in/password.ts';
import { codeTo, enterCode, PASSWORD } from '../support/people.ts';
import { answerOf, commit, makeAccount, press, sharedServer, visitOf } from '../support/shared-server.ts';
import { failure } from '../support/store-parts.ts';

const AT = '2026-11-22T12:00:00.000Z';

describe('sign-in/locked', () => {
  const makeLocked = async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount({ newPasswordDue: true, backupCodeHash: null, terms: { version: '2000-01-01', at: deps.clock() } });
    await commit([deps.accounts.close(account.id, 14), deps.accounts.lock(account.id, { by: 'kim', reason: 'Reported as stolen.' })]);
    return account;
  };
  const proven = ({ id, email }: { readonly id: string; readonly email: string }) => ({ address: email, person: id, at: AT });

  it('is the page after the second factor, and not before it; nothing else of the account comes after it', async () => {
    const account = await makeLocked();
    const given = { password: answerOf(await press(password, visitOf(), { email: account.email, password: PASSWORD })) };
    expect(signIn.due(given)?.name).to.equal('email-code');
    const both = { ...given, 'email-code': proven(account) };
    expect(signIn.due(both)?.name).to.equal('locked');
    // It has no answer: nobody gets past it.
    expect(signIn.answered('locked', both)).to.equal(false);
  });

  it('leads back to the service, which is told that nobody was signed in', async () => {
    const { deps } = await sharedServer();
    expect(await locked.actions.submit.run(deps, visitOf(), {})).to.deep.include({ kind: 'refuse', error: 'access_denied', page: '/' });
  });

  it('tells the service no more than of whoever goes back from any other page', async () => {
    const server = await sharedServer();
    const request = {
      client_id: 'myuscis',
      redirect_uri: 'http://localhost:9/callback',
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    const told = [];
    const declining = await makeAccount({ terms: { version: '2000-01-01', at: server.deps.clock() } });
    for (const { id, email } of [declining, await makeLocked()]) {
      const visitor = server.visitor();
      await visitor.open(`/authorize?${new URLSearchParams(request)}`);
      await visitor.press('Sign In', { 'Email address': email, Password: PASSWORD });
      await enterCode(visitor, await codeTo(server, email));
      await visitor.press(
        id === declining.id ? 'I do not agree' : visitor.page().root.querySelector('main form button')!.structuredText.trim(),
      );
      told.push(Object.fromEntries(new URL(visitor.page().url).searchParams));
    }
    expect(told[1]).to.include({ error: 'access_denied', error_description: 'it was not completed' });
    expect(told[1]).to.deep.equal(told[0]);
  });

  it('is not come by where the lock came after the password: the sign-in ends, and changes nothing', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount({ newPasswordDue: true });
    const given = { password: answerOf(await press(password, visitOf(), { email: account.email, password: PASSWORD })) };
    await commit([deps.accounts.lock(account.id, { by: 'kim', reason: 'Reported as stolen.' })]);
    const visit = visitOf({ ...given, 'email-code': proven(account), 'new-password': { hash: 'a new hash' } });
    expect(await failure(signIn.finish(deps, visit))).to.include({ code: 'page_expired' });
    const now = (await deps.accounts.find(account.id))!;
    expect(now).to.deep.include({ passwordHash: account.passwordHash, browsers: [] });
  });
});
