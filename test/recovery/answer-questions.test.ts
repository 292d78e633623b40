import { expect } from 'chai';
import { ANSWERS, codeAfter, enterCode, notNow, PASSWORD } from '../support/people.ts';
import { makeRecoverable, type Recoverable } from '../support/recoverable.ts';
import { choose, giveAnswers, NOTHING, proveMailbox, QUESTIONS, stepOf } from '../support/recovering.ts';
import { sharedServer } from '../support/shared-server.ts';
import type { Visitor } from '../support/visitor.ts';

const WRONG = ['x', 'y', 'z', 'q', 'w'];

describe('recovery/answer-questions', function () {
  this.timeout(60_000);

  const answering = async (person: Recoverable, way = QUESTIONS): Promise<Visitor> => {
    const server = await sharedServer();
    const visitor = server.visitor();
    await proveMailbox(server, visitor, person.email);
    await choose(visitor, way);
    expect(stepOf(visitor)).to.equal('recovery/answer-questions');
    return visitor;
  };
  const newcomer = async () => makeRecoverable((await sharedServer()).deps, ['email']);

  it('asks all five at once, in the language of the day', async () => {
    const server = await sharedServer();
    const person = await newcomer();
    const visitor = await answering(person);
    const words = (language: 'en' | 'es') =>
      server.config.questions.slice(0, 5).map((id) => server.deps.texts.in(language).t(`questions.${id}`));
    for (const question of words('en')) expect(visitor.page().text).to.contain(question);
    await visitor.press('Español');
    for (const question of words('es')) expect(visitor.page().text).to.contain(question);
  });

  it('takes any spelling of the right answers', async () => {
    const visitor = await answering(await newcomer());
    await giveAnswers(visitor, ['  NG ', 'blue-LANTERN', 'senora ibanez', 'Route  66!', 'mango TREE']);
    expect(stepOf(visitor)).to.equal('recovery/new-password');
  });

  it('says no more of one wrong answer than of five, and never which', async () => {
    const pages: string[] = [];
    for (const answers of [[...ANSWERS.slice(0, 4), 'x'], ['x', ...ANSWERS.slice(1)], WRONG]) {
      const visitor = await answering(await newcomer());
      await giveAnswers(visitor, answers);
      expect(visitor.page().status).to.equal(422);
      const { root, text } = visitor.page();
      expect(root.querySelectorAll('[aria-invalid]')).to.have.length(0);
      pages.push(text);
    }
    expect(new Set(pages).size).to.equal(1);
    expect(pages[0]).to.contain('You have 4 tries left');
  });

  it('takes the right answers for the wrong questions for wrong', async () => {
    const visitor = await answering(await newcomer());
    await giveAnswers(visitor, ANSWERS.toReversed());
    expect(visitor.page().status).to.equal(422);
  });

  it('gives five tries, tells how many are left, and shuts this way alone', async () => {
    const server = await sharedServer();
    const person = await newcomer();
    const visitor = await answering(person);
    for (const left of ['4 tries', '3 tries', '2 tries', '1 try']) {
      await giveAnswers(visitor, WRONG);
      expect(visitor.page().text).to.contain(`You have ${left} left`);
    }
    await giveAnswers(visitor, WRONG);
    expect(visitor.page().text).to.contain('that was the last try for now');
    // The sixth is refused, right as it is; so is one of another recovery, on another device.
    await giveAnswers(visitor);
    expect(visitor.page().text).to.contain('There were too many tries with the answers');
    const other = await answering(person);
    await giveAnswers(other);
    expect(other.page().text).to.contain('There were too many tries with the answers');
    const own = server.visitor();
    await own.open('/');
    await enterCode(
      own,
      await codeAfter(server, person.email, () => own.press('Sign In', { 'Email address': person.email, Password: PASSWORD })),
    );
    await notNow(own);
    expect(own.page().heading).to.contain('Welcome');
    expect((await person.history()).filter((type) => type === 'recovery.failed')).to.have.length(5);
    server.clock.advance(3601);
    const later = await answering(person);
    await giveAnswers(later);
    expect(stepOf(later)).to.equal('recovery/new-password');
  });

  it('judges no more than five of many at once, from several browsers', async () => {
    const person = await newcomer();
    const visitors = [await answering(person), await answering(person), await answering(person)];
    const forms = visitors.map((visitor) => {
      const { url, body } = visitor.formOf('Submit');
      for (const [index, answer] of WRONG.entries()) body.set(`answer_${index + 1}`, answer);
      return { visitor, url, body: body.toString() };
    });
    const pages = await Promise.all(forms.flatMap(({ visitor, url, body }) => Array.from({ length: 6 }, () => visitor.post(url, body))));
    expect(pages.filter(({ text }) => text.includes('The answers do not match'))).to.have.length(5);
    expect(pages.filter(({ text }) => text.includes('too many tries with the answers'))).to.have.length(13);
  });

  it('counts no try for a form that is not filled in', async () => {
    const visitor = await answering(await newcomer());
    for (let times = 0; times < 6; times++) await giveAnswers(visitor, ['Ng', '', 'x', 'y', 'z']);
    expect(visitor.page().text).to.contain('What was the name of your first teacher? Enter an answer.');
    await giveAnswers(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-password');
  });

  it('keeps no answer', async () => {
    const server = await sharedServer();
    const person = await newcomer();
    const visitor = await answering(person);
    await giveAnswers(visitor, ['an-answer-to-be-found', ...ANSWERS.slice(1)]);
    const uid = /interaction\/([\w-]+)/.exec(visitor.page().url)![1]!;
    const journey = await server.deps.journeys.open({
      kind: 'recovery',
      uid,
      browser: '',
      authorization: {},
      language: 'en',
      keptMinutes: 60,
    });
    expect(journey.content.answers).to.have.property('choose-proof');
    expect(JSON.stringify(journey.content)).not.to.contain('an-answer-to-be-found').and.not.to.contain(ANSWERS[1]);
    await giveAnswers(visitor);
    const after = await server.deps.journeys.find(journey.id);
    expect(JSON.stringify(after!.content)).not.to.contain(ANSWERS[1]);
  });

  it('leads to support where nothing is left and the answers are forgotten, and back to choose again', async () => {
    const visitor = await answering(await newcomer(), NOTHING);
    await visitor.press('I do not remember my answers');
    expect(stepOf(visitor)).to.equal('recovery/support');
    await visitor.follow('Go back and choose something else');
    await choose(visitor, NOTHING);
    expect(stepOf(visitor), 'what was said stands').to.equal('recovery/support');
    await visitor.follow('Go back and choose something else');
    await choose(visitor, QUESTIONS);
    expect(visitor.page().text).not.to.contain('I do not remember my answers');
    await giveAnswers(visitor);
    expect(stepOf(visitor)).to.equal('recovery/new-password');
  });

  it('can be answered after all by who said too soon that they were forgotten', async () => {
    const visitor = await answering(await newcomer(), NOTHING);
    await visitor.press('I do not remember my answers');
    await visitor.follow('Answer the five questions after all');
    expect(stepOf(visitor)).to.equal('recovery/answer-questions');
    await giveAnswers(visitor);
    expect(stepOf(visitor)).to.equal('recovery/waiting');
    // What was proven is not asked for, nor taken back.
    await visitor.open(visitor.page().url.replace('waiting', 'answer-questions'));
    expect(stepOf(visitor)).to.equal('recovery/waiting');
  });
});
