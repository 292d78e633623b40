/** Ways around the fresh sign-in that a change of the account comes after, tried on the whole system. */
import { expect } from 'chai';
import { begin } from '../support/changing.ts';
import { type Member, newMember } from '../support/member.ts';
import { codeAfter, enterCode, PASSWORD, signIn } from '../support/people.ts';
import type { TestServer } from '../support/server.ts';
import { sharedServer } from '../support/shared-server.ts';
import { authorizeUrl, MYUSCIS } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

const NEW = 'Basalt-Lighthouse 52?';
const FORM = new URLSearchParams({ password: NEW, password_confirmation: NEW }).toString();
const SIX_MINUTES = 6 * 60;

describe('trouble: a fresh sign-in', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await sharedServer();
  });

  const uidOf = (visitor: Visitor) => /\/interaction\/([\w-]+)/.exec(visitor.page().url)![1]!;
  const start = (journey: string) => server.deps.interactions.startUrl({ journey, returnTo: '/account' });
  async function expectUnchanged(member: Member) {
    const { passwordHash } = await member.account();
    expect(await server.deps.passwords.verify(PASSWORD, passwordHash)).to.equal(true);
    expect(await member.history()).not.to.include('password.changed');
  }

  it('comes before a change, whatever is posted at once to its page', async () => {
    const member = await newMember();
    const { visitor } = member;
    server.clock.advance(SIX_MINUTES);
    await begin(visitor, 'change-password');
    const uid = uidOf(visitor);
    expect(visitor.page().url).to.match(/\/sign-in\/password$/);
    for (const path of ['change-password/new-password', 'change-password/new-password/submit']) {
      await visitor.post(`/interaction/${uid}/${path}`, FORM);
      expect(visitor.page().url, path).not.to.include('/change-password');
    }
    await visitor.open(`/interaction/${uid}/change-password/new-password`);
    expect(visitor.page().url).to.match(/\/sign-in\/password$/);
    await expectUnchanged(member);
  });

  it('is not had by going back without it', async () => {
    const member = await newMember();
    const { visitor } = member;
    server.clock.advance(SIX_MINUTES);
    await begin(visitor, 'change-password');
    const uid = uidOf(visitor);
    await visitor.open(`/authorize/${uid}`);
    expect(visitor.page().url).to.match(/\/sign-in\/password$/);
    const next = uidOf(visitor);
    expect(next).not.to.equal(uid);
    await visitor.post(`/interaction/${next}/change-password/new-password`, FORM);
    await expectUnchanged(member);
  });

  it('for one change opens no other', async () => {
    const member = await newMember();
    const { visitor } = member;
    await begin(visitor, 'change-questions');
    const uid = uidOf(visitor);
    await visitor.post(`/interaction/${uid}/change-password/new-password`, FORM);
    expect(visitor.page().url).to.include(`/interaction/${uid}/change-questions/`);
    for (const kind of ['sign-in', 'sign-up', 'consent', 'service-entry', 'recovery']) {
      await visitor.open(`/interaction/${uid}/${kind}`);
      expect(visitor.page().url, kind).to.include(`/interaction/${uid}/change-questions/`);
    }
    await expectUnchanged(member);
  });

  it('of somebody else opens nothing of theirs', async () => {
    const [member, thief] = [await newMember(), await newMember()];
    await begin(member.visitor, 'change-password');
    const path = `/interaction/${uidOf(member.visitor)}/change-password/new-password`;
    await begin(thief.visitor, 'change-password');
    expect((await thief.visitor.post(path, FORM)).status).to.equal(410);
    await expectUnchanged(member);
    await expectUnchanged(thief);
  });

  it('is worth nothing with the cookies that were there before it', async () => {
    const member = await newMember();
    const { visitor } = member;
    const before = await visitor.jar.getCookies(server.origin);
    server.clock.advance(SIX_MINUTES);
    await begin(visitor, 'change-password');
    await signIn(server, visitor, member.person);
    expect(visitor.page().url).to.include('/change-password/');
    const path = new URL(visitor.page().url).pathname;
    const replay = server.visitor();
    for (const cookie of before) await replay.jar.setCookie(String(cookie), server.origin);
    expect((await replay.open('/account')).heading).to.contain('Sign in');
    await begin(replay, 'change-password');
    expect(replay.page().heading).to.contain('Sign in');
    expect((await replay.post(path, FORM)).status).to.be.oneOf([410, 200]);
    await expectUnchanged(member);
  });

  it('cannot be asked for by a service', async () => {
    const member = await newMember();
    await member.visitor.open(`${server.origin}${authorizeUrl(MYUSCIS)}&journey=change-password`);
    expect(member.visitor.page().url).not.to.include('change-password');
    await expectUnchanged(member);
  });

  it('leads nowhere for a change that there is not, in words, and signs nobody out', async () => {
    const member = await newMember();
    for (const journey of [
      'nonsense',
      'sign-in',
      'sign-up',
      'consent',
      'service-entry',
      '__proto__',
      'constructor',
      '../account',
      'x'.repeat(2000),
    ]) {
      const page = await member.visitor.open(start(journey));
      expect([page.status, page.heading], journey).to.deep.equal([404, 'Page not found']);
    }
    expect((await member.visitor.open('/')).heading).to.contain('Welcome');

    server.clock.advance(60);
    const visitor = server.visitor();
    await visitor.open(start('nonsense'));
    expect(visitor.page().heading).to.contain('Sign in');
    await signIn(server, visitor, member.person);
    expect(visitor.page().status).to.equal(404);
    expect((await visitor.open('/')).heading).to.contain('Welcome');
  });

  it('of an app is not replaced by a mailed code', async () => {
    const member = await newMember({ email: true, app: true });
    const { visitor } = member;
    server.clock.advance(60);
    // By the weaker of the two methods.
    const weak = server.visitor();
    await weak.open('/');
    await weak.press('Sign In', { 'Email address': member.person.email, Password: PASSWORD });
    expect(weak.page().url).to.match(/choose-method$/);
    await enterCode(weak, await codeAfter(server, member.person.email, () => weak.press('Continue', { Email: true })));
    expect((await weak.open('/')).heading).to.contain('Welcome');
    await begin(weak, 'change-password');
    expect(weak.page().url).not.to.include('change-password');
    await weak.post(`/interaction/${uidOf(weak)}/change-password/new-password`, FORM);
    expect(weak.page().url).not.to.include('change-password');
    await begin(visitor, 'change-password');
    await expectUnchanged(member);
  });
});
