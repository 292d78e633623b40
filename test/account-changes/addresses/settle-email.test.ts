import { expect } from 'chai';
import { readBackupCode } from '../../../src/second-factor/backup-code.ts';
import { begin, expectDone, expectTold, objected, subjectsTo } from '../../support/changing.ts';
import { addPhone, type Member, newMember, otherDevice } from '../../support/member.ts';
import { appCode, backupCodeOn, codeAfter, enterCode, newAddress, newPhone, signIn } from '../../support/people.ts';
import { sharedServer } from '../../support/shared-server.ts';
import type { Visitor } from '../../support/visitor.ts';

describe('account-changes/addresses/settle-email', function () {
  this.timeout(60_000);

  const choose = async (visitor: Visitor, which: 'new' | 'former', proof?: string) => {
    await begin(visitor, 'settle-email');
    await visitor.press('Continue', { [`The ${which} one`]: true });
    if (proof) await visitor.press('Continue', { [proof]: true });
  };
  /** Somebody has changed the address, put a method of theirs in the place of the owner's, and made a new backup code. */
  const stolen = async (member: Member) => {
    const { deps } = await sharedServer();
    const { id, methods, backupCodeHash } = await member.account();
    const { former, to } = await objected(member, newAddress('thief'));
    const theirs = await addPhone(member, 'Of the thief');
    for (const method of methods) await deps.transaction([deps.accounts.removeMethod(id, method.id)]);
    await deps.transaction([deps.accounts.setBackupCode(id, { from: backupCodeHash, to: await deps.passwords.hash('THIEF') })]);
    return { former, to, theirs };
  };

  it('goes back to the former address by a phone from before, which the thief has taken off', async () => {
    const server = await sharedServer();
    const phone = newPhone();
    const member = await newMember({ text: phone });
    server.clock.advance(60);
    const elsewhere = await otherDevice(member);
    const { former, to } = await stolen(member);
    const { id } = await member.account();
    await begin(elsewhere, 'add-method');
    expect(await server.deps.journeys.movedAt(id, 'add-method')).to.be.instanceOf(Date);
    const code = await codeAfter(server, phone, () => choose(member.visitor, 'former', 'A code by text message'));
    expect((await member.account()).email).to.equal(to);
    await enterCode(member.visitor, code);
    expectDone(member.visitor);
    const restored = await member.account();
    expect(restored).to.deep.include({ email: former, former: null, newPasswordDue: true });
    expect(restored.methods.map(({ method }) => method)).to.deep.equal(['text']);
    expect(await server.deps.passwords.verify(readBackupCode(member.person.backupCode)!, restored.backupCodeHash!)).to.equal(true);
    expect((await elsewhere.open(`${server.origin}/account`)).heading).to.contain('Sign in');
    expect(await server.deps.journeys.movedAt(id, 'add-method'), 'a change that is saved at this moment').to.equal(undefined);
    expect(await member.history()).to.include.members(['email.restored', 'sessions.ended']);
    for (const address of [former, to]) {
      await server.newest(address, 1);
      expect(await subjectsTo(address), address).to.include('Your former email address is back');
    }
  });

  it('keeps the new address by the mailbox from before, beside the sign-in', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { former, to } = await objected(member, newAddress('own'));
    await choose(member.visitor, 'new', 'A code by email');
    const before = (await server.received(former)).length;
    await enterCode(member.visitor, (await server.newest(former, before)).codes[0]!);
    expectDone(member.visitor);
    expect(await member.account()).to.deep.include({ email: to, former: null, newPasswordDue: false });
    expect(await member.history()).to.include('email.settled');
    expect(await subjectsTo(former)).to.include('The change of your email address stands');
  });

  it('takes a code of the app once, also beside a sign-in', async () => {
    const server = await sharedServer();
    const { member, former } = await server.clock.whileHeld(async () => {
      const member = await newMember({ app: true });
      const { former } = await objected(member, newAddress('app'));
      await choose(member.visitor, 'former', 'The code of the authentication app');
      // The one that has just set up the app.
      const page = await enterCode(member.visitor, await appCode(server, member.person.secret!));
      expect([page.status, page.text.includes('already been used')]).to.deep.equal([422, true]);
      return { member, former };
    });
    server.clock.advance(60);
    const code = await appCode(server, member.person.secret!);
    await enterCode(member.visitor, code);
    expectDone(member.visitor);
    const restored = await member.account();
    expect(restored.email).to.equal(former);
    const other = server.visitor();
    await other.open(`${server.origin}/`);
    await other.press('Sign In', { 'Email address': former, Password: member.person.password });
    const again = await enterCode(other, code);
    expect([again.status, again.text.includes('already been used')]).to.deep.equal([422, true]);
  });

  it('takes the backup code from before, though the thief has made another, and gives a new one', async () => {
    const server = await sharedServer();
    const member = await newMember({ text: newPhone() });
    const { former } = await stolen(member);
    await choose(member.visitor, 'former', 'The backup code');
    await member.visitor.press('Submit', { 'Backup code': 'THIE-FTHI-EFTH-IEFT' });
    expect(member.visitor.page().status).to.equal(422);
    await member.visitor.press('Submit', { 'Backup code': member.person.backupCode });
    const code = backupCodeOn(member.visitor);
    await member.visitor.press('Proceed');
    expectDone(member.visitor);
    const { email, backupCodeHash } = await member.account();
    expect(email).to.equal(former);
    const works = (typed: string) => server.deps.passwords.verify(readBackupCode(typed)!, backupCodeHash!);
    expect([await works(code), await works(member.person.backupCode)]).to.deep.equal([true, false]);
    expect(await member.history()).to.include.members(['backup-code.used', 'backup-code.replaced', 'email.restored']);
  });

  it('leads whoever has lost what was there before to support, on the page that asks for it', async () => {
    const member = await newMember({ text: newPhone() });
    await objected(member, newAddress('lost'));
    await begin(member.visitor, 'settle-email');
    expect(member.visitor.page().text).to.contain('If you have none of them anymore');
    await member.visitor.follow('The Help page says how to reach support.');
    expect(member.visitor.page().heading).to.equal('Help');
  });

  it('takes no method that came after the change', async () => {
    const server = await sharedServer();
    const member = await newMember({ text: newPhone() });
    const { to } = await stolen(member);
    await choose(member.visitor, 'new');
    expect(member.visitor.page().text).not.to.contain('Of the thief');
    const { id, methods } = await member.account();
    const { url } = member.visitor.page();
    await member.visitor.post(url, `method=${methods[0]!.id}`);
    expect(member.visitor.page().status).to.equal(422);
    for (const step of ['text-code', 'new-backup-code'])
      expect((await member.visitor.post(url.replace('former-method', step), 'code=123456')).url).to.match(/former-method$/);
    expect((await server.deps.accounts.find(id))!.email).to.equal(to);
    expect((await member.account()).former?.frozenAt).to.be.instanceOf(Date);
  });

  it('is for people to decide where all proofs were added in the week before the change', async () => {
    // Whoever was in for some minutes put a phone of theirs there first, and moved the account then.
    const server = await sharedServer();
    const { accounts, transaction, passwords } = server.deps;
    const member = await newMember({ text: newPhone() });
    const theirs = await addPhone(member, 'Of the thief');
    const { id, methods, backupCodeHash } = await member.account();
    for (const method of methods) if (method.id !== theirs) await transaction([accounts.removeMethod(id, method.id)]);
    await transaction([accounts.setBackupCode(id, { from: backupCodeHash, to: await passwords.hash('THIEF') })]);
    await objected(member, newAddress('thief'));
    const page = await begin(member.visitor, 'settle-email');
    expect(page.heading).to.equal('Our support team has to settle this');
    for (const [step, form] of [
      ['settle', 'address=keep'],
      ['former-method', `method=${theirs}`],
      ['text-code', 'code=123456'],
      ['backup-code', 'code=THIE-FTHI-EFTH-IEFT'],
    ] as const)
      expect((await member.visitor.post(page.url.replace('nothing-from-before', step), form)).url, step).to.match(/nothing-from-before$/);
    expect((await member.account()).former?.frozenAt).to.be.instanceOf(Date);
  });

  it('lets one of two devices settle it, and tells the other', async () => {
    const server = await sharedServer();
    const phone = newPhone();
    const member = await newMember({ text: phone });
    server.clock.advance(60);
    const both = [member.visitor, await otherDevice(member)];
    await objected(member, newAddress('race'));
    const codes: string[] = [];
    for (const [index, visitor] of both.entries()) {
      server.clock.advance(60);
      codes.push(await codeAfter(server, phone, () => choose(visitor, index ? 'new' : 'former', 'A code by text message')));
    }
    const pages = await Promise.all(both.map((visitor, index) => enterCode(visitor, codes[index]!)));
    expect(pages.filter(({ status }) => status === 200)).to.have.length(1);
    const lost = pages.find(({ status }) => status !== 200)!;
    // Restoring signs the other device out; keeping does not.
    if (lost.status === 409) expectTold(lost);
    expect((await member.account()).former).to.equal(null);
  });

  it('has nothing to do where nobody has objected', async () => {
    const { visitor } = await newMember();
    await begin(visitor, 'settle-email');
    expect(visitor.page().heading).to.equal('There is nothing to decide');
    await visitor.press('Go back to your account');
    expect(new URL(visitor.page().url).pathname).to.equal('/account');
  });

  it('asks for a new password at the next sign-in after going back', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { former } = await objected(member, newAddress('due'));
    await enterCode(member.visitor, await codeAfter(server, former, () => choose(member.visitor, 'former', 'A code by email')));
    expectDone(member.visitor);
    server.clock.advance(60);
    const other = server.visitor();
    await other.open('/');
    await signIn(server, other, member.person);
    expect(other.page().heading).to.equal('Choose a new password');
  });
});
