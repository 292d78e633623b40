/** A sign-up and a sign-in as they go for whoever has no JavaScript, no mouse, a habit of clicking twice, or an old link; every page looked at. */
import { expect } from 'chai';
import { hasFocus, type Tab } from '../support/browser-tab.ts';
import { codeAfter, newAddress, PASSWORD } from '../support/people.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import * as walk from '../support/sign-up-walk.ts';
import { ENGLISH as words } from './words-en.ts';

describe('walk: sign-up otherwise in a browser', function () {
  const { all, open, walkerIn, itIsSound } = walk.signUpInBrowser(this, words);
  /** Somebody who gets codes by mail, and was asked about passkeys; answers with the address. */
  const newOwner = async (): Promise<string> => {
    const { deps } = all().server;
    return (await makeRecoverable(deps, ['email'], { passkeyDeclinedAt: deps.clock() })).email;
  };

  describe('without JavaScript, every button pressed twice, by the link', () => {
    let walker: walk.Walker;
    let tab: Tab;
    before(async () => {
      tab = await open({ javaScriptEnabled: false, twice: true, axe: 'none' });
      walker = walkerIn(tab);
    });

    it('creates an account', async () => {
      const { server, address } = walker;
      await tab.open(`${server.origin}/users/sign_up`);
      await tab.press(words.email.submit);
      await tab.look(words.email, words.email.empty);
      await tab.field(words.email.field).fill(address);
      await tab.press(words.email.submit);
      await tab.look(words.confirm);
      await walk.openLink(walker, await server.newest(address));
      await walk.agree(walker);
      const { password, delivery } = words;
      await tab.look({ ...password, controls: password.controls.filter((control) => !control.includes(password.show)) });
      await tab.field(password.field).fill(PASSWORD);
      await tab.field(password.again).fill(PASSWORD);
      await tab.press(password.submit);
      const fields = [...delivery.controls.slice(0, -1), `textbox "${delivery.phone}"`, delivery.controls.at(-1)!];
      await tab.look({ ...delivery, controls: fields, says: [...delivery.says, delivery.fees] });
      await tab.field(delivery.email).check();
      await tab.field(delivery.app).check();
      await tab.press(delivery.submit);
      await tab.look(words.emailCode);
      await tab.field(words.code.field).fill((await server.newest(address, 2)).codes[0]!);
      await tab.press(words.code.submit);
    });

    it('shows no button that does nothing, and gives the backup code as a file', async () => {
      const { app, code, backupCode, questions } = words;
      await tab.look({ ...app, controls: app.controls.slice(1) });
      await tab.press(code.skip);
      await tab.look({ ...backupCode, controls: backupCode.controls.slice(2) });
      const shown = (await tab.page.locator('.backup-code .groups').innerText()).trim();
      expect(await walk.downloaded(tab, backupCode.download)).to.include(shown.replace(/\s+/g, '-'));
      await tab.press(backupCode.submit);
      await tab.look(questions);
      await walk.chooseQuestions(tab, questions);
      await tab.look({ ...words.passkeyOffer, controls: ['button "Not now"'], says: ['Passkeys need JavaScript'] });
      await tab.press(words.passkeyOffer.decline);
      await tab.look(words.welcome);
    });

    it('enters myUSCIS, and signs out there and here', async () => {
      const { myUscis, accountType } = words;
      await tab.follow(myUscis.service);
      await tab.look(accountType);
      await tab.field(accountType.applicant).check();
      await tab.press(accountType.submit);
      await tab.look(myUscis.account);
      await tab.follow(words.signOut);
      await tab.press(words.signOut);
      // Where scripts run this page sends itself; here its button does.
      await tab.look(words.signingOut);
      await tab.press(words.signingOut.submit);
      await tab.look({ ...myUscis.home, says: [myUscis.signedOut] });
    });

    it('changes accounts by a button', async () => {
      const { server, address } = walker;
      const { signIn, emailCode, code, accountSwitch } = words;
      const [first, second] = [address, await newOwner()];
      for (const [index, email] of [first, second].entries()) {
        await tab.open(`${server.origin}${index === 0 ? '/' : `${server.deps.interactions.startUrl()}&max_age=0`}`);
        await tab.look({ ...signIn, controls: signIn.controls.filter((control) => !/^checkbox|passkey/.test(control)) });
        await tab.field(signIn.email).fill(email);
        await tab.field(signIn.password).fill(PASSWORD);
        const sent = await codeAfter(server, email, () => tab.press(signIn.submit));
        await tab.look(walk.atSignIn(words, emailCode));
        await tab.field(code.field).fill(sent);
        await tab.press(code.submit);
      }
      await tab.look(accountSwitch);
      await tab.press(accountSwitch.submit);
      await tab.look({ ...words.welcome, says: [second] });
    });
  });

  describe('with the keyboard alone, in 320 by 256 pixels', () => {
    let tab: Tab;

    it('signs in, chooses a type and arrives at myUSCIS', async () => {
      const { server } = all();
      const { signIn, emailCode, code, welcome, accountType, myUscis } = words;
      const email = await newOwner();
      tab = await open({ viewport: { width: 320, height: 256 } });
      const { keyboard } = tab.page;
      const enter = () => tab.leave(() => keyboard.press('Enter'));

      await tab.open(server.origin);
      await tab.tabTo(tab.button(signIn.submit));
      await enter();
      await tab.look(signIn, signIn.empty);
      const [first = ''] = signIn.empty;
      await tab.tabTo(tab.link(first));
      await keyboard.press('Enter');
      expect(await hasFocus(tab.field(signIn.email))).to.equal(true);
      await keyboard.type(email);
      await tab.tabTo(tab.field(signIn.password));
      await keyboard.type(PASSWORD);
      const sent = await codeAfter(server, email, enter);
      await tab.look(walk.atSignIn(words, emailCode));
      await tab.tabTo(tab.field(code.field));
      await keyboard.type(sent);
      await enter();
      await tab.look(welcome);
      await tab.tabTo(tab.link(myUscis.service));
      await enter();
      await tab.look(accountType);
      await tab.tabTo(tab.field(accountType.applicant));
      await keyboard.press('Space');
      await tab.tabTo(tab.button(accountType.submit));
      await enter();
      await tab.look({ ...myUscis.account, says: [...myUscis.account.says, email] });
    });

    it('leaves pages that send themselves without a key', async () => {
      const { server, demoUrl } = all();
      const { signIn, emailCode, code } = words;
      const request = (await fetch(`${demoUrl}/login`, { redirect: 'manual' })).headers.get('location')!;
      await tab.open(`${request}&response_mode=form_post`);
      await tab.page.waitForURL(`${demoUrl}/callback`);

      const email = await newOwner();
      await tab.open(`${server.origin}${server.deps.interactions.startUrl()}&max_age=0`);
      await tab.field(signIn.email).fill(email);
      await tab.field(signIn.password).fill(PASSWORD);
      const sent = await codeAfter(server, email, () => tab.press(signIn.submit));
      await tab.look(walk.atSignIn(words, emailCode));
      await tab.field(code.field).fill(sent);
      await tab.button(code.submit).click();
      await tab.page.waitForURL(`${server.origin}/`);
      await tab.look({ ...words.welcome, says: [email] });
    });
  });

  describe('with every button pressed twice, and time going by', () => {
    let walker: walk.Walker;
    let tab: Tab;
    before(async () => {
      tab = await open({ twice: true });
      walker = walkerIn(tab);
    });

    it('takes no second press for a mistake, and knows the code that a newer one replaced', async () => {
      const { server, address } = walker;
      const { email, password, delivery, emailCode, code, backupCode, questions, link } = words;
      await tab.open(`${server.origin}/users/sign_up`);
      await tab.field(email.field).fill(address);
      await tab.press(email.submit);
      await tab.look(words.confirm);
      const mail = await server.newest(address);
      await walk.typeConfirmation(walker, mail);
      const other = await open();
      await other.open(mail.links[0]!);
      await other.look(link.ready);
      await walk.agree(walker);
      await tab.look(password);
      await tab.field(password.field).fill(PASSWORD);
      await tab.field(password.again).fill(PASSWORD);
      await tab.press(password.submit);
      await tab.look(delivery);
      await tab.field(delivery.email).check();
      await tab.press(delivery.submit);
      await tab.look(emailCode);
      const first = await server.newest(address, 2);
      server.clock.advance(31);
      await tab.press(code.again);
      await tab.look({ ...emailCode, says: [code.sentAgain] });
      const second = await server.newest(address, 3);
      await tab.field(code.field).fill(first.codes[0]!);
      await tab.press(code.submit);
      await tab.look(emailCode, code.replaced);
      await tab.field(code.field).fill(second.codes[0]!);
      await tab.press(code.submit);
      await tab.look(backupCode);
      await tab.press(backupCode.submit);
      await tab.look(questions);
      await walk.chooseQuestions(tab, questions);
      await tab.look(words.passkeyOffer);
      await tab.press(words.passkeyOffer.decline);
      await tab.look(words.welcome);
      await other.open(mail.links[0]!);
      await other.look(link.used);
    });

    it('says that a link has expired, and sends another', async () => {
      const { server } = walker;
      const { email, link, resent } = words;
      const another = await open();
      const address = newAddress();
      await another.open(`${server.origin}/users/sign_up`);
      await another.field(email.field).fill(address);
      await another.press(email.submit);
      const mail = await server.newest(address);
      server.clock.advance(25 * 3600);
      await another.open(mail.links[0]!);
      await another.look(link.expired);
      await another.press(link.sendAgain);
      await another.look(resent);
      await another.open((await server.newest(address, 2)).links[0]!);
      await another.look(link.ready);
    });
  });

  describe('in all of this', itIsSound);
});
