import { expect } from 'chai';
import { givenName } from '../../src/steps/given-name.ts';

const judge = (typed: unknown) => {
  const judged = givenName.safeParse(typed);
  return judged.success ? { name: judged.data } : { problem: judged.error.issues[0]!.message };
};

describe('steps/given-name', () => {
  for (const [what, typed, name] of [
    ['is trimmed', '  Work phone ', 'Work phone'],
    ['may be empty', '   ', ''],
    ['is one spelling of a letter', 'Tele\u0301fono', 'Teléfono'],
    ['has 40 characters, however many units they take', '📱'.repeat(40), '📱'.repeat(40)],
    ['may be of any script, with what joins its letters', 'گوشی\u200cها 👩\u200d💻', 'گوشی\u200cها 👩\u200d💻'],
  ] as const)
    it(what, () => expect(judge(typed)).to.deep.equal({ name }));

  for (const [what, typed, problem] of [
    ['has no more than 40', 'x'.repeat(41), 'name_too_long'],
    ['turns nothing around', 'a\u202eb', 'name_characters'],
    ['breaks no line', 'a\nb', 'name_characters'],
    ['has no separator of lines', 'a\u2028b', 'name_characters'],
    ['hides nothing', 'a\u200bb', 'name_characters'],
    ['has no private characters', '\ue000', 'name_characters'],
    ['has no characters that are none', '\uffff', 'name_characters'],
    ['is a text', undefined, 'name_required'],
  ] as const)
    it(what, () => expect(judge(typed)).to.deep.equal({ problem: `problems.${problem}` }));
});
