import { expect } from 'chai';
import { begin, objected } from '../support/changing.ts';
import { untilDelivered } from '../support/delivered.ts';
import { type Member, newMember, otherDevice } from '../support/member.ts';
import { enterCode, newAddress, PASSWORD } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';
import { authorizeUrl, MYUSCIS } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

const YES = { 'Yes, I want to close my account': true };
const DAY = 24 * 3600;

describe('account-changes/close-account', function () {
  this.timeout(60_000);

  const close = async ({ visitor }: Member) => {
    await begin(visitor, 'close-account');
    return visitor.press('Close account', YES);
  };
  const signedIn = async (visitor: Visitor) => {
    const { origin } = await sharedServer();
    return !/sign-in/.test((await visitor.open(`${origin}/account`)).url);
  };

  it('says what happens, closes, and ends on a page for everybody', async () => {
    const { deps, clock, newest, received } = await sharedServer();
    const member = await newMember();
    const { visitor, person } = member;
    await begin(visitor, 'close-account');
    const { heading, text } = visitor.page();
    expect(heading).to.equal('Close your account?');
    for (const words of [person.email, '14 days', 'erase the account', 'on all devices', 'services', 'same email address'])
      expect(text, words).to.contain(words);
    expect(await member.account(), 'not yet').to.include({ closesAt: null });
    const before = (await received(person.email)).length;
    await visitor.press('Close account', YES);
    expect(new URL(visitor.page().url).pathname).to.equal('/closed');
    expect(visitor.page().heading).to.equal('Your account is closed');
    const { id, closesAt } = await member.account();
    expect(closesAt!.getTime() - clock().getTime()).to.be.within(14 * DAY * 1000 - 60_000, 14 * DAY * 1000);
    expect(await member.history()).to.include('account.closing');
    const mail = await newest(person.email, before + 1);
    expect(mail.subject).to.contain('will be closed');
    expect(mail.text).to.contain(deps.texts.in('en').t('mail.account-closing.next'));
    expect(await deps.sessions.of(id)).to.deep.equal([]);
    expect(await signedIn(visitor)).to.equal(false);
  });

  it('wants the box checked, and says so at it', async () => {
    const member = await newMember();
    const { visitor } = member;
    await begin(visitor, 'close-account');
    await visitor.press('Close account');
    expect(visitor.page().status).to.equal(422);
    expect(visitor.page().root.querySelector('#confirm-error')?.structuredText).to.contain('Check the box');
    expect(visitor.page().title).to.match(/^Error: /);
    const { url } = visitor.formOf('Close account', YES);
    for (const body of ['', 'confirm=', 'confirm=off', 'confirm=true']) expect((await visitor.post(url, body)).status, body).to.equal(422);
    expect(await member.account()).to.include({ closesAt: null });
  });

  it('ends everything else: other sessions, sign-ins and changes under way, recoveries', async () => {
    const server = await sharedServer();
    const { deps, clock, received, newest } = server;
    const member = await newMember();
    const { person } = member;
    const { id } = await member.account();
    clock.advance(60);
    const elsewhere = await otherDevice(member);
    clock.advance(60);
    const halfway = server.visitor();
    await halfway.open('/');
    const before = (await received(person.email)).length;
    await halfway.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
    const { codes } = await newest(person.email, before + 1);
    await deps.transaction([deps.recoveries.start(id, 'questions', 72)]);
    await close(member);
    expect(await signedIn(elsewhere)).to.equal(false);
    await enterCode(halfway, codes[0]!);
    expect(halfway.page().url, 'a code whose password came before').to.match(/sign-in\/password$/);
    expect(await deps.recoveries.of(id)).to.deep.equal([]);
    expect((await elsewhere.open(server.origin + authorizeUrl(MYUSCIS, { prompt: 'none' }))).url).to.contain('error=login_required');
  });

  it('happens once, however often the button is pressed', async () => {
    const { deps, clock, received } = await sharedServer();
    const member = await newMember();
    const { visitor, person } = member;
    await begin(visitor, 'close-account');
    const { url, body } = visitor.formOf('Close account', YES);
    const pages = await Promise.all(Array.from({ length: 6 }, () => visitor.post(url, body.toString())));
    for (const page of pages) expect([page.status, new URL(page.url).pathname]).to.deep.equal([200, '/closed']);
    const { closesAt } = await member.account();
    clock.advance(60);
    expect(new URL((await visitor.post(url, body.toString())).url).pathname).to.equal('/closed');
    expect((await member.account()).closesAt).to.deep.equal(closesAt);
    expect((await member.history()).filter((type) => type === 'account.closing')).to.have.length(1);
    await untilDelivered({ deps });
    expect((await received(person.email)).filter(({ subject }) => subject.includes('will be closed'))).to.have.length(1);
  });

  it('of two devices at once moves nothing for the second', async () => {
    const { clock } = await sharedServer();
    const member = await newMember();
    clock.advance(60);
    const elsewhere = await otherDevice(member);
    await begin(elsewhere, 'close-account');
    await begin(member.visitor, 'close-account');
    const first = member.visitor.formOf('Close account', YES);
    const second = elsewhere.formOf('Close account', YES);
    await Promise.all([member.visitor.post(first.url, first.body.toString()), elsewhere.post(second.url, second.body.toString())]);
    expect((await member.account()).closesAt).to.be.instanceOf(Date);
    expect((await member.history()).filter((type) => type === 'account.closing')).to.have.length(1);
    for (const visitor of [member.visitor, elsewhere]) expect(await signedIn(visitor)).to.equal(false);
  });

  it('is not for an account whose former address has objected to a change', async () => {
    const member = await newMember();
    await begin(member.visitor, 'close-account');
    await objected(member, newAddress('thief'));
    // The page was open before.
    await member.visitor.press('Close account', YES);
    expect(member.visitor.page().status).to.equal(422);
    expect(member.visitor.page().text).to.contain('Settle that first');
    // Nobody reads what closing means, and checks a box, to be refused then.
    const { root, text } = await begin(member.visitor, 'close-account');
    expect(text).to.contain('Settle that first').and.not.contain('14 days');
    expect(root.querySelectorAll('main form')).to.have.length(0);
    expect(root.querySelector('main a[href="/account/change/settle-email"]')).not.to.equal(null);
    expect(await member.account()).to.include({ closesAt: null });
  });

  it('cannot be had without a fresh sign-in, or by posting to its page', async () => {
    const { origin, clock, visitor: newcomer } = await sharedServer();
    const member = await newMember();
    await begin(member.visitor, 'close-account');
    const { url, body } = member.visitor.formOf('Close account', YES);
    const stranger = newcomer();
    await stranger.open('/');
    expect((await stranger.post(url, body.toString())).status).to.be.oneOf([400, 410]);
    clock.advance(6 * 60);
    expect((await begin(member.visitor, 'close-account')).url).to.match(/sign-in\/password$/);
    expect((await member.visitor.open(`${origin}/account`)).heading, 'still signed in').to.equal('Your account');
    expect(await member.account()).to.include({ closesAt: null });
  });
});
