/** The profile `nist`, on the whole system: no questions and no mailed codes, on no page, whatever is posted, and for accounts from before. */
import { expect } from 'chai';
import { untilDelivered } from '../support/delivered.ts';
import { restart, startNist } from '../support/nist.ts';
import {
  answerQuestions,
  appCode,
  backupCodeOn,
  choosePassword,
  codeAfter,
  completeSignUp,
  enterCode,
  newAddress,
  newPhone,
  notNow,
  PASSWORD,
  type Person,
  secretOn,
} from '../support/people.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import { BACKUP, choose, NOTHING, proveMailbox, stepOf } from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { authorizeUrl, MYUSCIS } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

const LANGUAGES = ['en', 'es'] as const;
/** "Questions about privacy" and "One last question" are other ones. */
const QUESTIONS =
  /(?<!last )\bquestions?\b(?! about privacy)|\banswers?\b|(?<!última )\bpreguntas?\b(?! sobre privacidad)|\brespuestas?\b/i;
/** Where a page or a mail speaks of them. */
const without = (text: string): string | undefined => text.match(new RegExp(`.{0,40}(?:${QUESTIONS.source}).{0,40}`, 'iu'))?.[0];

describe('the profile `nist`', function () {
  this.timeout(120_000);
  let server: TestServer;
  before(async () => {
    server = await startNist();
  });
  after(async () => {
    await server.close();
  });

  const at = (visitor: Visitor) => new URL(visitor.page().url).pathname;
  const accountOf = async ({ email }: Pick<Person, 'email'>, where = server) => (await where.deps.accounts.findByEmail(email))!;
  const historyOf = async (person: Pick<Person, 'email'>, where = server) =>
    (await where.deps.audit.of((await accountOf(person, where)).id)).map(({ type }) => type);
  const settled = (where = server) => untilDelivered(where);
  const acrOf = async (person: Pick<Person, 'email'>, where = server) =>
    (await where.deps.audit.of((await accountOf(person, where)).id)).flatMap((event) => ('acr' in event ? [event.acr] : []))[0];
  const givePassword = (visitor: Visitor, { email }: Pick<Person, 'email'>) =>
    visitor.press('Sign In', { 'Email address': email, Password: PASSWORD });
  /** As somebody may post who knows how such a step looked: it is answered as a step that never was. */
  async function refused(visitor: Visitor, step: string, body: string): Promise<void> {
    const [, front] = /^(\/interaction\/[\w-]+\/[\w-]+)\//.exec(at(visitor))!;
    for (const name of [step, 'no-such-step']) {
      const here = at(visitor);
      await visitor.open(`${front}/${name}`);
      expect(at(visitor), `GET ${name}`).to.equal(here);
      await visitor.post(`${front}/${name}`, body);
      expect(at(visitor), `POST ${name}`).to.equal(here);
    }
  }
  const FORGED = new URLSearchParams(
    [1, 2, 3, 4, 5].flatMap((n): [string, string][] => [
      [`question_${n}`, 'x'],
      [`answer_${n}`, `answer ${n}`],
    ]),
  ).toString();

  /** A sign-up by text message; ends signed in, at the welcome page. */
  async function signUp(visitor: Visitor): Promise<Person> {
    const [email, phone] = [newAddress('nist'), newPhone()];
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    await visitor.press('I Agree');
    await choosePassword(visitor);
    const text = { 'Text message': true, 'U.S. mobile phone number': phone };
    await enterCode(visitor, await codeAfter(server, phone, () => visitor.press('Submit', text)));
    const backupCode = backupCodeOn(visitor);
    await visitor.press('Proceed');
    await notNow(visitor);
    return { email, phone, password: PASSWORD, backupCode };
  }

  it('signs people up without questions and mailed codes, whatever they post', async () => {
    const visitor = server.visitor();
    const [email, phone] = [newAddress('nist'), newPhone()];
    await visitor.open('/users/sign_up');
    await refused(visitor, 'questions', FORGED);
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    await visitor.press('I Agree');
    await choosePassword(visitor, 'Granite-Harbor');
    expect(visitor.page().status).to.equal(422);
    await choosePassword(visitor, 'correct horse battery staple');
    expect(stepOf(visitor)).to.equal('sign-up/delivery');
    expect(
      visitor
        .page()
        .root.querySelectorAll('input[type=checkbox]')
        .map((box) => box.getAttribute('name')),
    ).to.deep.equal(['text', 'app']);
    expect(visitor.page().text)
      .to.contain('We recommend both: if one')
      .and.not.match(/\bemail\b/i);
    const delivery = visitor.page().url;
    for (const body of ['email=on', 'email=on&phone=', 'method=email'])
      expect((await visitor.post(delivery, body)).status, body).to.equal(422);
    await visitor.open(delivery);
    await refused(visitor, 'email-code', 'code=123456');
    // Mail beside another is passed over.
    const { body } = visitor.formOf('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
    body.set('email', 'on');
    const code = await codeAfter(server, phone, () => visitor.post(delivery, body.toString()));
    expect(stepOf(visitor)).to.equal('sign-up/text-code');
    await refused(visitor, 'questions', FORGED);
    await enterCode(visitor, code);
    expect(stepOf(visitor)).to.equal('sign-up/new-backup-code');
    expect(visitor.page().text).to.contain('5 of 5');
    await refused(visitor, 'questions', FORGED);
    await visitor.press('Proceed');
    expect(stepOf(visitor)).to.equal('sign-up/passkey-offer');
    await refused(visitor, 'questions', FORGED);
    await notNow(visitor);
    expect(at(visitor)).to.equal('/');
    const account = await accountOf({ email });
    expect([account.questions, account.methods.map(({ method }) => method)]).to.deep.equal([null, ['text']]);
    await settled();
    for (const { subject, text } of await server.received(email)) expect(without(subject + text), subject).to.equal(undefined);
  });

  it('has no page that speaks of questions, and none that asks for them', async () => {
    const visitor = server.visitor();
    const person = await signUp(visitor);
    for (const language of LANGUAGES) {
      await visitor.post('/language', `to=${language}&back=%2F`);
      for (const page of [
        '/account',
        '/account/security',
        '/account/data',
        '/account/change/close-account',
        '/account/not-me',
        '/help',
        '/privacy',
        '/accessibility',
      ]) {
        const { status, text, html } = await visitor.open(page);
        expect(status, page).to.equal(200);
        expect(without(text), `${language} ${page}`).to.equal(undefined);
        expect(html).not.to.contain('/account/questions').and.not.contain('change-questions');
      }
      const file = await visitor.post('/account/data', 'format=html');
      expect(without(file.text), `${language} the file of data`).to.equal(undefined);
      expect(without((await visitor.post('/account/data', 'format=json')).html), `${language} the file of data`).to.equal(undefined);
    }
    await visitor.post('/language', 'to=en&back=%2F');
    expect((await visitor.open('/account/questions')).status).to.equal(404);
    for (const body of ['recovery=on', 'recovery=off']) expect((await visitor.post('/account/questions', body)).status).to.equal(404);
    expect((await visitor.open('/account/change/change-questions')).status).to.equal(404);
    // Asked for at the authorization endpoint itself.
    expect((await visitor.open(server.deps.interactions.startUrl({ journey: 'change-questions' as never }))).status).to.equal(404);
    const front = at(visitor);
    expect((await visitor.post(`${front}/change-questions/questions`, FORGED)).status).to.equal(404);
    expect((await accountOf(person)).questions).to.equal(null);
    expect(new Set(await historyOf(person))).to.deep.equal(new Set(['account.created', 'data.downloaded']));
    // A new method is no mailbox either.
    await visitor.open('/account/change/add-method');
    expect(
      visitor
        .page()
        .root.querySelectorAll('input[name=method]')
        .map((radio) => radio.getAttribute('value')),
    ).to.deep.equal(['text', 'app']);
    expect((await visitor.post(visitor.page().url, 'method=email')).status).to.equal(422);
  });

  it('recovers by the backup code, and leads whoever has nothing left to support', async () => {
    const person = await signUp(server.visitor());
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    expect(without(visitor.page().text)).to.equal(undefined);
    const { url, body } = visitor.formOf('Continue');
    body.set('proof', 'questions');
    expect((await visitor.post(url, body.toString())).status).to.equal(422);
    await visitor.open(url);
    await choose(visitor, NOTHING);
    expect(stepOf(visitor)).to.equal('recovery/support');
    expect(without(visitor.page().text)).to.equal(undefined);
    await refused(visitor, 'answer-questions', FORGED);
    await visitor.follow('Go back and choose something else');
    await choose(visitor, BACKUP);
    await visitor.press('Submit', { 'Backup code': person.backupCode });
    expect(stepOf(visitor)).to.equal('recovery/new-password');
    await settled();
    for (const { subject, text } of await server.received(person.email)) expect(without(subject + text), subject).to.equal(undefined);
  });

  describe('for people from before', () => {
    const byMail = async (visitor: Visitor, person: Pick<Person, 'email'>) =>
      enterCode(visitor, await codeAfter(server, person.email, () => givePassword(visitor, person)));

    it('takes the mailed code once more, and asks for another method before the sign-in ends', async () => {
      const person = await makeRecoverable(server.deps, ['email']);
      const phone = newPhone();
      const visitor = server.visitor();
      await visitor.open('/');
      await byMail(visitor, person);
      expect(stepOf(visitor)).to.equal('sign-in/new-method');
      expect(visitor.page().text).to.contain('Codes no longer come by email');
      const choice = visitor.page().url;
      expect(
        visitor
          .page()
          .root.querySelectorAll('input[name=method]')
          .map((radio) => radio.getAttribute('value')),
      ).to.deep.equal(['text', 'app']);
      for (const body of ['method=email', '', 'method=passkey', 'method=backup-code'])
        expect((await visitor.post(choice, body)).status, body).to.equal(422);
      await visitor.open(choice);
      for (const step of ['new-email-code', 'new-backup-code', 'new-password', 'terms', 'passkey-offer'])
        await refused(visitor, step, 'code=123456');
      // Nobody is signed in before: the account pages ask for it.
      const elsewhere = server.visitor();
      for (const cookie of await visitor.jar.getCookies(server.origin)) await elsewhere.jar.setCookie(cookie, server.origin);
      await elsewhere.open('/account');
      expect(stepOf(elsewhere)).to.equal('sign-in/password');
      expect((await person.account()).methods).to.deep.equal([{ id: 'email', method: 'email' }]);
      // Whoever leaves here begins again next time, by mail.
      const again = server.visitor();
      await again.open('/');
      await byMail(again, person);
      expect(stepOf(again)).to.equal('sign-in/new-method');

      const text = { 'Text message': true, 'U.S. mobile phone number': phone };
      await enterCode(again, await codeAfter(server, phone, () => again.press('Submit', text)));
      expect([at(again), again.page().status]).to.deep.equal(['/', 200]);
      const { methods } = await person.account();
      expect(methods.map((method) => (method.method === 'text' ? method.phone : method.method))).to.deep.equal([phone]);
      expect(await acrOf(person), 'a mailed code was all that was proven').to.equal(server.config.policy.acrValues[0]);
      expect((await historyOf(person)).slice(0, 3)).to.have.members(['sign-in.succeeded', 'method.added', 'method.removed']);
      await settled();
      const mails = await server.received(person.email);
      expect(mails.map(({ subject }) => subject)).to.include.members([
        'A new method was added to your account',
        'Codes no longer come by email',
      ]);
      // The sign-in that had begun by mail is over, and the next one is by text message.
      await visitor.open(choice);
      expect(stepOf(visitor)).to.equal('sign-in/password');
      const next = server.visitor();
      await next.open('/');
      await enterCode(next, await codeAfter(server, phone, () => givePassword(next, person)));
      await notNow(next);
      expect(at(next)).to.equal('/');
      expect(await acrOf(person)).to.equal(server.config.policy.acrValues[1]);
    });

    it('goes on to a service that demands more, after one more proof by the new method', async () => {
      const person = await makeRecoverable(server.deps, ['email']);
      const claims = JSON.stringify({ id_token: { acr: { essential: true, value: server.config.policy.acrValues[1] } } });
      const visitor = server.visitor();
      await visitor.open(authorizeUrl(MYUSCIS, { claims }));
      await byMail(visitor, person);
      await visitor.press('Submit', { 'Authentication app': true });
      const secret = secretOn(visitor);
      await enterCode(visitor, await appCode(server, secret));
      expect(stepOf(visitor), 'aal/1 is not what was demanded').to.equal('sign-in/password');
      server.clock.advance(60);
      // The password was proven just now.
      await visitor.press('Continue');
      expect(stepOf(visitor)).to.equal('sign-in/authenticator');
      await enterCode(visitor, await appCode(server, secret));
      await notNow(visitor);
      await visitor.press('Submit', { 'I am an applicant, petitioner, or requestor': true });
      expect(visitor.page().url).to.match(/^http:\/\/localhost:9\/callback\?code=/);
      expect(await acrOf(person)).to.equal(server.config.policy.acrValues[1]);
    });

    it('sends no code by mail where there is another method, and takes the mailbox off', async () => {
      const person = await makeRecoverable(server.deps, ['email', 'app']);
      const visitor = server.visitor();
      await visitor.open('/');
      await givePassword(visitor, person);
      expect(stepOf(visitor)).to.equal('sign-in/authenticator');
      await refused(visitor, 'choose-method', 'method=email');
      await refused(visitor, 'email-code', 'code=123456');
      await enterCode(visitor, await appCode(server, person.secret!));
      await notNow(visitor);
      expect(at(visitor)).to.equal('/');
      expect((await person.account()).methods.map(({ method }) => method)).to.deep.equal(['app']);
      expect((await historyOf(person)).filter((type) => type === 'method.removed')).to.have.length(1);
      await settled();
      const subjects = (await server.received(person.email)).map(({ subject, codes }) => `${subject}${codes}`);
      expect(subjects.toSorted()).to.deep.equal(['Codes no longer come by email', 'Sign-in from a new device or browser']);
    });

    it('takes a backup code in place of the mailed one, with the same end', async () => {
      const person = await makeRecoverable(server.deps, ['email']);
      const visitor = server.visitor();
      await visitor.open('/');
      await givePassword(visitor, person);
      await visitor.press("I can't get a code: use my backup code");
      await visitor.press('Submit', { 'Backup code': person.backupCode });
      expect(stepOf(visitor)).to.equal('sign-in/new-method');
      await visitor.press('Submit', { 'Authentication app': true });
      await enterCode(visitor, await appCode(server, secretOn(visitor)));
      await visitor.press('Proceed');
      expect(at(visitor)).to.equal('/');
      expect((await person.account()).methods.map(({ method }) => method)).to.deep.equal(['app']);
      expect(await acrOf(person)).to.equal(server.config.policy.acrValues[1]);
    });
  });

  describe('chosen by the operator of a system that runs', () => {
    it('erases all answers at the start, forgets recoveries that rest on them, and comes back without', async () => {
      let other = await startServer();
      const visitor = other.visitor();
      await visitor.open('/users/sign_up');
      const person = await completeSignUp(other, visitor, newAddress('before'), { text: newPhone() });
      const { id, questions } = await accountOf(person, other);
      expect(questions).to.include({ forRecovery: true });
      // Begun by whoever had nothing left but the answers.
      const lost = other.visitor();
      await proveMailbox(other, lost, person.email);
      await other.deps.transaction([other.deps.recoveries.start(id, 'questions', 72)]);
      await lost.open(lost.page().url);
      expect(lost.page().text).to.contain('You have shown this already');

      other = await restart(other, 'nist');
      expect((await accountOf(person, other)).questions).to.equal(null);
      const at72 = other.visitor();
      await proveMailbox(other, at72, person.email);
      expect(at72.page().text).not.to.contain('You have shown this already');
      await choose(at72, NOTHING);
      expect(stepOf(at72)).to.equal('recovery/support');

      other = await restart(other, 'seed');
      const owner = other.visitor();
      await owner.open('/account');
      await enterCode(owner, await codeAfter(other, person.phone!, () => givePassword(owner, person)));
      await notNow(owner);
      expect(owner.page().text).to.contain('None are set.');
      expect((await owner.open('/account/questions')).status).to.equal(404);
      await owner.open('/account');
      await owner.follow('Set up – questions');
      await answerQuestions(owner);
      expect(owner.page().text).to.contain('Five are set.');
      expect((await accountOf(person, other)).questions).to.include({ forRecovery: true });
      const recovering = other.visitor();
      await proveMailbox(other, recovering, person.email);
      expect(recovering.page().text).to.contain('The answers to my five password reset questions');
      await other.close();
    });
  });
});
