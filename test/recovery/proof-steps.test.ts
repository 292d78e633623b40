import { expect } from 'chai';
import { appCode, codeAfter, enterCode, notNow, PASSWORD } from '../support/people.ts';
import { makeRecoverable, moveAddress, type Recoverable } from '../support/recoverable.ts';
import { APP, BACKUP, choose, phoneOf, proveMailbox, stepOf } from '../support/recovering.ts';
import { sharedServer } from '../support/shared-server.ts';
import { askedOn, createAuthenticator } from '../support/software-authenticator.ts';
import type { Visitor } from '../support/visitor.ts';

describe('recovery/proof-steps', function () {
  this.timeout(60_000);

  const recovering = async ({ email }: Pick<Recoverable, 'email'>): Promise<Visitor> => {
    const server = await sharedServer();
    const visitor = server.visitor();
    await proveMailbox(server, visitor, email);
    return visitor;
  };
  const signIn = async (person: Recoverable, code: (visitor: Visitor, submit: () => Promise<unknown>) => Promise<string>) => {
    const own = (await sharedServer()).visitor();
    await own.open('/');
    const submit = () => own.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
    await enterCode(own, await code(own, submit));
    await notNow(own);
    return own.page().heading;
  };

  it('hold a passkey like any other method', async () => {
    const { deps } = await sharedServer();
    const person = await makeRecoverable(deps, ['email', 'passkey']);
    const visitor = await recovering(person);
    await choose(visitor, 'A passkey');
    const stranger = createAuthenticator(new URL(deps.config.issuer).origin);
    stranger.made.push({
      ...person.device.made[0]!,
      ...{ privateKey: (await makeRecoverable(deps, ['passkey'])).device.made[0]!.privateKey },
    });
    await visitor.press('Use passkey', { '#credential': stranger.get(askedOn(visitor)) });
    expect(visitor.page().status).to.equal(422);
    await visitor.press('Use passkey', { '#credential': person.device.get(askedOn(visitor)) });
    expect(stepOf(visitor)).to.equal('recovery/waiting');
    expect((await deps.recoveries.of(person.id)).map(({ proof }) => proof)).to.deep.equal(['passkey']);
  });

  it('count their failures apart from those of sign-ins', async () => {
    const server = await sharedServer();
    const person = await makeRecoverable(server.deps, ['text']);
    const visitor = await recovering(person);
    await codeAfter(server, person.phone!, () => choose(visitor, phoneOf(person)));
    for (let tries = 0; tries < 12; tries++) await enterCode(visitor, '000000');
    expect(visitor.page().status).to.equal(422);
    expect(await signIn(person, (_own, submit) => codeAfter(server, person.phone!, submit))).to.contain('Welcome');
    expect(await person.history()).to.include('code.failed');

    const other = await makeRecoverable(server.deps, ['email']);
    const guessing = await recovering(other);
    await choose(guessing, BACKUP);
    for (let tries = 0; tries < 12; tries++) await guessing.press('Submit', { 'Backup code': '2222-3333-4444-5555' });
    expect(guessing.page().text).to.contain('too many tries');
    expect(await signIn(other, (_own, submit) => codeAfter(server, other.email, submit))).to.contain('Welcome');
  });

  it('take a code of an app once, here or at a sign-in', async () => {
    const server = await sharedServer();
    const person = await makeRecoverable(server.deps, ['app']);
    const visitor = await recovering(person);
    await choose(visitor, APP);
    const code = await appCode(server, person.secret!);
    await enterCode(visitor, code);
    expect(stepOf(visitor)).to.equal('recovery/waiting');
    const own = server.visitor();
    await own.open('/');
    await own.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
    await enterCode(own, code);
    expect(own.page().status).to.equal(422);
  });

  it('spend a backup code once, of several recoveries at the same moment', async () => {
    const person = await makeRecoverable((await sharedServer()).deps);
    const visitors = [await recovering(person), await recovering(person), await recovering(person)];
    for (const visitor of visitors) await choose(visitor, BACKUP);
    const pages = await Promise.all(visitors.map((visitor) => visitor.press('Submit', { 'Backup code': person.backupCode })));
    expect(pages.filter(({ url }) => url.endsWith('/new-password'))).to.have.length(1);
    expect(pages.filter(({ status }) => status === 422)).to.have.length(2);
  });

  it('spend the backup code from before a change of the address, whatever the present one is', async () => {
    const { deps } = await sharedServer();
    for (const replaced of [false, true]) {
      const person = await makeRecoverable(deps, ['app']);
      await moveAddress(deps, person);
      if (replaced)
        await deps.transaction([deps.accounts.setBackupCode(person.id, { from: (await person.account()).backupCodeHash, to: 'theirs' })]);
      const visitor = await recovering(person);
      await choose(visitor, BACKUP);
      await visitor.press('Submit', { 'Backup code': person.backupCode });
      expect(stepOf(visitor)).to.equal('recovery/new-password');
      const { former, backupCodeHash } = await person.account();
      expect([former!.backupCodeHash, backupCodeHash]).to.deep.equal([null, replaced ? 'theirs' : null]);
    }
  });

  it('take a code of an app from before a change of the address, once', async () => {
    const server = await sharedServer();
    const person = await makeRecoverable(server.deps, ['app']);
    await moveAddress(server.deps, person);
    await server.deps.transaction([server.deps.accounts.replaceMethods(person.id, { id: 'email', method: 'email' })]);
    const code = await appCode(server, person.secret!);
    const [first, second] = [await recovering(person), await recovering(person)];
    await choose(first, APP);
    await enterCode(first, code);
    expect(stepOf(first)).to.equal('recovery/new-password');
    await choose(second, APP);
    await enterCode(second, code);
    expect(second.page().status).to.equal(422);
  });
});
