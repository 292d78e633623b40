/** Who somebody is to a service, whatever they change of their account. */
import { expect } from 'chai';
import { begin, expectDone } from '../support/changing.ts';
import { newMember } from '../support/member.ts';
import { choosePassword, codeAfter, enterCode, newAddress, newPhone } from '../support/people.ts';
import { BACKUP, choose, NEW_PASSWORD, proveMailbox, relyingPartyOf, setPassword, stepOf, tokensOf } from '../support/recovering.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('walk: subjects', function () {
  this.timeout(60_000);

  it('OP-09: stay the same over a recovery, another password, another method and another address', async () => {
    const server = await sharedServer();
    const party = await relyingPartyOf(server);
    const member = await newMember();
    const { visitor } = member;
    let { person } = member;
    const claims = async () => (await tokensOf(server, party, server.visitor(), person)).claims()!;
    const first = await claims();
    const { id, email } = await member.account();
    expect(first.sub).to.match(/^[\x21-\x7e]{22,255}$/);
    expect(first.sub).not.to.include(id).and.not.include(email.split('@')[0]!);
    const stays = async (after: string) => expect((await claims()).sub, after).to.equal(first.sub);

    const recovering = server.visitor();
    await proveMailbox(server, recovering, person.email);
    await choose(recovering, BACKUP);
    await recovering.press('Submit', { 'Backup code': person.backupCode });
    await setPassword(recovering);
    await recovering.press('Proceed');
    person = { ...person, password: NEW_PASSWORD };
    await stays('a recovery');

    /** Signs in again, as a change asks for it, wherever the page to sign in stands. */
    const change = async (kind: string) => {
      await begin(visitor, kind);
      if (stepOf(visitor) !== 'sign-in/password') return;
      const submit = async () => {
        await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
        if (stepOf(visitor) === 'sign-in/choose-method') await visitor.press('Continue', { Email: true });
      };
      await enterCode(visitor, await codeAfter(server, person.phone ?? person.email, submit));
    };
    await change('change-password');
    await choosePassword(visitor, 'Basalt-Lighthouse 52?');
    expectDone(visitor);
    person = { ...person, password: 'Basalt-Lighthouse 52?' };
    await stays('another password');

    const to = newAddress('moved');
    await change('change-email');
    await enterCode(visitor, await codeAfter(server, to, () => visitor.press('Continue', { 'New email address': to })));
    expectDone(visitor);
    person = { ...person, email: to };
    await stays('another address');

    const phone = newPhone();
    await change('add-method');
    const add = () => visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
    await enterCode(visitor, await codeAfter(server, phone, add));
    expectDone(visitor);
    await stays('another method');
  });
});
