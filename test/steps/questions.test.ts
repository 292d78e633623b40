import { expect } from 'chai';
import { LANGUAGES } from '../../src/language.ts';
import { questions as questionsOf } from '../../src/steps/questions.ts';
import { PASSWORD } from '../support/people.ts';
import { answerOf, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('steps/questions', () => {
  const questions = questionsOf<{ email: { address: string }; 'new-password': { hash: string } }>({
    owner: async (_deps, { answers }) => ({ address: answers.email.address, passwordHash: answers['new-password'].hash }),
  });
  let hash: string;
  before(async () => {
    hash = await (await sharedServer()).deps.passwords.hash(PASSWORD);
  });
  const visit = () => visitOf({ email: { address: 'ana@people.test' }, 'new-password': { hash } });
  const form = async (change: Record<string, string> = {}) => {
    const { config } = await sharedServer();
    const pairs = ['Ng', '李', 'Route 66', 'Señora Ibáñez', 'x'].flatMap((answer, index) => [
      [`question_${index + 1}`, config.questions[index]!],
      [`answer_${index + 1}`, answer],
    ]);
    return { ...(Object.fromEntries(pairs) as Record<string, string>), ...change };
  };

  it('takes five different ones, and keeps which they are and one hash', async () => {
    const { config } = await sharedServer();
    const answer = answerOf(await press(questions, visit(), await form()));
    expect(answer.ids).to.deep.equal(config.questions.slice(0, 5));
    expect(answer.answersHash).to.match(/^\$argon2id\$/);
    expect(JSON.stringify(answer)).not.to.contain('Route');
  });

  it('names each pair that will not do', async () => {
    const typed = await form();
    expect(problemAt(await press(questions, visit(), {}), 'question_1')).to.equal('problems.question_required');
    expect(problemAt(await press(questions, visit(), { ...typed, question_2: typed.question_1! }), 'question_2')).to.equal(
      'problems.question_repeated',
    );
    expect(problemAt(await press(questions, visit(), { ...typed, answer_4: 'ng' }), 'answer_4')).to.equal('problems.answer_repeated');
    expect(problemAt(await press(questions, visit(), { ...typed, answer_3: 'ana@people.test' }), 'answer_3')).to.equal(
      'problems.answer_is_email',
    );
  });

  it('refuses the password as an answer, at each place where it stands', async () => {
    const outcome = await press(questions, visit(), await form({ answer_5: PASSWORD }));
    expect(outcome).to.deep.equal({ kind: 'stay', problems: { answer_5: { key: 'problems.answer_is_password' } } });
    expect(JSON.stringify(answerOf(await press(questions, visit(), await form({ answer_5: `${PASSWORD}x` }))))).not.to.contain('Harbor');
  });

  it('refuses the words of the question in any language, whichever the page is in', async () => {
    const { deps, config } = await sharedServer();
    for (const language of LANGUAGES) {
      const words = deps.texts.in(language).t(`questions.${config.questions[0]}`);
      for (const page of LANGUAGES)
        expect(problemAt(await press(questions, { ...visit(), language: page }, await form({ answer_1: words })), 'answer_1')).to.equal(
          'problems.answer_is_question',
        );
    }
  });

  it('offers at least twenty', async () => {
    const { deps } = await sharedServer();
    expect(((await questions.show(deps, visit())) as { questions: object[] }).questions.length).to.be.at.least(20);
  });
});
