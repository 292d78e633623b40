/** Changes of an account, where several people, devices and tabs come together. Each change by itself is walked in `test/account-changes`. */
import { expect } from 'chai';
import { begin, expectDone, expectTold } from '../support/changing.ts';
import { type Member, newMember } from '../support/member.ts';
import { choosePassword, codeAfter, enterCode, newAddress, PASSWORD, signIn } from '../support/people.ts';
import type { TestServer } from '../support/server.ts';
import { sharedServer } from '../support/shared-server.ts';
import { authorizeUrl, MYUSCIS, VERIFIER } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

const NEW = 'Basalt-Lighthouse 52?';

describe('walk: changes of an account', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await sharedServer();
  });

  const pathOf = (visitor: Visitor) => new URL(visitor.page().url).pathname;
  const askFor = async (visitor: Visitor, to: string) => {
    await begin(visitor, 'change-email');
    return codeAfter(server, to, () => visitor.press('Continue', { 'New email address': to }));
  };
  /** Somebody else signs in where this one was, at a shared computer. */
  const handOver = async (visitor: Visitor, next: Member) => {
    await visitor.open(`${server.origin}/account`);
    await visitor.press('Sign out');
    server.clock.advance(60);
    await visitor.open(`${server.origin}/`);
    await signIn(server, visitor, next.person);
    expect(visitor.page().heading).to.contain('Welcome');
  };

  it('of one person are not gone on with by the next at the same browser', async () => {
    // What was typed and proven in one account was taken up again in the sign-in of another one.
    const [ana, eva] = [await newMember(), await newMember()];
    const { visitor } = ana;
    const to = newAddress('ana');
    const code = await askFor(visitor, to);
    const { url } = visitor.page();
    await handOver(visitor, eva);
    await visitor.open(url);
    expect(visitor.page().url).to.match(/change-email\/new-address$/);
    expect(visitor.page().text).to.contain(eva.person.email).and.not.contain(ana.person.email);
    expect(visitor.page().html).not.to.contain(to);
    await visitor.post(url.replace(/interaction\/[\w-]+/, /interaction\/[\w-]+/.exec(visitor.page().url)![0]), `code=${code}`);
    expect(visitor.page().url).to.match(/change-email\/new-address$/);
    expect([(await ana.account()).email, (await eva.account()).email]).to.deep.equal([ana.person.email, eva.person.email]);
  });

  it('of one person are not saved by a form that was sent in the session of the next', async () => {
    const [ana, eva] = [await newMember(), await newMember()];
    const { visitor } = ana;
    await begin(visitor, 'change-password');
    const form = visitor.formOf('Submit', { Password: NEW, 'Confirm password': NEW });
    await handOver(visitor, eva);
    await visitor.post(form.url, form.body.toString());
    for (const member of [ana, eva]) {
      const { passwordHash } = await member.account();
      expect(await server.deps.passwords.verify(PASSWORD, passwordHash)).to.equal(true);
      expect(await member.history()).not.to.include('password.changed');
    }
  });

  it('end with the session they belong to', async () => {
    const member = await newMember();
    const { visitor } = member;
    const code = await askFor(visitor, newAddress('out'));
    const form = visitor.formOf('Submit', { 'Secure one-time password': code });
    await visitor.open(`${server.origin}/account`);
    await visitor.press('Sign out');
    await visitor.post(form.url, form.body.toString());
    expect(visitor.page().heading).to.contain('Sign in');
    expect((await member.account()).email).to.equal(member.person.email);
  });

  it('are gone on with after a new sign-in of the same person', async () => {
    const member = await newMember();
    const { visitor } = member;
    const to = newAddress('again');
    const code = await askFor(visitor, to);
    const { url } = visitor.page();
    await visitor.open(`${server.origin}/account`);
    await visitor.press('Sign out');
    server.clock.advance(60);
    await visitor.open(url);
    await signIn(server, visitor, member.person);
    expect(visitor.page().url).to.match(/change-email\/address-code$/);
    await enterCode(visitor, code);
    expectDone(visitor);
    expect((await member.account()).email).to.equal(to);
  });

  it('are told when another one was saved while they were away', async () => {
    const member = await newMember();
    const { visitor } = member;
    await begin(visitor, 'change-password');
    const { url } = visitor.page();
    await visitor.open(`${server.origin}/account`);
    await visitor.press('Sign out');
    server.clock.advance(60);
    const other = server.visitor();
    await other.open('/');
    await signIn(server, other, member.person);
    await begin(other, 'change-password');
    await other.press('Submit', { Password: NEW, 'Confirm password': NEW, 'Sign out on all other devices': false });
    server.clock.advance(60);
    await visitor.open(url);
    await signIn(server, visitor, { ...member.person, password: NEW });
    expect(visitor.page().url).to.match(/change-password\/new-password$/);
    expectTold(await visitor.press('Submit', { Password: `${NEW}!`, 'Confirm password': `${NEW}!` }));
    expect(await server.deps.passwords.verify(NEW, (await member.account()).passwordHash)).to.equal(true);
  });

  it('of two kinds in two tabs do not disturb each other', async () => {
    const member = await newMember();
    const { visitor } = member;
    const to = newAddress('tabs');
    const code = await askFor(visitor, to);
    const emailTab = visitor.formOf('Submit', { 'Secure one-time password': code });
    await begin(visitor, 'change-password');
    await choosePassword(visitor, NEW);
    expectDone(visitor);
    await visitor.post(emailTab.url, emailTab.body.toString());
    expectDone(visitor);
    const { email, passwordHash } = await member.account();
    expect([email, await server.deps.passwords.verify(NEW, passwordHash)]).to.deep.equal([to, true]);
  });

  it('are done once, however often the last button is pressed', async () => {
    const member = await newMember();
    const { visitor } = member;
    const to = newAddress('often');
    const code = await askFor(visitor, to);
    const { url, body } = visitor.formOf('Submit', { 'Secure one-time password': code });
    const pages = await Promise.all(Array.from({ length: 8 }, () => visitor.post(url, body.toString())));
    for (const { status } of pages) expect(status).to.be.below(500);
    expect((await member.history()).filter((type) => type === 'email.changed')).to.have.length(1);
    await server.newest(to, 2);
    expect((await server.received(to)).filter(({ subject }) => subject === 'Your email address was changed')).to.have.length(1);
  });

  it('can be left by the link on each page, which changes nothing', async () => {
    const member = await newMember();
    const before = await member.account();
    const kinds = ['change-email', 'change-notice-email', 'change-backup-code', 'change-password', 'change-questions', 'add-method'];
    for (const kind of [...kinds, 'add-passkey', 'close-account']) {
      await begin(member.visitor, kind);
      await member.visitor.follow('Go back to your account without changing anything');
      expect(pathOf(member.visitor), kind).to.equal('/account');
    }
    await begin(member.visitor, 'add-method');
    await member.visitor.press('Submit', { 'Authentication app': true });
    await member.visitor.follow('Go back to your account without changing anything');
    expect(await member.account()).to.deep.equal(before);
  });

  it('give a service the new address under the same sub', async () => {
    const member = await newMember();
    const { visitor } = member;
    const claims = async () => {
      await visitor.open(server.origin + authorizeUrl(MYUSCIS));
      if (visitor.page().url.startsWith(server.origin))
        await visitor.press('Submit', { 'I am an applicant, petitioner, or requestor': true });
      const answer = await fetch(`${server.origin}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`myuscis:${encodeURIComponent(server.env.DEMO_CLIENT_SECRET)}`).toString('base64')}`,
        },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: new URL(visitor.page().url).searchParams.get('code')!,
          redirect_uri: MYUSCIS.redirectUri,
          code_verifier: VERIFIER,
        }),
      });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      const userinfo = await fetch(`${server.origin}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
      return (await userinfo.json()) as { sub: string; email: string };
    };
    const before = await claims();
    const to = newAddress('claims');
    const code = await askFor(visitor, to);
    const { url } = visitor.page();
    expect((await claims()).email, 'until it is confirmed').to.equal(member.person.email);
    await visitor.open(url);
    await enterCode(visitor, code);
    expectDone(visitor);
    expect(await claims()).to.deep.include({ sub: before.sub, email: to });
  });
});
