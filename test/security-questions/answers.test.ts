import { expect } from 'chai';
import fc from 'fast-check';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createPasswords } from '../../src/passwords/password-hash.ts';
import { type Answer, answersSecret, checkAnswers, normaliseAnswer } from '../../src/security-questions/answers.ts';

describe('answers', () => {
  describe('compared', () => {
    for (const [one, other] of [
      [' ÉLAN  street ', 'élan street'],
      ['ÉLAN', 'elan'],
      ['St. Mary’s', 'st marys'],
      ["O'Brien", 'OBRIEN'],
      ['Nguyễn', 'nguyen'],
      ['Đà Nẵng', 'da nang'],
      ['Łódź', 'lodz'],
      ['Straße', 'STRASSE'],
      ['İstanbul', 'istanbul'],
      ['ISTANBUL', 'ıstanbul'],
      ['Σοφός', 'ΣΟΦΟΣ'],
      ['Ёлка', 'елка'],
      ['ＡＢＣ１２', 'abc12'],
      ['e\u0301', '\u00e9'],
      ['अमृता\u200d', 'अमृता'],
      ['12-34', '1234'],
      ['李 小龙', '李小龙'],
    ] as const)
      it(`${JSON.stringify(one)} is ${JSON.stringify(other)}`, () => {
        expect(normaliseAnswer(one)).to.equal(normaliseAnswer(other));
        expect(normaliseAnswer(one)).not.to.equal('');
      });

    for (const [one, other] of [
      ['कमल', 'कमला'],
      ['दिन', 'दीन'],
      ['हिन्दी', 'हनद'],
      ['か', 'が'],
      ['ก่า', 'กา'],
      ['מִי', 'מי'],
      ['Ana', 'Anna'],
      ['李', '王'],
      ['12', '21'],
    ] as const)
      it(`${one} is not ${other}`, () => {
        expect(normaliseAnswer(one)).not.to.equal(normaliseAnswer(other));
      });

    it('are the same however often they are folded, and never throw', () => {
      const sign = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.string({ unit: fc.constantFrom(...'aÁßİıςΣё́̈ﬁ①ꭰɪᾳが゛가가ि्-\u200d'), maxLength: 20 }),
      );
      fc.assert(
        fc.property(sign, (text) => {
          const folded = normaliseAnswer(text);
          expect(normaliseAnswer(folded)).to.equal(folded);
          expect(normaliseAnswer(` ${text}! `)).to.equal(folded);
        }),
        { numRuns: 5000 },
      );
    });
  });

  const ids = ['pet', 'street', 'teacher', 'town', 'food', 'book'];
  const words: Record<string, string[]> = {
    pet: ['What was the name of the first animal you took care of?', '¿Cómo se llamaba el primer animal que cuidó?'],
    street: ['What was the name of the street where you grew up?'],
  };
  const about = { email: 'Ana.Lopez@x.test', questionWords: (id: string) => words[id] ?? [`Question of ${id}?`], ids };
  const good = (): Answer[] => [
    { id: 'pet', answer: 'Ng' },
    { id: 'street', answer: '李' },
    { id: 'teacher', answer: '7' },
    { id: 'town', answer: 'São Paulo' },
    { id: 'food', answer: 'घी' },
  ];
  const withAnswer = (index: number, answer: string): Answer[] =>
    good().map((each, place) => (place === index ? { ...each, answer } : each));

  describe('judged', () => {
    it('may be one character, in any script', () => {
      const checked = checkAnswers(good(), about);
      expect(checked.ok && checked.ids).to.deep.equal(['pet', 'street', 'teacher', 'town', 'food']);
    });

    for (const [why, answer, key] of [
      ['nothing', '', 'answer_required'],
      ['spaces', ' \u3000\t', 'answer_required'],
      ['punctuation alone', '...!', 'answer_empty'],
      ['an emoji alone', '😀', 'answer_empty'],
      ['the question', 'What was the name of the first animal you took care of?', 'answer_is_question'],
      ['the question in other spelling', 'what was the name of the first animal you took care of', 'answer_is_question'],
      ['the question in the other language', '¿Como se llamaba el primer animal que cuido?', 'answer_is_question'],
      ['a word of the question', 'Animal', 'answer_is_question'],
      ['words of the question', 'first animal', 'answer_is_question'],
      ['the e-mail address', 'ana.lopez@x.test', 'answer_is_email'],
      ['201 characters', 'a'.repeat(201), 'answer_too_long'],
      ['a megabyte', 'ß'.repeat(1_000_000), 'answer_too_long'],
    ] as const)
      it(`must not be ${why}`, () => {
        const checked = checkAnswers(withAnswer(0, answer), about);
        expect(checked.ok).to.equal(false);
        if (checked.ok) return;
        expect(Object.keys(checked.problems)).to.deep.equal(['answer_1']);
        expect(checked.problems['answer_1']?.key).to.equal(`problems.${key}`);
      });

    for (const answer of ['of', 'an', 'Nimal', 'Anima', 'Rex the animal', 'a'.repeat(200), '😀'.repeat(100).concat('a')])
      it(`may be ${answer.slice(0, 20)}`, () => {
        expect(checkAnswers(withAnswer(0, answer), about).ok).to.equal(true);
      });

    it('must not be repeated, in whatever spelling; the later one is named', () => {
      expect(checkAnswers(withAnswer(4, 'SAO-PAULO'), about)).to.deep.equal({
        ok: false,
        problems: { answer_5: { key: 'problems.answer_repeated' } },
      });
    });

    it('are judged with their questions, all at once', () => {
      const checked = checkAnswers(
        [
          { id: 'pet', answer: '' },
          { id: 'pet', answer: 'Rex' },
          { id: 'nobody', answer: 'x' },
        ],
        about,
      );
      // In the order of the page: the list of problems is read from the top.
      expect(!checked.ok && Object.keys(checked.problems)).to.deep.equal([
        'answer_1',
        'question_2',
        'question_3',
        'question_4',
        'answer_4',
        'question_5',
        'answer_5',
      ]);
    });

    it('never throw, whatever is sent', () => {
      const any = fc.string({ unit: 'binary', maxLength: 220 });
      fc.assert(
        fc.property(
          fc.array(fc.record({ id: fc.oneof(fc.constantFrom(...ids), any), answer: any }), { maxLength: 7 }),
          any,
          (input, email) => {
            const checked = checkAnswers(input, { ...about, email });
            if (checked.ok) expect(new Set(checked.ids).size).to.equal(5);
            else for (const field of Object.keys(checked.problems)) expect(field).to.match(/^(question|answer)_[1-5]$/);
          },
        ),
      );
    });
  });

  describe('kept', () => {
    const secretOf = (answers: Answer[]) => {
      const checked = checkAnswers(answers, about);
      return checked.ok ? checked.secret : '';
    };

    it('are one secret, the same in every order and spelling', () => {
      expect(secretOf([...good()].reverse())).to.equal(secretOf(good()));
      expect(answersSecret(good().map(({ id, answer }) => ({ id, answer: ` ${answer.toUpperCase()}. ` })))).to.equal(secretOf(good()));
    });

    it('are another secret when answers change places or run together', () => {
      const [pet, street, ...rest] = good() as [Answer, Answer, ...Answer[]];
      const moved = [{ id: pet.id, answer: street.answer }, { id: street.id, answer: pet.answer }, ...rest];
      expect(answersSecret(moved)).not.to.equal(secretOf(good()));
      const shifted = [{ id: pet.id, answer: 'Ng李' }, { id: street.id, answer: '' }, ...rest];
      expect(answersSecret(shifted)).not.to.equal(secretOf(good()));
    });

    it('open with all five and with nothing less', async () => {
      const passwords = createPasswords({
        rootSecret: createRootSecret(Buffer.alloc(32, 7)),
        cost: { memoryKiB: 64, passes: 2, lanes: 1 },
      });
      const hash = await passwords.hash(secretOf(good()));
      expect(await passwords.verify(answersSecret(withAnswer(3, 'sao paulo')), hash)).to.equal(true);
      for (let index = 0; index < 5; index += 1)
        expect(await passwords.verify(answersSecret(withAnswer(index, 'wrong')), hash)).to.equal(false);
    });
  });
});
