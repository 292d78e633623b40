import { expect } from 'chai';
import { begin, expectDone, expectTold, subjectsTo } from '../support/changing.ts';
import { newMember, otherDevice } from '../support/member.ts';
import { ANSWERS, answerQuestions, PASSWORD } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('account-changes/change-questions', function () {
  this.timeout(60_000);

  it('asks for five again, shows no former answer, and says that they were changed', async () => {
    const member = await newMember();
    const { visitor, person } = member;
    const { questions } = await member.account();
    await begin(visitor, 'change-questions');
    for (const answer of ANSWERS) expect(visitor.page().html).not.to.contain(`value="${answer}"`);
    await answerQuestions(visitor);
    expectDone(visitor);
    const changed = (await member.account()).questions!;
    expect(changed.answersHash).not.to.equal(questions!.answersHash);
    expect(changed).to.include({ forRecovery: true });
    expect(await member.history()).to.include('questions.changed');
    expect((await subjectsTo(person.email)).join()).to.match(/questions/i);
  });

  it('refuses the password for an answer', async () => {
    const { visitor } = await newMember();
    await begin(visitor, 'change-questions');
    const select = (n: number) => visitor.fieldOf(`Question ${n}`).querySelectorAll('option')[n]!.getAttribute('value')!;
    const typed = Object.fromEntries(
      [1, 2, 3, 4, 5].flatMap((n) => [
        [`Question ${n}`, select(n)],
        [`Answer ${n}`, n === 3 ? PASSWORD : `answer ${n}`],
      ]),
    );
    await visitor.press('Submit', typed);
    expect([visitor.page().status, visitor.page().text.includes('cannot be your password')]).to.deep.equal([422, true]);
  });

  it('lets one of two devices win, and tells the other', async () => {
    const server = await sharedServer();
    const member = await newMember();
    server.clock.advance(60);
    const both = [member.visitor, await otherDevice(member)];
    for (const visitor of both) await begin(visitor, 'change-questions');
    await answerQuestions(both[0]!);
    expectDone(both[0]!);
    const { answersHash } = (await member.account()).questions!;
    await answerQuestions(both[1]!);
    expectTold(both[1]!.page());
    expect((await member.account()).questions!.answersHash).to.equal(answersHash);
  });
});
