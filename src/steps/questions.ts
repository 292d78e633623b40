import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { action, advance, type Step, stay, type Visit } from '../journey/journey.ts';
import { LANGUAGES, type Text } from '../language.ts';
import { checkAnswers } from '../security-questions/answers.ts';

export interface QuestionsAnswer {
  readonly ids: readonly string[];
  readonly answersHash: string;
}

interface Options<Needs> {
  /** What no answer may be. */
  readonly owner: (deps: Deps, visit: Visit<Needs>) => Promise<{ readonly address: string; readonly passwordHash: string }>;
}

const NUMBERS = [1, 2, 3, 4, 5] as const;

const field = z.string().default('');
const form = z.object(
  Object.fromEntries(
    NUMBERS.flatMap((n) => [
      [`question_${n}`, field],
      [`answer_${n}`, field],
    ]),
  ),
);

/** Five password reset questions. Their answers are hashed together: nobody can try them one by one. */
export const questions = <Needs>({ owner }: Options<Needs>): Step<'questions', Needs, QuestionsAnswer> => ({
  name: 'questions',
  view: 'steps/questions',
  typed: NUMBERS.map((n) => `question_${n}`),
  echoed: NUMBERS.map((n) => `answer_${n}`),
  show: async ({ config }) => ({
    questions: config.questions.map((id) => ({ id })),
    // Five fields of each kind: the list of problems must tell them apart.
    fieldNames: Object.fromEntries(
      NUMBERS.flatMap((number) => [
        [`question_${number}`, { key: 'steps.questions.question', number }],
        [`answer_${number}`, { key: 'steps.questions.answer', number }],
      ]),
    ),
  }),
  actions: {
    submit: action(form, async (deps, visit: Visit<Needs>, input) => {
      const { config, passwords, texts } = deps;
      const { address, passwordHash } = await owner(deps, visit);
      const given = NUMBERS.map((n) => ({ id: input[`question_${n}`] ?? '', answer: input[`answer_${n}`] ?? '' }));
      const checked = checkAnswers(given, {
        email: address,
        questionWords: (id) => LANGUAGES.map((language) => texts.in(language).t(`questions.${id}`)),
        ids: config.questions,
      });
      if (!checked.ok) return stay(checked.problems);
      // The password is known as a hash alone. One after the other: five at once would keep five sign-ins waiting.
      const problems: Record<string, Text> = {};
      for (const [index, { answer }] of given.entries())
        if (await passwords.verify(answer, passwordHash)) problems[`answer_${index + 1}`] = { key: 'problems.answer_is_password' };
      if (Object.keys(problems).length > 0) return stay(problems);
      return advance({ ids: checked.ids, answersHash: await passwords.hash(checked.secret) });
    }),
  },
});
