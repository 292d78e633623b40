import { expect } from 'chai';
import fc from 'fast-check';
import { checkQuestions, QUESTION_COUNT } from '../../src/security-questions/questions.ts';

describe('the choice of questions', () => {
  const offered = ['a', 'b', 'c', 'd', 'e', 'f'];
  const required = { key: 'problems.question_required' };
  const repeated = { key: 'problems.question_repeated' };

  for (const [why, chosen, problems] of [
    ['five different ones', ['a', 'b', 'c', 'd', 'e'], {}],
    ['any five', ['f', 'c', 'a', 'e', 'b'], {}],
    ['none', [], { question_1: required, question_2: required, question_3: required, question_4: required, question_5: required }],
    ['four', ['a', 'b', 'c', 'd'], { question_5: required }],
    ['one left open', ['a', '', 'c', 'd', 'e'], { question_2: required }],
    ['one that is not offered', ['a', 'b', 'z', 'd', 'e'], { question_3: required }],
    ['a question of one’s own', ['a', 'b', 'c', 'd', 'What is the password?'], { question_5: required }],
    ['one twice', ['a', 'b', 'a', 'd', 'e'], { question_3: repeated }],
    ['one three times', ['a', 'b', 'b', 'b', 'e'], { question_3: repeated, question_4: repeated }],
    ['a name of JavaScript', ['__proto__', 'constructor', 'c', 'd', 'e'], { question_1: required, question_2: required }],
  ] as const)
    it(`judges ${why}`, () => {
      expect(checkQuestions(chosen, offered)).to.deep.equal(problems);
    });

  it('lets pass exactly five different offered ones', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...offered, 'z', ''), { minLength: 5, maxLength: 5 }), (chosen) => {
        const good = new Set(chosen).size === QUESTION_COUNT && chosen.every((id) => offered.includes(id));
        expect(Object.keys(checkQuestions(chosen, offered)).length === 0).to.equal(good);
      }),
    );
  });
});
