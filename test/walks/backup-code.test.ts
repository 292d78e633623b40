/** Somebody who cannot get a code any more, through the pages, to the claims that a service gets; and what else a sign-in puts right. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import * as oauth from 'openid-client';
import { LANGUAGES, type Language } from '../../src/language.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { maskPhone } from '../../src/second-factor/phone-number.ts';
import { untilDelivered } from '../support/delivered.ts';
import { completeQuickly } from '../support/newcomer.ts';
import {
  appCode,
  backupCodeOn,
  codeAfter,
  completeSignUp,
  enterCode,
  newAddress,
  newPhone,
  notNow,
  PASSWORD,
  type Person,
  signIn,
} from '../support/people.ts';
import { makeRecoverable, type Recoverable } from '../support/recoverable.ts';
import { createRelyingParty, type RelyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Page, Visitor } from '../support/visitor.ts';
import { CALLBACK, newestCode, placeOf } from './edges-walker.ts';

const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const NEW_PASSWORD = 'Marble-Lantern 82?';
const USE_BACKUP_CODE = "I can't get a code: use my backup code";

describe('walk: the backup code', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let service: RelyingParty;

  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    service = await createRelyingParty(server.origin, 'myuscis', CALLBACK, oauth.ClientSecretBasic(server.env.DEMO_CLIENT_SECRET));
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const place = (visitor: Visitor) => placeOf(visitor.page());
  const find = async ({ email }: Person) => (await server.deps.accounts.findByEmail(email))!;
  const person = (part: 'text' | 'app'): Promise<Recoverable> =>
    makeRecoverable(server.deps, [part], { passkeyDeclinedAt: server.clock() });
  const givePassword = async ({ email }: Person, visitor = server.visitor(), path = '/', password = PASSWORD) => {
    await visitor.open(path);
    await visitor.press('Sign In', { 'Email address': email, Password: password });
    return visitor;
  };
  /** At the page that asks for the backup code. */
  const atBackupCode = async (somebody: Person, path = '/') => {
    const visitor = await givePassword(somebody, server.visitor(), path);
    await visitor.press(USE_BACKUP_CODE);
    expect(place(visitor)).to.equal('sign-in/backup-code');
    return visitor;
  };
  const enterBackupCode = (visitor: Visitor, code: string) => visitor.press('Submit', { 'Backup code': code });
  const settled = () => untilDelivered(server);
  const subjectsTo = async (to: string) => {
    await settled();
    return (await server.received(to)).map(({ subject }) => subject);
  };
  const claimsAt = async (request: Awaited<ReturnType<RelyingParty['begin']>>, { url }: Page) =>
    (await oauth.authorizationCodeGrant(service.config, new URL(url), request.checks)).claims()!;

  for (const language of LANGUAGES)
    it(`signs in once, sets up what works, and gives a new code: ${language}`, async () => {
      const t = (key: string, params = {}) => server.deps.texts.in(language as Language).t(key, params);
      const label = t('common.one_time_password');
      const first = await service.begin({ prompt: 'create', scope: 'openid email account_type' });
      const visitor = server.visitor();
      await visitor.open(first.url.href);
      const phone = newPhone();
      const somebody = await completeSignUp(server, visitor, newAddress(), { text: phone });
      await visitor.press('Submit', { 'I am an applicant, petitioner, or requestor': true });
      const { sub } = await claimsAt(first, visitor.page());
      server.clock.advance(16 * 60);

      const request = await service.begin({ scope: 'openid email account_type', ui_locales: language });
      const other = server.visitor({ 'accept-language': language });
      await other.open(request.url.href);
      await other.press(t('common.sign_in'), { [t('common.email')]: somebody.email, [t('common.password')]: PASSWORD });
      await other.press(t('common.use_backup_code'));
      // As it stands in the file, pasted whole.
      await other.press(t('common.submit'), { [t('steps.backup-code.label')]: `USCIS Account${somebody.backupCode.toLowerCase()}` });
      expect(place(other)).to.equal('sign-in/new-method');
      expect((await find(somebody)).backupCodeHash).to.equal(null);

      const newNumber = newPhone();
      await other.press(t('common.submit'), {
        [t('steps.delivery.text.label')]: true,
        [t('steps.delivery.phone')]: newNumber,
        [t('steps.new-method.former_text', { to: maskPhone(phone) })]: true,
      });
      await other.press(t('common.submit'), { [label]: await newestCode(server, newNumber) });
      expect(place(other)).to.equal('sign-in/new-backup-code');
      const newCode = backupCodeOn(other);
      expect(newCode).not.to.equal(somebody.backupCode);
      await other.press(t('steps.new-backup-code.submit'));

      const claims = await claimsAt(request, other.page());
      expect([claims.sub, claims.acr, claims.amr]).to.deep.equal([sub, AAL2, ['pwd', 'otp', 'mfa']]);
      expect(Math.abs(claims.auth_time! - server.clock().getTime() / 1000)).to.be.below(30);
      const { methods, id } = await find(somebody);
      expect(methods.map((method) => 'phone' in method && method.phone)).to.deep.equal([newNumber]);
      const types = (await server.deps.audit.of(id)).map(({ type }) => type);
      expect(types).to.include.members(['backup-code.used', 'method.added', 'method.removed', 'backup-code.replaced']);
      // Used, added, removed, replaced, a new device; and the account itself.
      expect(await subjectsTo(somebody.email)).to.have.length.of.at.least(6);

      // The old code is dead, the new one is not, and codes go to the new phone.
      const again = await atBackupCode(somebody);
      await enterBackupCode(again, somebody.backupCode);
      expect(again.page().text).to.contain('This backup code is not correct.');
      await enterBackupCode(again, newCode);
      expect(place(again)).to.equal('sign-in/new-method');
    });

  it('warns before the page after it is left, and takes whoever did leave on from there, in the same browser within the hour', async () => {
    // What happened: nothing said that the code was spent and the page the only way on; who closed it had to wait for days.
    const somebody = await person('text');
    const visitor = await atBackupCode(somebody);
    await enterBackupCode(visitor, somebody.backupCode);
    const { url, text } = visitor.page();
    expect(text).to.contain('Do not close this page before you have set up a new way to get codes.');
    await visitor.open('/');
    expect(place(visitor)).to.equal('sign-in/password');
    server.clock.advance(50 * 60);
    await visitor.open(url);
    expect(place(visitor)).to.equal('sign-in/new-method');
    const phone = newPhone();
    await visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
    await enterCode(visitor, await newestCode(server, phone));
    expect(place(visitor)).to.equal('sign-in/new-backup-code');
    await visitor.press('Proceed');
    await notNow(visitor);
    expect(visitor.page().heading).to.contain('Welcome');
  });

  it('lets one of two browsers in, and of sixteen clicks one count', async () => {
    const somebody = await person('text');
    const both = [await atBackupCode(somebody), await atBackupCode(somebody)];
    await Promise.all(both.map((visitor) => enterBackupCode(visitor, somebody.backupCode)));
    const [through, refused] = both.toSorted((one) => (place(one) === 'sign-in/new-method' ? -1 : 1));
    expect(place(through!)).to.equal('sign-in/new-method');
    expect(refused!.page().status).to.equal(422);
    expect(refused!.page().text).to.match(/This backup code has just been used|This backup code is not correct/);

    const another = await person('text');
    const visitor = await atBackupCode(another);
    const { url, body } = visitor.formOf('Submit', { 'Backup code': another.backupCode });
    const pages = await Promise.all(Array.from({ length: 16 }, () => visitor.post(url, body.toString())));
    for (const page of pages) expect(placeOf(page), page.text.slice(0, 300)).to.equal('sign-in/new-method');
    const { id } = await find(another);
    expect(await db.collection('audit_events').countDocuments({ accountId: id, 'event.type': 'backup-code.used' })).to.equal(1);
  });

  for (const left of ['new-method', 'new-text-code', 'new-backup-code'] as const)
    it(`shows a new code at the next sign-in to whoever left at ${left}, and all is as it was`, async () => {
      const somebody = await person('app');
      const visitor = await atBackupCode(somebody);
      await enterBackupCode(visitor, somebody.backupCode);
      const phone = newPhone();
      if (left !== 'new-method') await visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
      if (left === 'new-backup-code') await enterCode(visitor, await newestCode(server, phone));
      expect(place(visitor)).to.equal(`sign-in/${left}`);
      // The browser is closed and opened again at the same page.
      const { url, text } = visitor.page();
      await visitor.open(url);
      expect(visitor.page().text).to.equal(text);

      server.clock.advance(61);
      const other = await givePassword(somebody);
      expect(other.page().text).to.contain('this account has no backup code right now');
      expect(other.page().html).to.match(/href="\/interaction\/[\w-]+\/recovery"/);
      await enterCode(other, await appCode(server, somebody.secret!));
      expect(place(other)).to.equal('sign-in/new-backup-code');
      const code = backupCodeOn(other);
      await other.press('Proceed');
      await notNow(other);
      expect(place(other)).to.equal('welcome');
      expect((await find(somebody)).methods.map(({ method }) => method)).to.deep.equal(['app']);
      const third = await atBackupCode(somebody);
      await enterBackupCode(third, code);
      expect(place(third)).to.equal('sign-in/new-method');
    });

  it('lets a code that comes after all be entered, and forgets the backup code', async () => {
    const somebody = await person('text');
    const phone = somebody.phone!;
    const visitor = server.visitor();
    const code = await codeAfter(server, phone, () => givePassword(somebody, visitor));
    await visitor.press(USE_BACKUP_CODE);
    await visitor.open(visitor.page().url.replace('backup-code', 'text-code'));
    expect(visitor.page().text).to.contain('We sent a one-time code');
    await enterCode(visitor, code);
    await notNow(visitor);
    expect(place(visitor)).to.equal('welcome');
    expect((await find(somebody)).backupCodeHash).not.to.equal(null);
  });

  it('begins from nothing when somebody else signs in on the same page', async () => {
    const [one, two] = [await person('app'), await person('app')];
    await db.collection<{ _id: string }>('accounts').updateOne({ _id: (await find(two)).id }, { $set: { backupCodeHash: null } });
    const visitor = await givePassword(one);
    const { url } = visitor.page();
    await visitor.press(USE_BACKUP_CODE);
    await enterBackupCode(visitor, one.backupCode);
    await visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': newPhone() });
    await visitor.open(url.replace('authenticator', 'password'));
    await visitor.press('Sign In', { 'Email address': two.email, Password: PASSWORD });
    expect(place(visitor)).to.equal('sign-in/authenticator');
    await enterCode(visitor, await appCode(server, two.secret!));
    expect(place(visitor)).to.equal('sign-in/new-backup-code');
    await visitor.press('Proceed');
    await notNow(visitor);
    expect(visitor.page().text).to.contain(two.email);
    expect((await find(two)).methods.map(({ method }) => method)).to.deep.equal(['app']);
  });

  it('asks for another password where that is due, after both factors, and ends the other sessions', async () => {
    const elsewhere = server.visitor();
    await elsewhere.open('/users/sign_up');
    const somebody = await completeQuickly(server, elsewhere, newAddress(), { app: true });
    server.clock.advance(60);
    const { id } = await find(somebody);
    await server.deps.transaction([server.deps.accounts.demandNewPassword(id)]);
    const visitor = await givePassword(somebody);
    expect(place(visitor)).to.equal('sign-in/authenticator');
    await enterCode(visitor, await appCode(server, somebody.secret!));
    expect(place(visitor)).to.equal('sign-in/new-password');
    await visitor.press('Submit', { Password: PASSWORD, 'Confirm password': PASSWORD });
    expect(visitor.page().text).to.contain('This is your current password. Choose a different one.');
    await visitor.press('Submit', { Password: NEW_PASSWORD, 'Confirm password': NEW_PASSWORD });
    await notNow(visitor);
    expect(place(visitor)).to.equal('welcome');
    await elsewhere.open('/');
    expect(place(elsewhere)).to.equal('sign-in/password');
    const old = await givePassword(somebody);
    expect(old.page().status).to.equal(422);
    server.clock.advance(61);
    const again = await givePassword(somebody, server.visitor(), '/', NEW_PASSWORD);
    expect(place(again)).to.equal('sign-in/authenticator');
  });

  it('keeps an account that is closing, or leaves it so and signs nobody in', async () => {
    const somebody = await person('app');
    const { id } = await find(somebody);
    await server.deps.transaction([server.deps.accounts.close(id, 14)]);
    const request = await service.begin({ scope: 'openid email' });
    const visitor = await givePassword(somebody, server.visitor(), request.url.href);
    await enterCode(visitor, await appCode(server, somebody.secret!));
    expect(place(visitor)).to.equal('sign-in/keep-account');
    await visitor.press('Leave it');
    expect(place(visitor)).to.equal('service: access_denied');
    expect((await find(somebody)).closesAt).not.to.equal(null);
    await visitor.open(`${server.origin}/`);
    expect(place(visitor)).to.equal('sign-in/password');

    server.clock.advance(61);
    await givePassword(somebody, visitor);
    await enterCode(visitor, await appCode(server, somebody.secret!));
    await visitor.press('Keep my account');
    await notNow(visitor);
    expect(place(visitor)).to.equal('welcome');
    expect((await find(somebody)).closesAt).to.equal(null);
  });

  it('tells of a device not seen before, and of wrong codes after the right password, once an hour', async () => {
    const own = server.visitor();
    await own.open('/users/sign_up');
    const somebody = await completeQuickly(server, own, newAddress());
    const count = async (subject: RegExp) => (await subjectsTo(somebody.email)).filter((found) => subject.test(found)).length;
    const [device, failures] = await Promise.all(
      ['new-device', 'code-failures'].map((kind) => new RegExp(server.deps.texts.in('en').t(`mail.${kind}.subject`).slice(0, 20), 'i')),
    );
    await own.open('/');
    await own.press('Sign out');
    await own.open('/');
    await signIn(server, own, somebody);
    expect(await count(device!), 'the browser of the sign-up').to.equal(0);

    server.clock.advance(61);
    const other = server.visitor();
    await other.open('/');
    await signIn(server, other, somebody);
    expect(await count(device!), 'another browser').to.equal(1);
    expect(await count(failures!)).to.equal(0);

    server.clock.advance(16 * 60);
    const third = await givePassword(somebody);
    const right = await newestCode(server, somebody.email);
    for (const wrong of ['000000', '111111', '222222'].filter((code) => code !== right)) await enterCode(third, wrong);
    expect(await count(failures!)).to.equal(1);
    await enterCode(third, right);
    await notNow(third);
    expect(place(third)).to.equal('welcome');
    expect(await count(device!)).to.equal(2);
  });
});
