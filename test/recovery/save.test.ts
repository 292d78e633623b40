import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { backupCodeOn, choosePassword, codeAfter, enterCode, newPhone, notNow, PASSWORD, type Person } from '../support/people.ts';
import { makeRecoverable, moveAddress, type Recoverable, ripen } from '../support/recoverable.ts';
import {
  BACKUP,
  choose,
  giveAnswers,
  giveMethod,
  NEW_PASSWORD,
  NOTHING,
  proveMailbox,
  QUESTIONS,
  relyingPartyOf,
  setPassword,
  stepOf,
  subOf,
  tokensOf,
} from '../support/recovering.ts';
import { oauthError, type RelyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

describe('recovery/save', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let party: RelyingParty;
  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    party = await relyingPartyOf(server);
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const atPassword = async (person: Recoverable, visitor = server.visitor()): Promise<Visitor> => {
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, QUESTIONS);
    await giveAnswers(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-password');
    return visitor;
  };
  const holds = async (person: Recoverable, password: string) =>
    server.deps.passwords.verify(password, (await person.account()).passwordHash);

  it('ends sessions, refresh and opaque access tokens, and everything under way', async () => {
    const person = await makeRecoverable(server.deps);
    const signedIn = server.visitor();
    const tokens = await tokensOf(server, party, signedIn, person);
    await signedIn.open(`${server.origin}/`);
    expect(signedIn.page().heading).to.contain('Welcome');
    server.clock.advance(60);
    const halfway = server.visitor();
    await halfway.open('/');
    await halfway.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
    expect(stepOf(halfway)).to.equal('sign-in/text-code');
    const { url: oldPage, body: oldForm } = halfway.formOf('Submit', { 'Secure one-time password': '123456' });
    const other = await atPassword(person);
    const visitor = await atPassword(person);
    const { url: ownPage, body: ownForm } = visitor.formOf('Submit', { Password: PASSWORD, 'Confirm password': PASSWORD });
    await setPassword(visitor);

    await signedIn.open(`${server.origin}/`);
    expect(stepOf(signedIn)).to.equal('sign-in/password');
    expect(await oauthError(party.refresh(tokens.refresh_token!))).to.equal('invalid_grant');
    expect((await party.introspect(tokens.access_token)).active).to.equal(false);
    await halfway.post(oldPage, oldForm.toString());
    expect(stepOf(halfway), 'a sign-in under way').to.equal('sign-in/password');
    const { url, body } = other.formOf('Submit', { Password: 'Another-Lantern 38?', 'Confirm password': 'Another-Lantern 38?' });
    await other.post(url, body.toString());
    expect(stepOf(other), 'another recovery').to.equal('recovery/email');
    await visitor.post(ownPage, ownForm.toString());
    expect(stepOf(visitor), 'its own page, sent once more').to.equal('sign-in/password');
    expect(await holds(person, NEW_PASSWORD)).to.equal(true);
  });

  it('signs nobody in', async () => {
    const person = await makeRecoverable(server.deps);
    const visitor = await atPassword(person);
    await setPassword(visitor);
    const { url } = await party.begin({ prompt: 'none' });
    await visitor.open(url.href);
    expect(new URL(visitor.page().url).searchParams.get('error')).to.equal('login_required');
  });

  it('tells every address, and the history, and refuses the present password', async () => {
    const person = await makeRecoverable(server.deps);
    await server.deps.transaction([server.deps.accounts.setNoticeEmail(person.id, { from: null, to: `notices.${person.email}` })]);
    const visitor = await atPassword(person);
    await choosePassword(visitor, PASSWORD);
    expect(visitor.page().text).to.contain('This is your current password');
    await setPassword(visitor);
    for (const [to, count] of [
      [person.email, 2],
      [`notices.${person.email}`, 2],
    ] as const) {
      const mail = await server.newest(to, count);
      expect(mail.subject).to.match(/password/i);
      expect(mail.links.join()).to.contain('/users/alerts/not-me?token=');
    }
    const history = await server.deps.audit.of(person.id);
    expect(history[0]).to.deep.include({ type: 'password.changed', how: 'recovered' });
  });

  it('lets one of two recoveries win that are saved at the same moment', async () => {
    const person = await makeRecoverable(server.deps);
    const visitors = [await atPassword(person), await atPassword(person)];
    const passwords = ['Copper-Lantern 38?', 'Silver-Lantern 38?'];
    const pages = await Promise.all(visitors.map((visitor, index) => choosePassword(visitor, passwords[index])));
    const won = pages.findIndex((page) => page.text.includes('Your password was changed'));
    expect(won, pages.map(({ url, heading }) => `${url} ${heading}`).join()).to.be.at.least(0);
    expect(await holds(person, passwords[won]!)).to.equal(true);
    expect(await holds(person, passwords[1 - won]!)).to.equal(false);
    for (const { status } of pages) expect(status).to.be.below(500);
    expect((await person.history()).filter((type) => type === 'password.changed')).to.have.length(1);
  });

  it('keeps who has lost everything able to sign in, wherever they stop after the new method', async () => {
    const person = await makeRecoverable(server.deps, ['text', 'passkey']);
    await server.deps.transaction([server.deps.recoveries.start(person.id, 'questions', 72)]);
    await ripen(db, person.id);
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, NOTHING);
    await giveAnswers(visitor);
    await setPassword(visitor);
    // Nothing is saved before there is a method to sign in with: whoever stops here may come back the same way.
    expect([await holds(person, PASSWORD), (await server.deps.recoveries.of(person.id)).length]).to.deep.equal([true, 1]);
    const phone = newPhone();
    const ask = () => visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
    await enterCode(visitor, await codeAfter(server, phone, ask));
    expect(stepOf(visitor)).to.equal('recovery/new-backup-code');
    const { methods, passkeys, backupCodeHash } = await person.account();
    expect(methods.map((method) => method.method === 'text' && method.phone)).to.deep.equal([phone]);
    expect([passkeys, backupCodeHash]).to.deep.equal([[], null]);
    expect(await holds(person, NEW_PASSWORD)).to.equal(true);
    const now: Person = { ...person, password: NEW_PASSWORD, phone };
    await subOf(server, party, now);
  });

  it('keeps whoever stops at the new backup code able to sign in', async () => {
    const person = await makeRecoverable(server.deps);
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, BACKUP);
    await visitor.press('Submit', { 'Backup code': person.backupCode });
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-backup-code');
    expect((await person.account()).backupCodeHash).to.equal(null);
    const shown = backupCodeOn(visitor);
    await visitor.open(visitor.page().url);
    expect(backupCodeOn(visitor), 'shown until "Proceed"').to.equal(shown);
    await visitor.press('Proceed');
    expect(await server.deps.passwords.verify(shown.replaceAll(/[\s-]/g, ''), (await person.account()).backupCodeHash!)).to.equal(true);
  });

  for (const [what, prove] of [
    ['a phone', (person, visitor) => giveMethod(server, visitor, person, 'text')],
    [
      'the backup code',
      async (person, visitor) => {
        await choose(visitor, BACKUP);
        await visitor.press('Submit', { 'Backup code': person.backupCode });
      },
    ],
  ] as readonly (readonly [string, (person: Recoverable, visitor: Visitor) => Promise<void>])[])
    it(`gives the account back to its former address by ${what} from before, at once and with all that was changed since`, async () => {
      const person = await makeRecoverable(server.deps);
      const sub = await subOf(server, party, person);
      const { deps } = server;
      const stolen = await moveAddress(deps, person);
      await deps.transaction([
        deps.accounts.replaceMethods(person.id, { id: 'theirs', method: 'text', phone: newPhone() }),
        deps.accounts.setBackupCode(person.id, {
          from: null,
          to: await deps.passwords.hash('X'.repeat(16)),
        }),
        deps.accounts.setPassword(person.id, {
          from: (await person.account()).passwordHash,
          to: await deps.passwords.hash('Thief-Harbor 71!'),
        }),
        deps.accounts.freeze(person.id, person.email),
      ]);
      const visitor = server.visitor();
      await proveMailbox(server, visitor, person.email);
      await prove(person, visitor);
      await setPassword(visitor);
      if (stepOf(visitor) === 'recovery/new-backup-code') await visitor.press('Proceed');
      expect(stepOf(visitor)).to.equal('sign-in/password');
      const account = await person.account();
      expect([account.email, account.former, account.methods.map(({ id }) => id)]).to.deep.equal([person.email, null, ['a-phone']]);
      expect(await deps.passwords.verify('X'.repeat(16), account.backupCodeHash ?? undefined)).to.equal(false);
      expect(await deps.accounts.findByEmail(stolen)).to.equal(undefined);
      expect(await person.history()).to.include.members(['email.restored', 'password.changed']);
      expect((await server.received(stolen)).map(({ subject }) => subject).join()).to.match(/address/i);
      server.clock.advance(60);
      expect(await subOf(server, party, { ...person, password: NEW_PASSWORD })).to.equal(sub);
      const again = server.visitor();
      await again.open('/');
      await notNow(again);
    });

  it('gives it back to an address in between, whose owner had left the first one', async () => {
    const person = await makeRecoverable(server.deps);
    const mine = await moveAddress(server.deps, person);
    const stolen = await moveAddress(server.deps, { ...person, email: mine });
    await server.deps.transaction([server.deps.accounts.freeze(person.id, mine)]);
    const visitor = server.visitor();
    await proveMailbox(server, visitor, mine);
    await giveMethod(server, visitor, person, 'text');
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('sign-in/password');
    expect(await person.account()).to.deep.include({ email: mine, former: null });
    for (const address of [person.email, stolen]) expect(await server.deps.accounts.findByEmail(address)).to.equal(undefined);
  });

  it('has somebody set up a method where the account had none that counts before the change', async () => {
    const { accounts, transaction } = server.deps;
    const person = await makeRecoverable(server.deps);
    const { backupCodeHash } = await person.account();
    await transaction([
      accounts.addMethod(person.id, { id: 'young', method: 'text', phone: newPhone() }),
      accounts.removeMethod(person.id, 'a-phone'),
    ]);
    expect(backupCodeHash).to.be.a('string');
    await moveAddress(server.deps, person);
    await transaction([accounts.freeze(person.id, person.email)]);
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, BACKUP);
    await visitor.press('Submit', { 'Backup code': person.backupCode });
    await setPassword(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-method');
    expect((await person.account()).former, 'nothing is half done').not.to.equal(null);
    const phone = newPhone();
    const code = await codeAfter(server, phone, () => visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone }));
    await enterCode(visitor, code);
    await visitor.press('Proceed');
    expect(stepOf(visitor)).to.equal('sign-in/password');
    const account = await person.account();
    expect(account).to.deep.include({ email: person.email, former: null });
    expect(account.methods.map((method) => method.method === 'text' && method.phone)).to.deep.equal([phone]);
    expect(account.backupCodeHash).to.be.a('string').and.not.equal(backupCodeHash);
  });
});
