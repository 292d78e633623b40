/**
 * What an owner does with their account, in a real browser at 320 pixels, in one language: in by the backup code, every kind of change on the
 * account pages, others shut out, and the account closed and kept. Each page is looked at.
 */
import { expect } from 'chai';
import type { Language } from '../../src/language.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import type { DemoHere } from './demo-here.ts';
import {
  choosePassword,
  chooseText,
  endOf,
  enterBackupCode,
  enterSent,
  makeOwner,
  type Owner,
  ownerInBrowser,
  signIn,
  takeBackupCode,
  told,
  WORDS,
} from './owner-walk.ts';
import { newAddress, newPhone } from './people.ts';
import { growOld, type Recoverable } from './recoverable.ts';
import { NEW_PASSWORD } from './recovering.ts';
import { chooseQuestions } from './sign-up-walk.ts';

const DAY = 24 * 3600;
/** So that nothing was sent "just now", and no sign-in is fresh any more. */
const A_WHILE = 16 * 60;

export function walkAccount(language: Language): void {
  describe(`walk: an owner in a browser, in ${language}`, function () {
    const walk = ownerInBrowser(this, language);
    const { words, own } = WORDS[language];
    const { overview, security } = own;
    let all: DemoHere;
    let owner: Owner;
    /** As the account is now. */
    let person: Recoverable;
    before(async () => {
      all = walk.all();
      owner = walk.owner();
      person = await makeOwner(all.server, language);
    });

    const notice = (page: 'overview' | 'security', said: string) => owner.tab.look({ ...own[page], says: [said] });
    const aboutAccount = (subject: string) => told(owner, person.email, { subject, says: [] });
    const methods = async () => (await person.account()).methods.map((method) => 'phone' in method && method.phone);

    it('signs in by the backup code, to a new phone and a new backup code', async () => {
      const { server, tab } = owner;
      const { newMethod } = own;
      await tab.open(server.origin);
      await tab.look(words.signIn);
      await tab.field(words.signIn.email).fill(person.email);
      await tab.field(words.signIn.password).fill(person.password);
      await tab.press(words.signIn.submit);
      await tab.look(own.atSignIn);
      await tab.press(words.code.noCode);
      await enterBackupCode(owner, person);
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
      const mailbox = await walk.open();
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
      await chooseQuestions(tab, questions);
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
      await all.untilTold(1);
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
      await all.untilTold(2);
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

    describe('in all of this', () => walk.itIsSound(45));
  });
}
