import { expect } from 'chai';
import { shownMethod } from '../../src/account-pages/methods.ts';
import { addPasskey, addPhone, newMember, offerAgain, toldOf } from '../support/member.ts';
import { codeAfter, enterCode, newPhone } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';
import { createAuthenticator, createOn } from '../support/software-authenticator.ts';

describe('account-pages/methods', function () {
  this.timeout(60_000);

  it('are shown masked', () => {
    const account = { email: 'ana@people.test' };
    const text = { id: 'a', method: 'text', phone: '+12025550112', name: 'Mine' } as const;
    const app = { id: 'b', method: 'app', secret: 'ABC', lastStep: 7 } as const;
    expect(shownMethod(account, { id: 'email', method: 'email' })).to.include({ to: 'a•••@people.test', name: undefined });
    expect(shownMethod(account, text)).to.deep.equal({ id: 'a', method: 'text', name: 'Mine', to: '•••12' });
    expect(shownMethod(account, app)).to.deep.equal({ id: 'b', method: 'app', name: undefined, to: undefined });
  });

  it('are removed after a page that asks, and the owner is told', async () => {
    const member = await newMember({ app: true });
    const { visitor } = member;
    const id = await addPhone(member, 'Old phone');
    await visitor.open(`/account/methods/${id}/remove`);
    expect(visitor.page().text).to.contain('Old phone');
    expect((await member.account()).methods).to.have.length(2);
    await visitor.press('Remove method');
    expect(new URL(visitor.page().url).pathname).to.equal('/account');
    expect(visitor.page().text).to.contain('The method was removed.').and.not.contain('Old phone');
    expect((await member.account()).methods.map(({ method }) => method)).to.deep.equal(['app']);
    expect(await member.history()).to.deep.equal(['method.removed', 'account.created']);
    expect(await toldOf(member)).to.deep.equal(['A method was removed from your account']);
    expect((await visitor.post(`/account/methods/${id}/remove`, '')).url).to.match(/\/account\?already=remove-method$/);
    expect(await member.history()).to.have.length(2);
  });

  it('sign nobody in any more once they were removed, nor add a passkey, however far a sign-in had come', async () => {
    const server = await sharedServer();
    const phone = newPhone();
    const member = await newMember({ email: true, text: phone });
    const { person, visitor } = member;
    await offerAgain(member);
    const thief = server.visitor();
    await thief.open('/');
    await thief.press('Sign In', { 'Email address': person.email, Password: person.password });
    await enterCode(thief, await codeAfter(server, phone, () => thief.press('Continue', { 'Text message': true })));
    expect(thief.page().url).to.match(/passkey-offer$/);

    const { id } = (await member.account()).methods.find(({ method }) => method === 'text')!;
    await visitor.open(`/account/methods/${id}/remove`);
    await visitor.press('Remove method');
    expect((await member.account()).methods.map(({ method }) => method)).to.deep.equal(['email']);

    await createOn(thief, createAuthenticator(server.origin));
    expect(thief.page().url).to.match(/sign-in\/password$/);
    expect((await member.account()).passkeys).to.deep.equal([]);
  });

  it('keep the last of them, and say why', async () => {
    const member = await newMember();
    const { visitor } = member;
    for (const act of [() => visitor.open('/account/methods/email/remove'), () => visitor.post('/account/methods/email/remove', '')]) {
      expect((await act()).status).to.equal(409);
      expect(visitor.page().heading).to.equal('This is your only method');
    }
    await addPasskey(member);
    expect((await visitor.open('/account/methods/email/remove')).status, 'a passkey is no method').to.equal(409);
    expect((await member.account()).methods).to.have.length(1);
  });

  it('are given names, and the mailbox none', async () => {
    const member = await newMember({ app: true });
    const { visitor } = member;
    const [app] = (await member.account()).methods;
    await visitor.open('/account');
    await visitor.follow('Give a name – Authentication app');
    await visitor.press('Save', { Name: '  Téléphone de Zoë  ' });
    expect(visitor.page().text).to.contain('The name was saved.').and.contain('Téléphone de Zoë');
    await visitor.open(`/account/methods/${app!.id}/rename`);
    expect(visitor.fieldOf('Name').getAttribute('value')).to.equal('Téléphone de Zoë');
    expect(await member.history()).to.deep.equal(['method.renamed', 'account.created']);
    const mailbox = await newMember();
    expect((await mailbox.visitor.open('/account/methods/email/rename')).status).to.equal(404);
  });

  it('take no name that is empty, long or would spoil a page, and keep what was typed', async () => {
    const member = await newMember({ app: true });
    const { visitor } = member;
    const [app] = (await member.account()).methods;
    const path = `/account/methods/${app!.id}/rename`;
    for (const [typed, said] of [
      ['', 'Enter a name.'],
      ['   ', 'Enter a name.'],
      ['\u00a0', 'Enter a name.'],
      ['x'.repeat(41), 'up to 40 characters'],
      ['a\tb', 'cannot be shown'],
      ['a\nb', 'cannot be shown'],
      ['\u202egnp.exe', 'cannot be shown'],
      ['\u200b', 'cannot be shown'],
      ['\ue000', 'cannot be shown'],
    ] as const) {
      const page = await visitor.post(path, new URLSearchParams({ name: typed }).toString());
      expect(page.status, JSON.stringify(typed)).to.equal(422);
      expect(page.text).to.contain(said);
      expect(page.title).to.match(/^Error: /);
    }
    await visitor.post(path, new URLSearchParams({ name: 'y'.repeat(50) }).toString());
    expect(visitor.fieldOf('Name').getAttribute('value')).to.equal('y'.repeat(50));
    expect(await member.history()).to.deep.equal(['account.created']);
    for (const typed of ['李', 'x'.repeat(40), '👩‍🚀 phone', '<b>&amp;"'.slice(0, 40), 'می‌خواهم']) {
      await visitor.open(path);
      await visitor.press('Save', { Name: typed });
      expect(visitor.page().status, typed).to.equal(200);
      const [kept] = (await member.account()).methods;
      expect(kept).to.have.property('name', typed);
      expect(visitor.page().html).not.to.contain('<b>');
    }
  });
});

describe('account-pages/methods: passkeys', function () {
  this.timeout(60_000);

  it('are named and removed, each by itself, and the owner is told', async () => {
    const member = await newMember();
    const { visitor } = member;
    const [first, second] = [await addPasskey(member, { name: 'Laptop' }), await addPasskey(member, { name: 'Key ring' })];
    await visitor.open('/account');
    await visitor.follow('Rename – Laptop');
    await visitor.press('Save', { Name: 'Work laptop' });
    expect((await member.account()).passkeys.map(({ name }) => name)).to.deep.equal(['Work laptop', 'Key ring']);
    await visitor.follow('Remove – Key ring');
    expect((await member.account()).passkeys).to.have.length(2);
    await visitor.press('Remove passkey');
    expect(visitor.page().text).to.contain('The passkey was removed.');
    expect((await member.account()).passkeys.map(({ id }) => id)).to.deep.equal([first]);
    expect((await visitor.open(`/account/passkeys/${second}/remove`)).url).to.match(/\/account\?already=remove-passkey$/);
    expect(await member.history()).to.deep.equal(['passkey.removed', 'passkey.renamed', 'account.created']);
    expect(await toldOf(member)).to.deep.equal(['A passkey was removed from your account']);
  });
});
