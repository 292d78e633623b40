import { expect } from 'chai';
import { newMember, otherDevice, toldOf } from '../support/member.ts';
import { sharedServer } from '../support/shared-server.ts';
import type { Visitor } from '../support/visitor.ts';

const WINDOWS = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0' };

describe('account-pages/sessions', function () {
  this.timeout(60_000);

  const isSignedIn = async (visitor: Visitor) => !(await visitor.open('/account')).url.includes('/interaction/');

  it('lists each device, this one first, and ends another', async () => {
    const member = await newMember();
    const { visitor } = member;
    const other = await otherDevice(member, WINDOWS);
    await visitor.open('/account/security');
    expect(visitor.page().text).to.match(/Unknown device This device.*Firefox \(Windows\)/);
    await visitor.follow('Sign out this device – Firefox (Windows)');
    expect(visitor.page().text).to.contain('Firefox (Windows)');
    expect(await isSignedIn(other)).to.equal(true);
    await visitor.press('Sign out device');
    expect(visitor.page().text).to.contain('The sign-out is done.').and.contain('You are not signed in on any other device.');
    expect(await isSignedIn(other)).to.equal(false);
    expect(await isSignedIn(visitor)).to.equal(true);
    expect((await member.history())[0]).to.equal('sessions.ended');
    expect(await toldOf(member)).to.deep.equal(['Devices were signed out of your account']);
  });

  it('ends all others, and stays here', async () => {
    const member = await newMember();
    const others = [await otherDevice(member), await otherDevice(member)];
    const { visitor } = member;
    await visitor.open('/account/security');
    await visitor.follow('Sign out all other devices');
    expect(await isSignedIn(others[0]!)).to.equal(true);
    await visitor.press('Sign out other devices');
    expect(new URL(visitor.page().url).pathname).to.equal('/account/security');
    for (const other of others) expect(await isSignedIn(other)).to.equal(false);
    expect(await isSignedIn(visitor)).to.equal(true);
  });

  it('may be this one: then the sign-in comes next', async () => {
    const member = await newMember();
    const { deps } = await sharedServer();
    const [session] = await deps.sessions.of((await member.account()).id);
    await member.visitor.open(`/account/sessions/${session!.id}/end`);
    await member.visitor.press('Sign out device');
    expect(member.visitor.page().url).to.match(/sign-in\/password$/);
  });

  it('is led on, and not refused, once it was ended', async () => {
    const member = await newMember();
    const { deps } = await sharedServer();
    const { id } = await member.account();
    const [here] = await deps.sessions.of(id);
    await otherDevice(member);
    const other = (await deps.sessions.of(id)).find((session) => session.id !== here!.id)!;
    await member.visitor.open('/account/sessions/end-others');
    await member.visitor.press('Sign out other devices');
    expect((await deps.sessions.of(id)).map((session) => session.id)).to.deep.equal([here!.id]);
    for (const answer of [
      await member.visitor.open(`/account/sessions/${other.id}/end`),
      await member.visitor.post(`/account/sessions/${other.id}/end`, ''),
    ])
      expect(answer.url).to.match(/\/account\/security\?already=end-sessions$/);
  });
});
