import { expect } from 'chai';
import { CHANGES } from '../../src/account-pages/changed.ts';
import { addPasskey, addPhone, enterService, newMember } from '../support/member.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('account-pages/overview', function () {
  this.timeout(60_000);

  it('shows what is set, masked, and no secret, digest or question', async () => {
    const member = await newMember({ email: true, app: true });
    await enterService(member);
    await addPhone(member, 'My phone');
    await addPasskey(member, { name: 'Blue laptop' });
    const { visitor, person } = member;
    const { origin } = await sharedServer();
    await visitor.open(`${origin}/account`);
    const { text, html } = visitor.page();
    for (const words of [
      person.email,
      'Email to a•••@people.test',
      'My phone',
      'Authentication app',
      'Blue laptop',
      'Not used yet.',
      'You have one that was not used.',
      'Five are set.',
      'I am an applicant, petitioner, or requestor',
      'English',
    ])
      expect(text, words).to.contain(words);
    const { id, methods, passwordHash, questions, backupCodeHash } = await member.account();
    const phone = methods.find((method) => method.method === 'text')!.phone;
    for (const secret of [
      id,
      phone,
      phone.slice(2),
      person.secret!,
      passwordHash,
      backupCodeHash!,
      questions!.answersHash,
      ...questions!.ids,
    ])
      expect(html, secret).not.to.contain(secret);
  });

  it('says what is missing or due', async () => {
    const member = await newMember();
    const { deps } = await sharedServer();
    const { id, backupCodeHash } = await member.account();
    await deps.transaction([
      deps.accounts.useBackupCode(id, backupCodeHash!),
      deps.accounts.switchQuestions(id, false),
      deps.accounts.setNoticeEmail(id, { from: null, to: 'second@people.test' }),
    ]);
    const { text } = await member.visitor.open('/account');
    for (const words of ['Your backup code was used.', 'you switched them off', 'second@people.test', 'This is your only method.'])
      expect(text, words).to.contain(words);
  });

  it('says what the questions and a mailbox open together, to people whose codes come by mail', async () => {
    const warning = 'whoever can read your email and knows these answers could get in';
    const { origin } = await sharedServer();
    for (const [methods, warned] of [
      [{ email: true, app: true }, true],
      [{ app: true }, false],
    ] as const) {
      const { visitor } = await newMember(methods);
      await visitor.open(`${origin}/account`);
      expect(visitor.page().text.includes(warning)).to.equal(warned);
    }
  });

  it('begins each change by a short address, which asks for a sign-in where nobody is signed in', async () => {
    const member = await newMember();
    const { origin, visitor } = await sharedServer();
    for (const journey of Object.keys(CHANGES)) {
      const stranger = visitor();
      await stranger.open(`${origin}/account/change/${journey}`);
      expect(stranger.page().url, journey).to.match(/sign-in\/password$/);
      member.visitor.requests.length = 0;
      await member.visitor.open(`${origin}/account/change/${journey}`);
      const [, asked] = member.visitor.requests;
      const { pathname, searchParams } = new URL(asked!.url);
      expect(pathname).to.equal('/authorize');
      expect(searchParams.get('journey')).to.equal(journey);
      expect(searchParams.get('state')).to.equal(`/account?changed=${journey}`);
    }
    for (const unknown of ['recovery', 'sign-in', '__proto__', 'constructor', 'x'])
      expect((await member.visitor.open(`${origin}/account/change/${unknown}`)).status, unknown).to.equal(404);
  });

  it('leads whoever is not signed in to the sign-in', async () => {
    const { visitor } = await sharedServer();
    const stranger = visitor();
    for (const path of ['/account', '/account/security', '/account?changed=change-password'])
      expect((await stranger.open(path)).url, path).to.match(/sign-in\/password$/);
  });

  it('speaks the language that was chosen, on every page', async () => {
    const { visitor } = await newMember();
    await visitor.open('/account');
    await visitor.press('Español');
    expect(visitor.page().heading).to.equal('Su cuenta');
    expect((await visitor.open('/account/security')).heading).to.equal('Seguridad de su cuenta');
    expect((await visitor.open('/account/questions')).heading).to.contain('preguntas');
  });

  it('offers the same ways on each page, and how to put off the end of the session', async () => {
    const { visitor } = await newMember();
    for (const path of ['/', '/account', '/account/security', '/account/language', '/account/not-me']) {
      await visitor.open(path);
      const nav = visitor.page().root.querySelector('nav[aria-label="Your account"]')!;
      expect(
        nav.querySelectorAll('a').map((link) => link.getAttribute('href')),
        path,
      ).to.deep.equal(['/', '/account', '/account/security']);
      expect(
        nav.querySelectorAll('button').map((button) => button.structuredText.trim()),
        path,
      ).to.deep.equal(['Sign out']);
      const soon = visitor.page().root.querySelector('[data-shown-after-minutes="28"]')!;
      expect(soon.querySelector('a')!.getAttribute('href'), path).to.equal(path);
    }
  });
});
