/** A passkey added by somebody who is signed in. What may be wrong with it is tested with its page (`steps/passkeys/new-passkey.test.ts`). */
import { expect } from 'chai';
import { newMember } from '../support/member.ts';
import { newPasskeyMember, toNewPasskey } from '../support/passkey-people.ts';
import { sharedServer } from '../support/shared-server.ts';
import { askedOn, createAuthenticator, createOn, useOn } from '../support/software-authenticator.ts';

describe('account-changes/add-passkey', () => {
  it('adds several, each of which signs in', async () => {
    const server = await sharedServer();
    const member = await newPasskeyMember();
    const phone = createAuthenticator(server.origin);
    await createOn(await toNewPasskey(member), phone);
    expect((await member.account()).passkeys.map(({ id }) => id)).to.deep.equal([member.device.made[0]!.id, phone.made[0]!.id]);
    for (const device of [member.device, phone]) {
      const visitor = server.visitor();
      await visitor.open('/');
      await useOn(visitor, device);
      expect(visitor.page().heading).to.match(/^Welcome/);
    }
  });

  it('asks for a fresh sign-in first', async () => {
    const { clock } = await sharedServer();
    const member = await newMember();
    clock.advance(301);
    const visitor = await toNewPasskey(member);
    expect(visitor.page().url).to.match(/sign-in\/password$/);
  });

  it('takes a passkey of that account for the fresh sign-in', async () => {
    const { clock, origin } = await sharedServer();
    const member = await newPasskeyMember({ email: true, app: true });
    clock.advance(301);
    const visitor = await toNewPasskey(member);
    await useOn(visitor, member.device);
    expect(visitor.page().url).to.match(/add-passkey\/new-passkey$/);
    await createOn(visitor, createAuthenticator(origin));
    expect((await member.account()).passkeys).to.have.length(2);
  });

  it('adds it once, however often it is sent', async () => {
    const { origin } = await sharedServer();
    const member = await newMember();
    const visitor = await toNewPasskey(member);
    const { url, body } = visitor.formOf('Create a passkey', { '#credential': createAuthenticator(origin).create(askedOn(visitor)) });
    const pages = await Promise.all(Array.from({ length: 16 }, () => visitor.post(url, body.toString())));
    for (const { status } of pages) expect(status).to.equal(200);
    expect((await member.account()).passkeys).to.have.length(1);
    expect((await member.history()).filter((type) => type === 'passkey.added')).to.have.length(1);
  });
});
