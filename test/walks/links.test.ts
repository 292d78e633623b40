/** Mailed links, and all the ways in which a sign-up is interrupted and gone on with: whose it is, where it goes on, and where it never does. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { untilDelivered } from '../support/delivered.ts';
import { startServerAndDemo } from '../support/demo.ts';
import { completeQuickly } from '../support/newcomer.ts';
import {
  answerQuestions,
  choosePassword,
  enterCode,
  finishFromDelivery,
  newAddress,
  newPhone,
  notNow,
  PASSWORD,
  signIn,
} from '../support/people.ts';
import type { Received, TestServer } from '../support/server.ts';
import type { Page, Visitor } from '../support/visitor.ts';
import { newestCode, placeOf } from './edges-walker.ts';

const DAY = 24 * 3600;

describe('walk: mailed links and interrupted sign-ups', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let demoUrl: string;

  before(async () => {
    ({ server, demoUrl } = await startServerAndDemo());
    db = await connectMongo(server.env.MONGODB_URI);
  });
  after(() => db.close());

  const settled = () => untilDelivered(server);
  const mails = async (to: string): Promise<Received[]> => {
    await settled();
    return server.received(to);
  };
  const newestLink = async (to: string): Promise<string> =>
    (await mails(to)).flatMap(({ links }) => links).find((link) => link.includes('confirmation_token'))!;
  const place = (visitor: Visitor) => placeOf(visitor.page());
  /** On the page that waits for the confirmation. */
  const begin = async (email: string, visitor = server.visitor()): Promise<Visitor> => {
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    expect(place(visitor)).to.equal('sign-up/confirm');
    return visitor;
  };
  const typeCode = async (visitor: Visitor, email: string) =>
    visitor.press('Continue', { 'Confirmation code': await newestCode(server, email) });
  /** With a password chosen. */
  const beginWithPassword = async (email: string): Promise<Visitor> => {
    const visitor = await begin(email);
    await typeCode(visitor, email);
    await visitor.press('I Agree');
    await choosePassword(visitor);
    expect(place(visitor)).to.equal('sign-up/delivery');
    return visitor;
  };
  const pressLink = async (visitor: Visitor, link: string) => {
    await visitor.open(link);
    expect(visitor.page().heading).to.equal('Confirm your email address');
    return visitor.press('Confirm email address');
  };
  const reload = (visitor: Visitor) => visitor.open(visitor.page().url);
  const accountsOf = async (email: string) =>
    db.collection('audit_events').countDocuments({ 'event.type': 'account.created', accountId: await idOf(email) });
  const idOf = async (email: string) => (await server.deps.accounts.findByEmail(email))?.id;
  /** A page without what differs from one request to the next. */
  const bare = ({ html }: Page, ...names: string[]) =>
    names.reduce(
      (text, name) => text.replaceAll(name, ''),
      html.replace(/nonce="[^"]*"|[0-9A-Z]{4}-[0-9A-Z]{4}/g, '').replace(/\/interaction\/[\w-]+/g, ''),
    );

  describe('the link', () => {
    it('opened in the same browser goes on there', async () => {
      const email = newAddress();
      const visitor = await begin(email);
      await pressLink(visitor, await newestLink(email));
      expect(place(visitor)).to.equal('sign-up/terms');
    });

    it('opened in another browser goes on there to the end, and nowhere else', async () => {
      const email = newAddress();
      const laptop = await begin(email);
      const code = await newestCode(server, email);
      const phone = server.visitor();
      await pressLink(phone, await newestLink(email));
      expect(place(phone)).to.equal('sign-up/terms');
      await laptop.press('Continue', { 'Confirmation code': code });
      expect(place(laptop)).to.equal('sign-up/email');
      await phone.press('I Agree');
      await choosePassword(phone);
      await finishFromDelivery(server, phone, email, { email: true });
      expect(place(phone)).to.equal('welcome');
    });

    it('fetched by a scanner uses nothing up', async () => {
      const email = newAddress();
      const visitor = await begin(email);
      const link = await newestLink(email);
      for (const method of ['HEAD', 'GET', 'GET', 'GET']) {
        const answer = await fetch(link, { method, redirect: 'follow' });
        expect(answer.status).to.equal(400);
      }
      await reload(visitor);
      expect(place(visitor)).to.equal('sign-up/confirm');
      await pressLink(visitor, link);
      expect(place(visitor)).to.equal('sign-up/terms');
    });

    it('leaves the address at once, and answers the back button', async () => {
      const email = newAddress();
      const visitor = await begin(email);
      await visitor.open(await newestLink(email));
      expect(visitor.page().url).to.equal(`${server.origin}/users/confirmation/confirm`);
      await visitor.press('Confirm email address');
      await visitor.open('/users/confirmation/confirm');
      await visitor.press('Confirm email address');
      expect(place(visitor)).to.equal('sign-up/terms');
    });

    it('pressed twice at once goes on once', async () => {
      const email = newAddress();
      await begin(email);
      const phone = server.visitor();
      await phone.open(await newestLink(email));
      const { url, body } = phone.formOf('Confirm email address');
      const cookie = await phone.jar.getCookieString(url);
      const click = () => fetch(url, { method: 'POST', redirect: 'manual', body, headers: { cookie, 'sec-fetch-site': 'same-origin' } });
      const answers = await Promise.all([click(), click(), click()]);
      // A browser follows the answer to its last click alone.
      const [led, ...others] = answers.map(({ headers }) => headers.get('location')!);
      expect(others).to.deep.equal([led, led]);
      await phone.open(led!);
      expect(place(phone)).to.equal('sign-up/terms');
    });

    it('opened again resumes, in any browser, while there is no password', async () => {
      const email = newAddress();
      await begin(email);
      const link = await newestLink(email);
      const phone = server.visitor();
      await pressLink(phone, link);
      await phone.press('I Agree');
      expect(place(phone)).to.equal('sign-up/new-password');
      await pressLink(phone, link);
      expect(place(phone)).to.equal('sign-up/new-password');
      const library = server.visitor();
      await pressLink(library, link);
      expect(place(library)).to.equal('sign-up/new-password');
      await reload(phone);
      expect(place(phone)).to.equal('sign-up/email');
    });

    it('works whichever of two it is', async () => {
      const email = newAddress();
      const laptop = await begin(email);
      const first = await newestLink(email);
      server.clock.advance(61);
      await laptop.follow("Didn't receive confirmation instructions?");
      await laptop.press('Resend confirmation instructions');
      const second = await newestLink(email);
      expect(second).not.to.equal(first);
      const phone = server.visitor();
      await pressLink(phone, first);
      expect(place(phone)).to.equal('sign-up/terms');
      await pressLink(phone, second);
      expect(place(phone)).to.equal('sign-up/terms');
    });

    it('that has expired offers a new mail with one button', async () => {
      const email = newAddress();
      await begin(email);
      const old = await newestLink(email);
      server.clock.advance(DAY + 60);
      const phone = server.visitor();
      await phone.open(old);
      expect(phone.page().heading).to.equal('This link has expired');
      expect(phone.page().root.querySelectorAll('main input')).to.have.length(0);
      await phone.press('Send a new email');
      expect(phone.page().heading).to.equal('Check your email in a few minutes');
      const fresh = await newestLink(email);
      expect(fresh).not.to.equal(old);
      await pressLink(phone, fresh);
      expect(place(phone)).to.equal('sign-up/terms');
    });

    it('that has expired says when another mail may be asked for', async () => {
      const email = newAddress();
      await begin(email);
      const link = await newestLink(email);
      server.clock.advance(DAY + 60);
      const phone = server.visitor();
      await phone.open(link);
      const { url, body } = phone.formOf('Send a new email');
      await phone.post(url, body.toString());
      await phone.post(url, body.toString());
      expect(phone.page().heading, 'a second click').to.equal('Check your email in a few minutes');
      server.clock.advance(20);
      await phone.post(url, body.toString());
      expect(phone.page().status).to.equal(422);
      expect(phone.page().text).to.match(/You can try again at/);
      expect(await mails(email)).to.have.length(2);
    });

    it('of an address that was changed since leads nowhere', async () => {
      const [wrong, right] = [newAddress(), newAddress()];
      const visitor = await begin(wrong);
      const link = await newestLink(wrong);
      await visitor.follow('Use another address');
      await visitor.press('Sign Up', { 'Email address': right });
      expect(visitor.page().text).to.contain(right);
      const phone = server.visitor();
      await phone.open(link);
      expect([phone.page().status, phone.page().heading]).to.deep.equal([404, 'This link does not work']);
      await typeCode(visitor, right);
      expect(place(visitor)).to.equal('sign-up/terms');
    });

    it('that is forged, or cut off, leads nowhere', async () => {
      const email = newAddress();
      await begin(email);
      const link = await newestLink(email);
      for (const bad of [
        link.slice(0, -3),
        `${link}x`,
        '/users/confirmation?confirmation_token[]=a',
        `/users/confirmation?confirmation_token=${'a'.repeat(5000)}`,
        '/users/confirmation',
      ]) {
        const visitor = server.visitor();
        await visitor.open(bad);
        expect([visitor.page().status, visitor.page().heading], bad).to.deep.equal([404, 'This link does not work']);
      }
    });

    it('opened where somebody else is signed in says so and merges nothing', async () => {
      const [mine, theirs] = [newAddress('mine'), newAddress('theirs')];
      const visitor = server.visitor();
      await visitor.open('/users/sign_up');
      await completeQuickly(server, visitor, theirs);
      const elsewhere = await begin(mine);
      const link = await newestLink(mine);
      await visitor.open(link);
      expect(visitor.page().heading).to.equal('Somebody is signed in here');
      expect(visitor.page().text).to.contain(`t•••@people.test`).and.contain(`m•••@people.test`);
      await visitor.post('/users/confirmation/confirm', '');
      expect(visitor.page().heading).to.equal('Somebody is signed in here');
      await reload(elsewhere);
      expect(place(elsewhere)).to.equal('sign-up/confirm');
      await visitor.press('Sign out');
      await pressLink(visitor, link);
      expect(place(visitor)).to.equal('sign-up/terms');
    });

    it('opened again when all is done leads to the account', async () => {
      const email = newAddress();
      const visitor = await begin(email);
      const link = await newestLink(email);
      await pressLink(visitor, link);
      await visitor.press('I Agree');
      await choosePassword(visitor);
      await finishFromDelivery(server, visitor, email, { email: true });
      await visitor.open(link);
      expect(place(visitor)).to.equal('welcome');
      const phone = server.visitor();
      await phone.open(link);
      expect(phone.page().heading).to.equal('This link has already been used');
      await phone.follow('Sign In');
      expect(place(phone)).to.equal('sign-in/password');
    });
  });

  describe('a stranger', () => {
    it('who typed my address gets nothing when I press', async () => {
      const email = newAddress();
      const stranger = await begin(email);
      const me = server.visitor();
      await me.open(await newestLink(email));
      const { url, body } = me.formOf('Confirm email address');
      // Before my browser has followed it anywhere.
      const pressed = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        body,
        headers: { cookie: await me.jar.getCookieString(url), 'sec-fetch-site': 'same-origin' },
      });
      expect(pressed.status).to.equal(303);
      await stranger.open(stranger.page().url.replace(/confirm$/, 'terms'));
      expect(place(stranger)).to.equal('sign-up/email');
      await pressLink(me, await newestLink(email));
      expect(place(me)).to.equal('sign-up/terms');
    });

    it('who turned a sign-up to my address late gets nothing, and I can start again', async () => {
      const [theirs, mine] = [newAddress('theirs'), newAddress('mine')];
      const stranger = await beginWithPassword(theirs);
      await stranger.press('Submit', { Email: true });
      await enterCode(stranger, await newestCode(server, theirs));
      expect(place(stranger)).to.equal('sign-up/new-backup-code');
      await stranger.open(stranger.page().url.replace(/new-backup-code$/, 'email'));
      await stranger.press('Sign Up', { 'Email address': mine });
      expect(place(stranger)).to.equal('sign-up/confirm');
      const me = server.visitor();
      await pressLink(me, await newestLink(mine));
      expect(place(me)).to.equal('sign-up/resume');
      await reload(stranger);
      expect(place(stranger)).to.equal('sign-up/confirm');
      await me.press('Start again');
      expect(place(me)).to.equal('sign-up/terms');
      await me.press('I Agree');
      await choosePassword(me, 'Other-Harbor 82!');
      await finishFromDelivery(server, me, mine, { email: true });
      expect(place(me)).to.equal('welcome');
      await reload(stranger);
      expect(place(stranger)).to.equal('sign-up/email');
    });

    it('who turned a sign-up to my address does not hide mine', async () => {
      const [theirs, mine] = [newAddress('theirs'), newAddress('mine')];
      await beginWithPassword(mine);
      server.clock.advance(61);
      const stranger = await beginWithPassword(theirs);
      await stranger.press('Submit', { Email: true });
      await enterCode(stranger, await newestCode(server, theirs));
      await stranger.open(stranger.page().url.replace(/new-backup-code$/, 'email'));
      await stranger.press('Sign Up', { 'Email address': mine });
      const me = server.visitor();
      await me.open('/');
      await me.press('Sign In', { 'Email address': mine, Password: PASSWORD });
      expect(place(me)).to.equal('sign-up/delivery');
      expect((await reload(me)).text).not.to.contain(theirs);
    });
  });

  describe('an interrupted sign-up', () => {
    it('stays where the code was typed', async () => {
      const email = newAddress();
      const laptop = await begin(email);
      await typeCode(laptop, email);
      expect(place(laptop)).to.equal('sign-up/terms');
    });

    it('asks for the password when its link is opened elsewhere, once there is one', async () => {
      const email = newAddress();
      const laptop = await beginWithPassword(email);
      const phone = server.visitor();
      await pressLink(phone, await newestLink(email));
      expect(place(phone)).to.equal('sign-up/resume');
      await phone.press('Continue', { Password: 'Granite-Harbor 72!' });
      expect(phone.page().text).to.contain('This password is not correct');
      await phone.press('Continue', { Password: PASSWORD });
      expect(place(phone)).to.equal('sign-up/delivery');
      await reload(laptop);
      expect(place(laptop)).to.equal('sign-up/email');
      await finishFromDelivery(server, phone, email, { email: true });
      expect(place(phone)).to.equal('welcome');
    });

    it('is resumed by the sign-up page with the password', async () => {
      const email = newAddress();
      await beginWithPassword(email);
      server.clock.advance(61);
      const phone = await begin(email);
      await typeCode(phone, email);
      expect(place(phone)).to.equal('sign-up/resume');
      await phone.press('Continue', { Password: PASSWORD });
      expect(place(phone)).to.equal('sign-up/delivery');
    });

    it('is begun again by "Start again", which ends the one before', async () => {
      const email = newAddress();
      const laptop = await beginWithPassword(email);
      server.clock.advance(61);
      const phone = await begin(email);
      await typeCode(phone, email);
      await phone.press('Start again');
      expect(place(phone)).to.equal('sign-up/terms');
      await reload(laptop);
      expect(place(laptop)).to.equal('sign-up/email');
    });

    it('is resumed by "Sign In" with address and password, within 7 days and not after', async () => {
      const email = newAddress();
      await beginWithPassword(email);
      const link = await newestLink(email);
      server.clock.advance(7 * DAY - 3600);
      const phone = server.visitor();
      await phone.open('/');
      await phone.press('Sign In', { 'Email address': email, Password: 'Granite-Harbor 72!' });
      expect(phone.page().text).to.contain('The email address or the password is not correct');
      await phone.press('Sign In', { 'Email address': email, Password: PASSWORD });
      expect(place(phone)).to.equal('sign-up/delivery');
      server.clock.advance(7 * DAY + 3600);
      const late = server.visitor();
      await late.open('/');
      await late.press('Sign In', { 'Email address': email, Password: PASSWORD });
      expect(late.page().text).to.contain('The email address or the password is not correct');
      await late.open(link);
      expect(late.page().heading).to.equal('This link has expired');
      expect(late.page().text).to.contain('no longer kept');
      await late.follow('Create an account');
      expect(place(late)).to.equal('sign-up/email');
    });

    it('is moved, not copied: a wrong address is changed from the waiting page', async () => {
      const [wrong, right] = [newAddress('wrong'), newAddress('right')];
      const visitor = await begin(wrong);
      await visitor.follow('Use another address');
      expect(visitor.fieldOf('Email address').getAttribute('value')).to.equal(wrong);
      await visitor.press('Sign Up', { 'Email address': right });
      await typeCode(visitor, right);
      await visitor.press('I Agree');
      await choosePassword(visitor);
      await finishFromDelivery(server, visitor, right, { email: true });
      expect(visitor.page().text).to.contain(right).and.not.contain(wrong);
    });

    it('changes a wrong number from the code page; a second method may be left out, and is asked for again when chosen again', async () => {
      const email = newAddress();
      const [wrong, right] = [newPhone(), newPhone()];
      const visitor = await beginWithPassword(email);
      await visitor.press('Submit', { Email: true, 'Text message': true, 'U.S. mobile phone number': wrong });
      expect(visitor.page().text).not.to.contain('Continue without this method');
      await enterCode(visitor, await newestCode(server, email));
      expect(place(visitor)).to.equal('sign-up/text-code');
      await visitor.press('Continue without this method');
      expect(place(visitor)).to.equal('sign-up/new-backup-code');
      await visitor.open(visitor.page().url.replace(/new-backup-code$/, 'delivery'));
      expect(visitor.fieldOf('U.S. mobile phone number').getAttribute('value')).to.equal(wrong);
      server.clock.advance(31);
      await visitor.press('Submit', { 'U.S. mobile phone number': right });
      expect(place(visitor)).to.equal('sign-up/text-code');
      await visitor.follow('Change my choice or phone number');
      await visitor.press('Submit');
      await enterCode(visitor, await newestCode(server, right));
      expect(place(visitor)).to.equal('sign-up/new-backup-code');
      await visitor.press('Proceed');
      await answerQuestions(visitor);
      await notNow(visitor);
      const account = await server.deps.accounts.findByEmail(email);
      expect(account!.methods.map((method) => ('phone' in method ? method.phone : method.method))).to.deep.equal(['email', right]);
    });
  });

  describe('the same pages for everybody', () => {
    it('"Didn\'t receive confirmation instructions?" for an unknown, an unfinished and a finished address', async () => {
      const [unknown, unfinished, finished] = [newAddress('u'), newAddress('v'), newAddress('w')];
      await begin(unfinished);
      const other = server.visitor();
      await other.open('/users/sign_up');
      await completeQuickly(server, other, finished);
      const before = await Promise.all([unknown, unfinished, finished].map(async (to) => (await mails(to)).length));
      server.clock.advance(61);
      const pages: string[] = [];
      for (const email of [unknown, unfinished, finished]) {
        const visitor = server.visitor();
        await visitor.open('/');
        await visitor.follow("Didn't receive confirmation instructions?");
        await visitor.press('Resend confirmation instructions', { 'Email address': email });
        expect(visitor.page().status).to.equal(200);
        pages.push(bare(visitor.page()));
      }
      expect(pages[1]).to.equal(pages[0]);
      expect(pages[2]).to.equal(pages[0]);
      const after = await Promise.all([unknown, unfinished, finished].map(mails));
      expect(after.map((received, index) => received.length - before[index]!)).to.deep.equal([0, 1, 1]);
      expect(after[1]![0]!.links.some((link) => link.includes('confirmation_token'))).to.equal(true);
      // The very mail that came when the account was made.
      expect(after[2]![0]!.subject).to.equal(after[2]![1]!.subject);
      expect(after[2]![0]!.links.some((link) => link.includes('confirmation_token'))).to.equal(false);

      const phone = server.visitor();
      await pressLink(phone, await newestLink(unfinished));
      expect(place(phone)).to.equal('sign-up/terms');
    });

    it('says so to everybody alike when it is asked for too often', async () => {
      const unknown = newAddress('u');
      const visitor = server.visitor();
      for (const status of [200, 422]) {
        await visitor.open('/users/confirmation/new');
        await visitor.press('Resend confirmation instructions', { 'Email address': unknown });
        expect(visitor.page().status).to.equal(status);
        server.clock.advance(10);
      }
      expect(visitor.page().text).to.contain('You can try again at');
    });

    it('signing up with an address that has an account: the same page, another mail, no way in', async () => {
      const [known, fresh] = [newAddress('a'), newAddress('b')];
      const owner = server.visitor();
      await owner.open('/users/sign_up');
      await completeQuickly(server, owner, known);
      server.clock.advance(61);
      const [one, two] = [await begin(known), await begin(fresh)];
      expect(bare(one.page(), known)).to.equal(bare(two.page(), fresh));
      const [told] = await mails(known);
      expect(told!.codes).to.deep.equal([]);
      expect(told!.links.some((link) => link.includes('confirmation_token'))).to.equal(false);
      const code = await newestCode(server, fresh);
      const wrong = code === '111111' ? '222222' : '111111';
      await one.press('Continue', { 'Confirmation code': wrong });
      await two.press('Continue', { 'Confirmation code': wrong });
      expect(bare(one.page(), known)).to.equal(bare(two.page(), fresh));
      expect(await accountsOf(known)).to.equal(1);
    });
  });

  describe('cookies switched off', () => {
    for (const path of ['/', '/users/sign_up'])
      it(`${path} says what is wrong`, async () => {
        const answer = await fetch(server.origin + path);
        expect(answer.status).to.equal(400);
        expect(await answer.text()).to.contain('Please allow cookies');
      });

    it('a mailed link says what is wrong, and works afterwards', async () => {
      const email = newAddress();
      await begin(email);
      const link = await newestLink(email);
      const answer = await fetch(link);
      expect([answer.status, (await answer.text()).includes('Please allow cookies')]).to.deep.equal([400, true]);
      const phone = server.visitor();
      await pressLink(phone, link);
      expect(place(phone)).to.equal('sign-up/terms');
    });
  });

  describe('a sign-up that a service began', () => {
    const visitorOfBoth = () => server.visitor({}, [demoUrl]);
    const beginThere = async (email: string) => {
      const visitor = visitorOfBoth();
      await visitor.open(demoUrl);
      await visitor.open(`${demoUrl}/login?prompt=create`);
      expect(visitor.page().text).to.contain('to continue to myUSCIS');
      await visitor.press('Sign Up', { 'Email address': email });
      return visitor;
    };
    const onFromTerms = async (visitor: Visitor, email: string) => {
      await visitor.press('I Agree');
      await choosePassword(visitor);
      await finishFromDelivery(server, visitor, email, { email: true });
    };

    it('continues there', async () => {
      const email = newAddress();
      const visitor = await beginThere(email);
      await pressLink(visitor, await newestLink(email));
      await onFromTerms(visitor, email);
      expect(place(visitor)).to.equal('service-entry/account-type');
      await visitor.press('Submit', { 'I am an attorney or accredited representative': true });
      expect(visitor.page().url).to.equal(`${demoUrl}/my-account`);
      expect(visitor.page().text).to.contain(email);
    });

    it('continues there when its page had expired meanwhile', async () => {
      const email = newAddress();
      const visitor = await beginThere(email);
      await db.collection('oidc_interaction').deleteMany({});
      await typeCode(visitor, email);
      expect(place(visitor)).to.equal('sign-up/confirm');
      await typeCode(visitor, email);
      await onFromTerms(visitor, email);
      await visitor.press('Submit', { 'I am an attorney or accredited representative': true });
      expect(visitor.page().url).to.equal(`${demoUrl}/my-account`);
    });

    it('ends at Welcome in another browser', async () => {
      const email = newAddress();
      await beginThere(email);
      const phone = visitorOfBoth();
      await pressLink(phone, await newestLink(email));
      expect(phone.page().text).not.to.contain('to continue to myUSCIS');
      await onFromTerms(phone, email);
      expect(place(phone)).to.equal('welcome');
    });
  });

  describe('the end', () => {
    it('double-clicked makes one account and one account-created mail', async () => {
      const email = newAddress();
      const visitor = await beginWithPassword(email);
      await visitor.press('Submit', { Email: true });
      await enterCode(visitor, await newestCode(server, email));
      await visitor.press('Proceed');
      await answerQuestions(visitor);
      const before = (await mails(email)).length;
      const { url, body } = visitor.formOf('Not now');
      const pages = await Promise.all(Array.from({ length: 4 }, () => visitor.post(url, body.toString())));
      for (const page of pages) expect(page.status, page.text).to.equal(200);
      await visitor.open('/');
      expect(place(visitor)).to.equal('welcome');
      expect((await mails(email)).length - before).to.equal(1);
      expect(await accountsOf(email)).to.equal(1);
    });

    it('reached by two sign-ups of one address gives one account; the other is told', async () => {
      const email = newAddress();
      const confirmed = async () => {
        const visitor = await begin(email);
        await typeCode(visitor, email);
        return visitor;
      };
      // Both confirm before either has a password, so neither knows of the other.
      const one = await confirmed();
      server.clock.advance(61);
      const two = await confirmed();
      for (const visitor of [one, two]) {
        await visitor.press('I Agree');
        await choosePassword(visitor);
        await visitor.press('Submit', { Email: true });
        await enterCode(visitor, await newestCode(server, email));
        await visitor.press('Proceed');
        await answerQuestions(visitor);
      }
      const before = (await mails(email)).length;
      await Promise.all([one, two].map((visitor) => visitor.press('Not now')));
      const ends = [one, two].map(({ page }) => page().heading);
      expect(ends).to.have.members(['Welcome to your USCIS Account', 'There is already an account']);
      expect((await mails(email)).length - before).to.equal(1);
      expect(await accountsOf(email)).to.equal(1);
      const told = ends[0]!.startsWith('Welcome') ? two : one;
      await told.follow('Go to the home page');
      expect(place(told)).to.equal('sign-in/password');
      const again = server.visitor();
      await again.open('/');
      await signIn(server, again, { email, password: PASSWORD, backupCode: '' });
      expect(place(again)).to.equal('welcome');
    });

    it('a day after the code was entered makes the account, and asks to sign in: that code is too old to stand for who is there', async () => {
      const email = newAddress();
      const visitor = await beginWithPassword(email);
      await visitor.press('Submit', { Email: true });
      await enterCode(visitor, await newestCode(server, email));
      const { url } = visitor.page();
      server.clock.advance(DAY);
      await visitor.open(url);
      await visitor.press('Proceed');
      await answerQuestions(visitor);
      await notNow(visitor);
      expect(place(visitor)).to.equal('sign-in/password');
      expect(await accountsOf(email)).to.equal(1);
      await signIn(server, visitor, { email, password: PASSWORD, backupCode: '' });
      expect(place(visitor)).to.equal('welcome');
    });

    it('of another sign-up is said when the address is confirmed', async () => {
      const email = newAddress();
      const late = await begin(email);
      const code = await newestCode(server, email);
      server.clock.advance(61);
      const first = await begin(email);
      await typeCode(first, email);
      await first.press('I Agree');
      await choosePassword(first);
      await finishFromDelivery(server, first, email, { email: true });
      await late.press('Continue', { 'Confirmation code': code });
      expect([late.page().status, late.page().heading]).to.deep.equal([409, 'There is already an account']);
    });
  });
});
