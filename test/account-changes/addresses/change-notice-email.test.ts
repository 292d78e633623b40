import { expect } from 'chai';
import { begin, expectDone, expectTold, subjectsTo } from '../../support/changing.ts';
import { untilDelivered } from '../../support/delivered.ts';
import { newMember, otherDevice } from '../../support/member.ts';
import { enterCode, newAddress } from '../../support/people.ts';
import { sharedServer } from '../../support/shared-server.ts';
import type { Visitor } from '../../support/visitor.ts';

const TOLD = /second email address|address for notices/i;

describe('account-changes/addresses/change-notice-email', function () {
  this.timeout(60_000);

  const ask = async (visitor: Visitor, to: string) => {
    await begin(visitor, 'change-notice-email');
    const label = visitor.page().text.includes('Different second email address')
      ? 'Different second email address'
      : 'Second email address';
    await visitor.press('Continue', { [label]: to });
  };
  const confirm = async (visitor: Visitor, to: string) => enterCode(visitor, (await (await sharedServer()).newest(to)).codes[0]!);
  /** How many such notices these addresses have had. */
  const told = async (...addresses: string[]) => {
    const { deps } = await sharedServer();
    await untilDelivered({ deps });
    return Promise.all(addresses.map(async (address) => (await subjectsTo(address)).filter((subject) => TOLD.test(subject)).length));
  };

  it('adds, changes and removes it, and tells every address there is or was', async () => {
    const member = await newMember();
    const { visitor, person } = member;
    const [one, other] = [newAddress('one'), newAddress('other')];
    await ask(visitor, one);
    expect((await member.account()).noticeEmail).to.equal(null);
    await confirm(visitor, one);
    expectDone(visitor);
    expect((await member.account()).noticeEmail).to.equal(one);
    expect(await told(person.email, one)).to.deep.equal([1, 1]);
    await ask(visitor, other);
    await confirm(visitor, other);
    expect((await member.account()).noticeEmail).to.equal(other);
    expect(await told(person.email, one, other)).to.deep.equal([2, 2, 1]);
    await begin(visitor, 'change-notice-email');
    await visitor.press('Remove the second address');
    expectDone(visitor);
    expect((await member.account()).noticeEmail).to.equal(null);
    expect(await told(person.email, one, other)).to.deep.equal([3, 2, 2]);
    expect((await member.history()).filter((type) => type === 'notice-email.changed')).to.have.length(3);
  });

  it('signs nobody in', async () => {
    const server = await sharedServer();
    const { visitor, person } = await newMember();
    const second = newAddress('second');
    await ask(visitor, second);
    await confirm(visitor, second);
    const other = server.visitor();
    await other.open('/');
    await other.press('Sign In', { 'Email address': second, Password: person.password });
    expect(other.page().status).to.equal(422);
  });

  it('lets one of two devices win, and tells the other', async () => {
    const server = await sharedServer();
    const member = await newMember();
    server.clock.advance(60);
    const both = [member.visitor, await otherDevice(member)];
    const addresses = [newAddress('one'), newAddress('other')];
    for (const [index, visitor] of both.entries()) await ask(visitor, addresses[index]!);
    const pages = await Promise.all(both.map((visitor, index) => confirm(visitor, addresses[index]!)));
    expect(pages.map(({ status }) => status).toSorted()).to.deep.equal([200, 409]);
    expectTold(pages.find(({ status }) => status === 409)!);
    expect((await member.account()).noticeEmail).to.equal(addresses[pages.findIndex(({ status }) => status === 200)]);
  });
});
