/**
 * What an owner does with their account, in a real browser at 320 pixels, in both languages: in by the backup code, every kind of change on the
 * account pages, others shut out, and the account closed and kept. Each page is looked at.
 */
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { LANGUAGES } from '../../src/language.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { openBrowser } from '../support/browser.ts';
import { openTab, type Tab } from '../support/browser-tab.ts';
import { type DemoHere, startDemoHere } from '../support/demo-here.ts';
import { englishIn, linesOf } from '../support/english.ts';
import {
  choosePassword,
  chooseText,
  endOf,
  enterSent,
  makeOwner,
  type Owner,
  signIn,
  takeBackupCode,
  told,
  WORDS,
} from '../support/owner-walk.ts';
import { ANSWERS, newAddress, newPhone } from '../support/people.ts';
import { growOld, type Recoverable } from '../support/recoverable.ts';
import { NEW_PASSWORD } from '../support/recovering.ts';
import { sharedTitles } from '../support/sign-up-walk.ts';

const DAY = 24 * 3600;
/** So that nothing was sent "just now", and no sign-in is fresh any more. */
const A_WHILE = 16 * 60;

describe('walk: an owner in a browser', function () {
  this.timeout(120_000);
  // Each step stands on the one before.
  this.bail(true);
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());

  for (const language of LANGUAGES)
    describe(`in ${language}`, () => {
      const { words, own, locale } = WORDS[language];
      const { overview, security } = own;
      let all: DemoHere;
      let owner: Owner;
      /** As the account is now. */
      let person: Recoverable;
      const tabs: Tab[] = [];

      const open = async () => {
        const tab = await openTab(browser, { origins: [all.server.origin], locale, axe: 'none' });
        tabs.push(tab);
        return tab;
      };
      before(async () => {
        // For each a clock of its own: sessions that the library ends by the real time would be over on one put forward by days.
        all = await startDemoHere();
        owner = { server: all.server, tab: await open(), words, own, messages: [] };
        person = await makeOwner(all.server, language);
      });
      after(() => all?.close());

      const notice = (page: 'overview' | 'security', said: string) => owner.tab.look({ ...own[page], says: [said] });
      const aboutAccount = (subject: string) => told(owner, person.email, { subject, says: [] });
      const methods = async () => (await person.account()).methods.map((method) => 'phone' in method && method.phone);

      it('signs in by the backup code, to a new phone and a new backup code', async () => {
        const { server, tab } = owner;
        const { backup, newMethod } = own;
        await tab.open(server.origin);
        await tab.look(words.signIn);
        await tab.field(words.signIn.email).fill(person.email);
        await tab.field(words.signIn.password).fill(person.password);
        await tab.press(words.signIn.submit);
        await tab.look(own.atSignIn);
        await tab.press(words.code.noCode);
        await tab.look(backup);
        for (const [typed, problems] of [
          ['7KQM-X3RT', backup.odd],
          ['ABCD-EFGH-JKMN-PQRS', backup.wrong],
        ] as const) {
          await tab.field(backup.field).fill(typed);
          await tab.press(backup.submit);
          await tab.look(backup, problems);
        }
        await tab.field(backup.field).fill(person.backupCode.toLowerCase().replaceAll('-', ' '));
        await tab.press(backup.submit);
        const lost = own.phoneEnding(endOf(person));
        const [phone, phoneField] = [newPhone(), `textbox "${words.delivery.phone}"`];
        const withLost = {
          ...newMethod,
          says: [...newMethod.says, newMethod.lost],
          controls: newMethod.controls.toSpliced(-1, 0, `checkbox "${lost}"`),
        };
        const withoutPhone = { ...withLost, controls: withLost.controls.filter((control) => control !== phoneField) };
        await tab.look(withoutPhone);
        await tab.press(words.code.submit);
        await tab.look(withoutPhone, newMethod.empty);
        await tab.field(words.delivery.text).check();
        await tab.field(words.delivery.phone).fill(person.phone!);
        await tab.press(words.code.submit);
        await tab.look(withLost, newMethod.there);
        await chooseText(owner, phone, lost);
        const backupCode = await takeBackupCode(owner);
        await tab.look({ ...words.welcome, says: [person.email] });
        expect(backupCode).not.to.equal(person.backupCode);
        for (const subject of [...own.backupMails, own.removedMail]) await aboutAccount(subject);
        person = { ...person, phone, backupCode };
        expect(await methods()).to.deep.equal([phone]);
      });

      it('changes the address, which the former one stops by its link, and settles it by a method from before', async () => {
        const { server, tab } = owner;
        const { newAddress: page, freeze, settle, formerMethod } = own;
        const [former, present] = [person.email, newAddress('changed')];
        // The phone and the backup code that were set up a moment ago would prove nothing.
        const db = await connectMongo(server.env.MONGODB_URI);
        await growOld(db, person.id);
        await db.close();
        await tab.follow(own.accountNav);
        await tab.look({ ...overview, says: [former] });
        await tab.follow(overview.changeEmail);
        await tab.look({ ...page, says: [...page.says, former] });
        await tab.field(page.field).fill(former);
        await tab.press(page.submit);
        await tab.look(page, page.same);
        await tab.field(page.field).fill(present);
        await enterSent(owner, present, { ...own.addressCode, says: [...own.addressCode.says, present] }, () => tab.press(page.submit));
        await notice('overview', overview.emailChanged);
        expect((await person.account()).email).to.equal(present);

        const mail = await told(owner, former, own.changedMail);
        const mailbox = await open();
        await mailbox.open(mail.links.find((link) => link.includes('freeze-email'))!);
        await mailbox.look(freeze.ready);
        await mailbox.press(freeze.submit);
        await mailbox.look(freeze.done);

        await tab.follow(own.accountNav);
        await notice('overview', overview.frozen);
        await tab.follow(overview.changeEmail);
        await tab.look(own.frozen);
        await tab.follow(own.frozen.settle);
        await tab.look(settle);
        await tab.press(settle.submit);
        await tab.look(settle, settle.empty);
        await tab.field(settle.keep(present)).check();
        await tab.press(settle.submit);
        await tab.look(formerMethod);
        await tab.field(formerMethod.phone(endOf(person))).check();
        server.clock.advance(31);
        await enterSent(owner, person.phone!, own.newTextCode, () => tab.press(formerMethod.submit));
        await notice('overview', overview.settled);
        person = { ...person, email: present };
        await told(owner, present, own.settledMail);
      });

      it('adds a phone, and removes it', async () => {
        const { tab } = owner;
        const phone = newPhone();
        await tab.follow(overview.addMethod);
        await tab.look({ ...own.newMethod, controls: own.newMethod.controls.filter((control) => !control.includes(words.delivery.phone)) });
        await chooseText(owner, phone);
        await notice('overview', overview.methodAdded);
        expect(await methods()).to.deep.equal([person.phone, phone]);
        await tab.follow(overview.remove(endOf({ phone })));
        await tab.look({ ...own.removeMethod, says: [...own.removeMethod.says, `•••${endOf({ phone })}`] });
        await tab.press(own.removeMethod.submit);
        await notice('overview', overview.methodRemoved);
        expect(await methods()).to.deep.equal([person.phone]);
        for (const subject of [own.backupMails[1]!, own.removedMail]) await aboutAccount(subject);
      });

      it('chooses other questions', async () => {
        const { tab } = owner;
        const { questions } = own;
        await tab.follow(overview.changeQuestions);
        await tab.look(questions);
        for (const [index, label] of questions.choices.entries()) {
          await tab.field(`${questions.question} ${index + 1}`).selectOption({ label });
          await tab.field(`${questions.answer} ${index + 1}`).fill(ANSWERS[index]!);
        }
        await tab.press(questions.submit);
        await notice('overview', overview.questionsChanged);
      });

      it('signs out all other devices, and the service there; asked for both factors again first', async () => {
        const { server, tab } = owner;
        const { endOthers } = own;
        server.clock.advance(A_WHILE);
        const elsewhere = await all.signedIn(person);
        server.clock.advance(31);
        await tab.follow(own.securityNav);
        await tab.look(security);
        await tab.follow(security.endOthers);
        await signIn(owner, person, [own.signInAgain]);
        await tab.look(endOthers);
        expect(await all.knows(elsewhere)).to.equal(true);
        expect((await elsewhere.open(`${server.origin}/account`)).url).to.match(/\/account$/);
        expect(all.logouts).to.deep.equal([]);
        await tab.press(endOthers.submit);
        await tab.look({ ...security, says: [security.ended, security.noOthers] });
        expect(all.logouts, 'the service has verified what it was told').to.deep.equal([200]);
        expect(await all.knows(elsewhere)).to.equal(false);
        expect((await elsewhere.open(`${server.origin}/account`)).url).to.match(/sign-in\/password$/);
      });

      it('says "this wasn\'t me": out everywhere, and in with a new password', async () => {
        const { server, tab } = owner;
        server.clock.advance(31);
        const elsewhere = await all.signedIn(person);
        await tab.follow(security.notMe);
        await tab.look(own.notMe);
        await tab.press(own.notMe.submit);
        await tab.look(own.secured);
        expect(all.logouts).to.deep.equal([200, 200]);
        expect(await all.knows(elsewhere)).to.equal(false);
        server.clock.advance(31);
        await tab.follow(words.signIn.submit);
        await signIn(owner, person);
        await tab.look(own.passwordDue);
        await choosePassword(owner, NEW_PASSWORD);
        await tab.look(words.welcome);
        person = { ...person, password: NEW_PASSWORD };
      });

      it('closes the account, and keeps it after all', async () => {
        const { server, tab } = owner;
        const { close, keep } = own;
        await tab.follow(own.accountNav);
        await tab.follow(overview.close);
        await tab.look({ ...close, says: [...close.says, person.email] });
        await tab.press(close.submit);
        await tab.look(close, close.empty);
        await tab.field(close.confirm).check();
        await tab.press(close.submit);
        await tab.look(own.closed);
        await told(owner, person.email, own.closingMail);
        const { closesAt } = await person.account();
        server.clock.advance(13 * DAY);
        await tab.follow(words.signIn.submit);
        await signIn(owner, person);
        await tab.look({ ...keep, heading: keep.heading(own.sameDay(closesAt!)) });
        await tab.press(keep.submit);
        await tab.look(words.welcome);
        await told(owner, person.email, own.keptMail);
        expect((await person.account()).closesAt).to.equal(null);
      });

      describe('in all of this', () => {
        const seen = () => tabs.flatMap((tab) => tab.seen);
        it('every page has the language', () => {
          expect(seen().length).to.be.above(45);
          expect(seen().filter((page) => page.language !== language)).to.deep.equal([]);
          if (language === 'en') return;
          expect(seen().flatMap(({ url, lines }) => englishIn(lines).map((line) => `${url}: ${line}`))).to.deep.equal([]);
          expect(owner.messages.flatMap((one) => englishIn(linesOf(one)))).to.deep.equal([]);
        });
        it('no title stands for two pages', () => expect(sharedTitles(seen())).to.deep.equal([]));
        it('no content security policy is broken, nothing loaded from elsewhere, no error logged', () => {
          expect(tabs.flatMap(({ faults }) => faults)).to.deep.equal([]);
        });
      });
    });
});
