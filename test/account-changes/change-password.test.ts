import { expect } from 'chai';
import { begin, expectDone, expectTold, subjectsTo } from '../support/changing.ts';
import { newMember, otherDevice } from '../support/member.ts';
import { choosePassword, PASSWORD, signIn } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

const NEW = 'Basalt-Lighthouse 52?';

describe('account-changes/change-password', function () {
  this.timeout(60_000);

  it('takes the new one and no longer the old one, says so, and signs out elsewhere', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { visitor, person } = member;
    server.clock.advance(60);
    const elsewhere = await otherDevice(member);
    await begin(visitor, 'change-password');
    expect(visitor.page().text).to.contain(person.email);
    await choosePassword(visitor, NEW);
    expectDone(visitor);
    expect((await elsewhere.open(`${server.origin}/account`)).heading).to.contain('Sign in');
    expect((await visitor.open(`${server.origin}/account`)).heading).not.to.contain('Sign in');
    expect(await member.history()).to.include.members(['password.changed', 'sessions.ended']);
    expect(await subjectsTo(person.email)).to.include('Your password was changed');
    const { passwordHash } = await member.account();
    expect(await server.deps.passwords.verify(NEW, passwordHash)).to.equal(true);
    server.clock.advance(60);
    await elsewhere.open(`${server.origin}/`);
    await elsewhere.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
    expect(elsewhere.page().status).to.equal(422);
    await signIn(server, elsewhere, { ...person, password: NEW });
    expect(elsewhere.page().heading).to.contain('Welcome');
  });

  it('leaves other devices signed in where its owner wants that', async () => {
    const server = await sharedServer();
    const member = await newMember();
    server.clock.advance(60);
    const elsewhere = await otherDevice(member);
    await begin(member.visitor, 'change-password');
    const typed = { Password: NEW, 'Confirm password': NEW, 'Sign out on all other devices': false };
    await member.visitor.press('Submit', typed);
    expectDone(member.visitor);
    expect((await elsewhere.open(`${server.origin}/account`)).heading).not.to.contain('Sign in');
    expect(await member.history()).not.to.include('sessions.ended');
  });

  it('refuses the present one in words, and keeps what was chosen of other devices', async () => {
    const { visitor } = await newMember();
    await begin(visitor, 'change-password');
    expect(visitor.fieldOf('Sign out on all other').hasAttribute('checked')).to.equal(true);
    await visitor.press('Submit', { Password: PASSWORD, 'Confirm password': PASSWORD, 'Sign out on all other devices': false });
    expect([visitor.page().status, visitor.page().text.includes('This is your current password.')]).to.deep.equal([422, true]);
    expect(visitor.fieldOf('Sign out on all other').hasAttribute('checked')).to.equal(false);
  });

  it('ends sign-ins that have got past the former password', async () => {
    const server = await sharedServer();
    const { visitor, person } = await newMember();
    const thief = server.visitor();
    await thief.open('/');
    await thief.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
    const code = (await server.newest(person.email)).codes[0]!;
    await begin(visitor, 'change-password');
    await choosePassword(visitor, NEW);
    const page = await thief.press('Submit', { 'Secure one-time password': code });
    expect(page.heading).to.contain('Sign in');
    expect((await thief.open(`${server.origin}/account`)).heading).to.contain('Sign in');
  });

  it('lets one of two devices win, and tells the other, wherever it stood', async () => {
    const server = await sharedServer();
    const member = await newMember();
    server.clock.advance(60);
    const elsewhere = await otherDevice(member);
    await begin(member.visitor, 'change-password');
    await begin(elsewhere, 'change-password');
    const stay = { 'Sign out on all other devices': false };
    await elsewhere.press('Submit', { Password: NEW, 'Confirm password': NEW, ...stay });
    expectDone(elsewhere);
    await member.visitor.press('Submit', { Password: `${NEW}x`, 'Confirm password': `${NEW}x`, ...stay });
    expectTold(member.visitor.page());
    expect(await server.deps.passwords.verify(NEW, (await member.account()).passwordHash)).to.equal(true);
  });

  it('lets one of two at the same moment win', async () => {
    const server = await sharedServer();
    const member = await newMember();
    server.clock.advance(60);
    const elsewhere = await otherDevice(member);
    const both = [member.visitor, elsewhere];
    for (const visitor of both) await begin(visitor, 'change-password');
    const pages = await Promise.all(
      both.map((visitor, index) => {
        const password = `${NEW}${index}`;
        return visitor.press('Submit', { Password: password, 'Confirm password': password, 'Sign out on all other devices': false });
      }),
    );
    expect(pages.map(({ status }) => status).toSorted()).to.deep.equal([200, 409]);
    const won = pages.findIndex(({ status }) => status === 200);
    expect(await server.deps.passwords.verify(`${NEW}${won}`, (await member.account()).passwordHash)).to.equal(true);
    expect((await member.history()).filter((type) => type === 'password.changed')).to.have.length(1);
  });
});
