import { expect } from 'chai';
import { enterService, newMember, offerAgain, otherDevice, toldOf } from '../support/member.ts';
import { codeAfter, enterCode } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';
import { createAuthenticator, createOn } from '../support/software-authenticator.ts';

describe('account-pages/not-me', function () {
  this.timeout(60_000);

  it('shuts everybody out at once, stops a recovery, and has a new password chosen', async () => {
    const { deps, origin } = await sharedServer();
    const member = await newMember();
    const other = await otherDevice(member);
    await enterService(member);
    const { visitor } = member;
    const { id } = await member.account();
    await deps.transaction([deps.recoveries.start(id, 'questions', 72)]);
    await visitor.open(`${origin}/account/security`);
    await visitor.follow("This wasn't me – Account created");
    expect(visitor.page().heading).to.equal('Was it somebody else?');
    expect((await member.account()).newPasswordDue).to.equal(false);
    expect(await deps.sessions.of(id)).to.have.length(2);
    await visitor.press('Secure my account');
    expect(visitor.page().heading).to.equal('Your account is secured');
    expect(visitor.page().root.querySelector('nav[aria-label="Your account"]')).to.equal(null);

    expect(await deps.sessions.of(id)).to.deep.equal([]);
    expect(await deps.sessions.services(id)).to.deep.equal([]);
    expect(await deps.recoveries.of(id)).to.deep.equal([]);
    expect((await member.account()).newPasswordDue).to.equal(true);
    for (const browser of [visitor, other]) expect((await browser.open('/account')).url).to.match(/sign-in\/password$/);
    expect((await member.history()).slice(0, 2).sort()).to.deep.equal(['not-me.reported', 'recovery.cancelled']);
    expect(await toldOf(member)).to.deep.equal(['Your account was secured']);
  });

  it('neither stops what operators settle nor says that it did', async () => {
    const { deps } = await sharedServer();
    const member = await newMember();
    const { id } = await member.account();
    await deps.transaction([deps.recoveries.start(id, 'settle:former', 72, 'a hash')]);
    await member.visitor.open('/account/not-me');
    await member.visitor.press('Secure my account');
    expect((await deps.recoveries.of(id)).map(({ proof }) => proof)).to.deep.equal(['settle:former']);
    expect((await member.history())[0]).to.equal('not-me.reported');
    expect(await member.history()).not.to.include('recovery.cancelled');
  });

  it('ends sign-ins that are under way: what they have proven, or would add, counts no more', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { person, visitor } = member;
    await offerAgain(member);
    const toCode = async () => {
      const thief = server.visitor();
      await thief.open('/');
      const code = await codeAfter(server, person.email, () =>
        thief.press('Sign In', { 'Email address': person.email, Password: person.password }),
      );
      return { thief, code };
    };
    const device = createAuthenticator(server.origin);
    const offered = await toCode();
    await enterCode(offered.thief, offered.code);
    expect(offered.thief.page().url).to.match(/passkey-offer$/);
    server.clock.advance(31);
    const halfway = await toCode();

    await visitor.open('/account/not-me');
    await visitor.press('Secure my account');

    await createOn(offered.thief, device);
    expect(offered.thief.page().url).to.match(/sign-in\/password$/);
    await enterCode(halfway.thief, halfway.code);
    expect(halfway.thief.page().url).to.match(/sign-in\/password$/);
    expect((await member.account()).passkeys).to.deep.equal([]);
    expect(await server.deps.sessions.of((await member.account()).id)).to.deep.equal([]);
    expect((await member.history())[0]).to.equal('not-me.reported');
  });

  it('is not done by a link, by another site, or by a stale session', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { visitor } = member;
    await visitor.open('/account/not-me');
    expect((await visitor.post('/account/not-me', '', { 'sec-fetch-site': 'cross-site' })).status).to.equal(403);
    server.clock.advance(301);
    expect((await visitor.post('/account/not-me', '')).url).to.match(/sign-in\/password$/);
    expect((await member.account()).newPasswordDue).to.equal(false);
    expect(await member.history()).to.deep.equal(['account.created']);
  });

  it('says what happened to whoever comes back to the page', async () => {
    const { visitor } = await sharedServer();
    expect((await visitor().open('/account/secured')).heading).to.equal('Your account is secured');
  });
});
