import { expect } from 'chai';
import { begin, expectDone, expectTold, subjectsTo } from '../support/changing.ts';
import { newMember, offerAgain, otherDevice } from '../support/member.ts';
import { appCode, codeAfter, enterCode, newPhone, secretOn } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';
import { createAuthenticator, createOn } from '../support/software-authenticator.ts';
import type { Visitor } from '../support/visitor.ts';

describe('account-changes/add-method', function () {
  this.timeout(60_000);

  const choosePhone = async (visitor: Visitor, phone: string, name = '') => {
    await begin(visitor, 'add-method');
    const named = Object.fromEntries(name === '' ? [] : [['Name', name]]);
    await visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone, ...named });
  };
  const addText = async (visitor: Visitor, phone: string, name?: string) => {
    const { newest } = await sharedServer();
    await choosePhone(visitor, phone, name);
    await enterCode(visitor, (await newest(phone)).codes[0]!);
    expectDone(visitor);
  };

  it('adds phones and apps, several and with names, each when its code was entered', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { visitor, person } = member;
    const [one, other] = [newPhone(), newPhone()];
    await choosePhone(visitor, one, 'My phone');
    expect((await member.account()).methods).to.have.length(1);
    await enterCode(visitor, (await server.newest(one)).codes[0]!);
    expectDone(visitor);
    // The account has a phone now, so the next change asks for a sign-in with that: it is as strong as the account can be.
    await begin(visitor, 'add-method');
    expect(visitor.page().heading).to.contain('Sign in');
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    await enterCode(visitor, (await server.newest(one, 2)).codes[0]!);
    expect(visitor.page().url).to.match(/add-method\/new-method$/);
    await addText(visitor, other);
    for (const name of ['Blue app', 'Green app']) {
      await begin(visitor, 'add-method');
      await visitor.press('Submit', { 'Authentication app': true, Name: name });
      await enterCode(visitor, await appCode(server, secretOn(visitor)));
      expectDone(visitor);
    }
    const { methods } = await member.account();
    expect(methods.map(({ method, ...rest }) => [method, 'name' in rest ? rest.name : undefined])).to.deep.equal([
      ['email', undefined],
      ['text', 'My phone'],
      ['text', undefined],
      ['app', 'Blue app'],
      ['app', 'Green app'],
    ]);
    expect((await member.history()).filter((type) => type === 'method.added')).to.have.length(4);
    expect((await subjectsTo(person.email)).filter((subject) => /added/.test(subject))).to.have.length(4);
  });

  it('ends weaker sign-ins under way, which could still have added a passkey', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { person, visitor } = member;
    await offerAgain(member);
    const thief = server.visitor();
    await thief.open('/');
    const submit = () => thief.press('Sign In', { 'Email address': person.email, Password: person.password });
    await enterCode(thief, await codeAfter(server, person.email, submit));
    expect(thief.page().url).to.match(/passkey-offer$/);

    await begin(visitor, 'add-method');
    await visitor.press('Submit', { 'Authentication app': true });
    await enterCode(visitor, await appCode(server, secretOn(visitor)));
    expectDone(visitor);

    await createOn(thief, createAuthenticator(server.origin));
    expect(thief.page().url).to.match(/sign-in\/password$/);
    expect((await member.account()).passkeys).to.deep.equal([]);
  });

  it('adds the mailbox as a method where it is none yet', async () => {
    const server = await sharedServer();
    const phone = newPhone();
    const member = await newMember({ text: phone });
    await begin(member.visitor, 'add-method');
    const ask = () => member.visitor.press('Submit', { Email: true });
    await enterCode(member.visitor, await codeAfter(server, member.person.email, ask));
    expectDone(member.visitor);
    expect((await member.account()).methods.map(({ id }) => id)).to.include('email');
  });

  it('refuses a phone that the account has already, in words', async () => {
    const phone = newPhone();
    const { visitor } = await newMember({ text: phone });
    await choosePhone(visitor, phone.replace('+1', ''));
    expect(visitor.page().status).to.equal(422);
    expect(visitor.page().text).to.contain('Your account already has this phone number.');
  });

  it('adds one phone once, when two devices add it', async () => {
    const server = await sharedServer();
    const member = await newMember();
    server.clock.advance(60);
    const elsewhere = await otherDevice(member);
    const phone = newPhone();
    await choosePhone(member.visitor, phone);
    const first = (await server.newest(phone)).codes[0]!;
    server.clock.advance(40);
    await choosePhone(elsewhere, phone);
    const second = (await server.newest(phone, 2)).codes[0]!;
    await enterCode(elsewhere, second);
    expectDone(elsewhere);
    expectTold(await enterCode(member.visitor, first));
    expect((await member.account()).methods).to.have.length(2);
  });

  it('takes no code that was sent to another phone', async () => {
    const server = await sharedServer();
    const member = await newMember();
    const { visitor } = member;
    const [mine, typo] = [newPhone(), newPhone()];
    await choosePhone(visitor, typo);
    const code = (await server.newest(typo)).codes[0]!;
    await visitor.follow('Change my choice or phone number');
    await visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': mine });
    expect((await enterCode(visitor, code)).status).to.equal(422);
    await enterCode(visitor, (await server.newest(mine)).codes[0]!);
    expectDone(visitor);
    const phones = (await member.account()).methods.flatMap((method) => (method.method === 'text' ? [method.phone] : []));
    expect(phones).to.deep.equal([mine]);
  });
});
