/** Every way back into an account, in a real browser at 320 pixels, in one language: each page looked at, its form sent wrong before it is sent right. */
import { expect } from 'chai';
import type { Language } from '../../src/language.ts';
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
import { ANSWERS, newPhone, PASSWORD, type Person } from './people.ts';
import { NEW_PASSWORD } from './recovering.ts';

const HOUR = 3600;

export function walkRecovery(language: Language): void {
  describe(`walk: recovery in a browser, in ${language}`, function () {
    const walk = ownerInBrowser(this, language);
    const { words, own } = WORDS[language];
    const { proof, answers } = own;
    let all: DemoHere;
    let owner: Owner;
    before(() => {
      all = walk.all();
      owner = walk.owner();
    });

    /** From the sign-in page to the one that asks what else there is. */
    async function proveMailbox({ email }: Person): Promise<void> {
      const { server, tab } = owner;
      // Asked for too soon after another code, it would not come.
      server.clock.advance(61);
      await tab.open(server.origin);
      await tab.follow(own.email.link);
      await tab.look(own.email);
      await tab.field(own.email.field).fill(email);
      await enterSent(owner, email, { ...own.mailbox, says: [...own.mailbox.says, email] }, () => tab.press(own.email.submit));
    }
    const proofs = (person: Person) => [proof.questions, proof.backupCode, proof.phone(endOf(person)), proof.nothing];
    const proofPage = (person: Person) => ({
      ...proof,
      controls: [...proofs(person).map((name) => `radio "${name}"`), `button "${proof.submit}"`],
    });
    async function choose(what: string): Promise<void> {
      await owner.tab.field(what).check();
      await owner.tab.press(proof.submit);
    }
    const answersPage = { ...answers, controls: [...answers.fields.map((name) => `textbox "${name}"`), `button "${words.code.submit}"`] };
    async function answer(given: readonly string[]): Promise<void> {
      for (const [index, label] of answers.fields.entries()) await owner.tab.field(label).fill(given[index]!);
      await owner.tab.press(words.code.submit);
    }
    /** A new password, which is not the one before. */
    async function renew(): Promise<void> {
      await owner.tab.look(own.newPassword);
      await choosePassword(owner, NEW_PASSWORD);
    }
    /** From the sign-in page, which says what was done, to the welcome page. */
    async function signInAnew(person: Person): Promise<void> {
      owner.server.clock.advance(61);
      await signIn(owner, { ...person, password: NEW_PASSWORD }, [own.recovered]);
      await owner.tab.look({ ...words.welcome, says: [person.email] });
      await told(owner, person.email, own.passwordMail);
      await owner.tab.context.clearCookies();
    }

    it('by the five questions: out everywhere, at the service too, and in by both factors', async () => {
      const { server, tab } = owner;
      const person = await makeOwner(server, language);
      const home = await all.signedIn(person);
      await proveMailbox(person);
      await told(owner, person.email, own.mailboxMail);
      await tab.look(proofPage(person));
      await tab.press(proof.submit);
      await tab.look(proofPage(person), proof.empty);
      await choose(proof.questions);
      await tab.look(answersPage);
      await tab.press(words.code.submit);
      await tab.look(answersPage, answers.fields.map(answers.empty));
      await answer([...ANSWERS.slice(1), ANSWERS[0]!]);
      await tab.look(answersPage, answers.wrong);
      expect(await tab.field(answers.fields[4]!).inputValue(), 'to be put right').to.equal(ANSWERS[0]);
      await answer(ANSWERS.map((one) => ` ${one.toUpperCase()}`));
      await tab.look(own.newPassword);
      await choosePassword(owner, PASSWORD);
      await tab.look(own.newPassword, own.newPassword.same);

      expect(all.logouts).to.deep.equal([]);
      expect(await all.knows(home)).to.equal(true);
      expect((await home.open(`${server.origin}/account`)).url).to.match(/\/account$/);
      await choosePassword(owner, NEW_PASSWORD);
      await all.untilTold(1);
      expect(all.logouts, 'the service has verified what it was told').to.deep.equal([200]);
      expect(await all.knows(home)).to.equal(false);
      expect((await home.open(`${server.origin}/account`)).url).to.match(/sign-in\/password$/);
      await signInAnew(person);
    });

    it('by the backup code, and to a new one', async () => {
      const { server } = owner;
      const person = await makeOwner(server, language);
      await proveMailbox(person);
      await choose(proof.backupCode);
      await enterBackupCode(owner, person);
      await renew();
      expect(await takeBackupCode(owner)).not.to.equal(person.backupCode);
      await signInAnew(person);
      const [used = '', , made = ''] = own.backupMails;
      for (const subject of [used, made]) await told(owner, person.email, { subject, says: [] });
    });

    it('by a phone, held for 24 hours; a link stops it meanwhile', async () => {
      const { server, tab } = owner;
      const { waiting, stopRecovery } = own;
      const person = await makeOwner(server, language);
      const showPhone = () => enterSent(owner, person.phone!, own.newTextCode, () => choose(proof.phone(endOf(person))));
      await proveMailbox(person);
      await showPhone();
      await tab.look({ ...waiting, says: [...waiting.says, waiting.byPhone] });
      await tab.press(waiting.submit);
      await tab.look(words.signIn);
      const mail = await told(owner, person.email, own.waitingMail);
      const elsewhere = await walk.open();
      await elsewhere.open(mail.links.find((link) => link.includes('cancel-recovery'))!);
      await elsewhere.look(stopRecovery.ready);
      await elsewhere.press(stopRecovery.submit);
      await elsewhere.look(stopRecovery.done);

      server.clock.advance(HOUR);
      await proveMailbox(person);
      await tab.look(proofPage(person));
      await showPhone();
      await tab.look(waiting);
      server.clock.advance(24 * HOUR);
      await proveMailbox(person);
      await tab.look({ ...proofPage(person), says: [proof.ready] });
      await showPhone();
      await renew();
      await signInAnew(person);
    });

    it('with nothing left but the answers, held for 72 hours, to a new phone and a new backup code', async () => {
      const { server, tab } = owner;
      const { waiting, newMethod } = own;
      const person = await makeOwner(server, language);
      for (const when of ['now', '72 hours later']) {
        await proveMailbox(person);
        await choose(proof.nothing);
        await tab.look({
          ...answersPage,
          says: [...answers.says, answers.held],
          controls: [...answersPage.controls, `button "${answers.forgotten}"`],
        });
        await answer(ANSWERS);
        if (when !== 'now') break;
        await tab.look({ ...waiting, says: [...waiting.says, waiting.byAnswers] });
        await told(owner, person.email, own.waitingMail);
        const text = await server.newest(person.phone!);
        expect(text.text).to.include(own.waitingText).and.not.include('http');
        owner.messages.push(text);
        server.clock.advance(72 * HOUR);
      }
      await renew();
      const page = { ...newMethod, controls: newMethod.controls.filter((control) => !control.includes(words.delivery.phone)) };
      await tab.look(page);
      await tab.press(words.code.submit);
      await tab.look(page, newMethod.empty);
      const phone = newPhone();
      await chooseText(owner, phone);
      expect(await takeBackupCode(owner)).not.to.equal(person.backupCode);
      await signInAnew({ ...person, phone });
    });

    it('with the answers forgotten too, to the page that leads to support', async () => {
      const { tab, server } = owner;
      const person = await makeOwner(server, language);
      await proveMailbox(person);
      await choose(proof.nothing);
      await tab.press(answers.forgotten);
      await tab.look(own.support);
    });

    describe('in all of this', () => walk.itIsSound(50));
  });
}
