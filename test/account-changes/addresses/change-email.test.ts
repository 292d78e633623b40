import { expect } from 'chai';
import { begin, expectDone, expectTold, objected, subjectsTo } from '../../support/changing.ts';
import { untilDelivered } from '../../support/delivered.ts';
import { newMember, otherDevice } from '../../support/member.ts';
import { enterCode, newAddress, PASSWORD, signIn } from '../../support/people.ts';
import { sharedServer } from '../../support/shared-server.ts';
import type { Visitor } from '../../support/visitor.ts';

const REQUESTED = 'Somebody wants to change your email address';
const CHANGED = 'Your email address was changed';

describe('account-changes/addresses/change-email', function () {
  this.timeout(60_000);

  const ask = async (visitor: Visitor, to: string) => {
    await begin(visitor, 'change-email');
    await visitor.press('Continue', { 'New email address': to });
  };
  const confirm = async (visitor: Visitor, to: string, count = 1) => {
    const { newest } = await sharedServer();
    return enterCode(visitor, (await newest(to, count)).codes[0]!);
  };

  it('waits for the code from the new address; until then the old one signs in, and has been told', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { visitor, person } = member;
    const to = newAddress('new');
    await ask(visitor, to);
    expect(visitor.page().text).to.contain(to);
    await server.newest(to);
    expect(await subjectsTo(person.email)).to.include(REQUESTED);
    expect((await member.account()).email).to.equal(person.email);
    server.clock.advance(60);
    expect((await otherDevice(member)).page().heading).to.contain('Welcome');
    await confirm(visitor, to);
    expectDone(visitor);
    const { email, former } = await member.account();
    expect([email, former?.email]).to.deep.equal([to, person.email]);
    expect(await member.history()).to.include.members(['email.change-requested', 'email.changed']);
    const [toOld, toNew] = await Promise.all([person.email, to].map(server.received));
    const told = [toOld, toNew].map((messages) => messages!.find(({ subject }) => subject === CHANGED)!);
    expect(told.map(({ text }) => /freeze-email/.test(text))).to.deep.equal([true, false]);
    const other = server.visitor();
    await other.open('/');
    await other.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
    expect(other.page().status).to.equal(422);
    server.clock.advance(60);
    await signIn(server, other, { ...person, email: to });
    expect(other.page().heading).to.contain('Welcome');
  });

  it('takes no address that another account may be taken back to; its own former one is free for it', async () => {
    const server = await sharedServer();
    const [left, member] = [await newMember(), await newMember()];
    const [reserved, to] = [left.person.email, newAddress('moved')];
    await ask(left.visitor, to);
    await confirm(left.visitor, to);
    const settled = async () => {
      await untilDelivered(server);
      return (await server.received(reserved)).length;
    };
    const before = await settled();
    await ask(member.visitor, reserved);
    expect(member.visitor.page().text).to.contain(reserved);
    const mail = await server.newest(reserved, before + 1);
    expect([mail.subject, mail.codes]).to.deep.equal(['Your email address cannot be used for another account now', []]);
    server.clock.advance(60);
    const after = await settled();
    await ask(left.visitor, reserved);
    await server.newest(reserved, after + 1);
    await settled();
    const [sent] = (await server.received(reserved)).filter(({ codes }) => codes.length > 0);
    await enterCode(left.visitor, sent!.codes[0]!);
    expectDone(left.visitor);
    expect((await left.account()).email).to.equal(reserved);
  });

  it('keeps the id from which every sub is made', async () => {
    const { deps } = await sharedServer();
    const member = await newMember();
    const { id } = await member.account();
    const to = newAddress('claim');
    await ask(member.visitor, to);
    await confirm(member.visitor, to);
    expect((await deps.accounts.findByEmail(to))!.id).to.equal(id);
  });

  it('looks the same for an address that has an account, whose owner alone is told', async () => {
    const server = await sharedServer();
    const taken = (await newMember()).person.email;
    const plain = (html: string, address: string) =>
      html
        .replaceAll(address, 'ADDRESS')
        .replace(/interaction\/[\w-]+/g, 'UID')
        .replace(/\d{1,2}:\d{2}/g, 'TIME');
    const pages: string[] = [];
    for (const to of [taken, newAddress('free')]) {
      const { visitor } = await newMember();
      await ask(visitor, to);
      expect(visitor.page().status).to.equal(200);
      pages.push(plain(visitor.page().html, to));
      await enterCode(visitor, '000000');
      pages.push(plain(visitor.page().html, to));
    }
    expect(pages.slice(2)).to.deep.equal(pages.slice(0, 2));
    const newest = await server.newest(taken, 2);
    expect([newest.subject, newest.codes]).to.deep.equal(['Your email address already has an account', []]);
  });

  it('refuses what is no address, and the present one, however it is written', async () => {
    const { visitor, person } = await newMember();
    for (const [typed, said] of [
      ['', 'Enter your email address.'],
      ['ana@', 'correct format'],
      ['ana@people.test, eve@people.test', 'correct format'],
      [person.email.toUpperCase(), 'This is your current email address.'],
    ] as const) {
      await ask(visitor, typed);
      expect(visitor.page().status, typed).to.equal(422);
      expect(visitor.page().text, typed).to.contain(said);
    }
  });

  it('tells the present address of each address that is asked for, once', async () => {
    const server = await sharedServer();
    const { visitor, person } = await newMember();
    const [typo, to] = [newAddress('typo'), newAddress('right')];
    await ask(visitor, typo);
    server.clock.advance(60);
    await visitor.press('Request a new one-time password');
    await server.newest(typo, 2);
    await visitor.follow('Use another address');
    await visitor.press('Continue', { 'New email address': to });
    const code = (await server.newest(typo, 2)).codes[0]!;
    expect((await enterCode(visitor, code)).status).to.equal(422);
    await confirm(visitor, to);
    expectDone(visitor);
    expect((await subjectsTo(person.email)).filter((subject) => subject === REQUESTED)).to.have.length(2);
  });

  it('is refused while the former address objects, with a way to settle that', async () => {
    const member = await newMember();
    const { to } = await objected(member, newAddress('stolen'));
    await begin(member.visitor, 'change-email');
    expect(member.visitor.page().heading).to.equal('Your email address cannot be changed now');
    const { url } = member.visitor.page();
    await member.visitor.post(url.replace('frozen', 'new-address'), 'email=eve@people.test');
    expect(member.visitor.page().heading).to.equal('Your email address cannot be changed now');
    await member.visitor.follow('Decide which address is right');
    expect(member.visitor.page().url).to.match(/settle-email\/settle$/);
    await begin(member.visitor, 'change-email');
    await member.visitor.press('Go back to your account');
    expect(new URL(member.visitor.page().url).pathname).to.equal('/account');
    expect((await member.account()).email).to.equal(to);
  });

  it('is refused at its end when the former address objects in the middle', async () => {
    const { deps, newest } = await sharedServer();
    const member = await newMember();
    const { id, email } = await member.account();
    const moved = newAddress('moved');
    const address = (whole: string) => ({ address: whole, canonical: whole });
    await deps.transaction([deps.accounts.changeEmail(id, address(email), address(moved))]);
    const to = newAddress('next');
    await ask(member.visitor, to);
    const code = (await newest(to)).codes[0]!;
    await deps.transaction([deps.accounts.freeze(id, email)]);
    expectTold(await enterCode(member.visitor, code));
    expect((await member.account()).email).to.equal(moved);
  });

  it('tells the first address, too, when it is changed twice in a week', async () => {
    const member = await newMember();
    const first = member.person.email;
    const [second, third] = [newAddress('second'), newAddress('third')];
    await ask(member.visitor, second);
    await confirm(member.visitor, second);
    await ask(member.visitor, third);
    await confirm(member.visitor, third);
    expectDone(member.visitor);
    const { received, newest } = await sharedServer();
    await newest(third, 2);
    for (const [address, changes] of [
      [first, 2],
      [second, 2],
      [third, 1],
    ] as const) {
      const told = (await received(address)).filter(({ subject }) => subject === CHANGED);
      expect(told, address).to.have.length(changes);
    }
    const freezing = (await received(first)).filter(({ text }) => text.includes('freeze-email'));
    expect(freezing).to.have.length(2);
    expect((await member.account()).former).to.deep.include({ email: first, between: [second] });
  });

  it('lets one of two devices win, and tells the other', async () => {
    const server = await sharedServer();
    const member = await newMember();
    server.clock.advance(60);
    const both = [member.visitor, await otherDevice(member)];
    const addresses = [newAddress('one'), newAddress('other')];
    for (const [index, visitor] of both.entries()) {
      await ask(visitor, addresses[index]!);
      await server.newest(addresses[index]!);
    }
    const pages = await Promise.all(both.map((visitor, index) => confirm(visitor, addresses[index]!)));
    expect(pages.map(({ status }) => status).toSorted()).to.deep.equal([200, 409]);
    expectTold(pages.find(({ status }) => status === 409)!);
    expect((await member.account()).email).to.equal(addresses[pages.findIndex(({ status }) => status === 200)]);
  });

  it('gives an address that two accounts want to the one that confirms first', async () => {
    const server = await sharedServer();
    const [one, other] = [await newMember(), await newMember()];
    const to = newAddress('wanted');
    await ask(one.visitor, to);
    const code = (await server.newest(to)).codes[0]!;
    server.clock.advance(60);
    await ask(other.visitor, to);
    await confirm(other.visitor, to, 2);
    expectDone(other.visitor);
    const page = await enterCode(one.visitor, code);
    expect([page.status, (await one.account()).email]).to.deep.equal([409, one.person.email]);
  });
});
