import { z } from 'zod';
import type { Account, Questions } from '../accounts/account.ts';
import { AppError } from '../errors.ts';
import { action, advance, type Step, stay, type Visit } from '../journey/journey.ts';
import type { Text } from '../language.ts';
import { ANSWER_MAX_LENGTH, answersSecret } from '../security-questions/answers.ts';
import { noteLimit } from '../steps/note-failure.ts';
import type { Chosen } from './choose-proof.ts';
import { chosenOf, type Known, provableIn } from './proven.ts';

/** `forgotten`: with nothing else left either, only support can help. */
export type Answered = { readonly at: string } | { readonly forgotten: true; readonly chosen: Chosen };

const FIELDS = [1, 2, 3, 4, 5].map((number) => `answer_${number}`);

const form = z.object(Object.fromEntries(FIELDS.map((name) => [name, z.string().default('')])));

/**
 * The five questions, all at once, in the language of the day. They are judged together, with no word of which one was wrong: as one
 * secret they cannot be tried one by one. Tries are counted by account before they are judged, and shut this way alone.
 */
export const answerQuestions: Step<'answer-questions', Known, Answered> = {
  name: 'answer-questions',
  view: 'recovery/answer-questions',
  echoed: FIELDS,
  show: async (deps, visit) => {
    const { account } = await provableIn(deps, visit);
    const { ids } = questionsOf(account);
    return {
      questions: ids,
      // Whoever has nothing else left is led on to support from here.
      coolingOffHours: deps.config.policy.recovery.coolingOffHours,
      nothingLeft: chosenOf(visit.answers).kind === 'nothing',
      fieldNames: Object.fromEntries(FIELDS.map((name, index) => [name, { key: `questions.${ids[index]}` }])),
    };
  },
  actions: {
    submit: action(form, async (deps, visit: Visit<Known>, input) => {
      const { attempts, passwords, clock, audit } = deps;
      const given = FIELDS.map((name) => input[name] ?? '');
      const problems = Object.fromEntries(FIELDS.flatMap((name, index) => problemOf(name, given[index]!)));
      if (Object.keys(problems).length > 0) return stay(problems);
      const { account, questions } = await provableIn(deps, visit);
      const counted = await attempts.spend('recovery-proof', account.id);
      if (!counted.ok) {
        noteLimit(deps, visit, account.id, counted);
        return stay({ form: { key: 'problems.answers_shut', until: counted.until } });
      }
      const secret = answersSecret(questionsOf(account).ids.map((id, index) => ({ id, answer: given[index]! })));
      const right = await passwords.verify(secret, questionsOf(account).answersHash);
      if (right && questions) return advance({ at: clock().toISOString() }, [], () => attempts.forgive('recovery-proof', account.id));
      const { ip, browser, device, reference } = visit;
      audit.note({ type: 'recovery.failed', accountId: account.id, ip, browser, device, proof: 'questions' }, reference);
      const { left } = await attempts.peek('recovery-proof', account.id);
      return stay({ form: { key: 'problems.answers_wrong', count: left } });
    }),
    forgotten: action(z.object({}), async (_deps, visit: Visit<Known>) => {
      const chosen = chosenOf(visit.answers);
      return chosen.kind === 'nothing' ? advance({ forgotten: true, chosen }) : stay({ form: { key: 'problems.proof_required' } });
    }),
  },
};

/** They may have gone since this way was chosen: the operator can do without them. */
function questionsOf({ questions }: Account): Questions {
  if (!questions) throw new AppError('page_expired');
  return questions;
}

function problemOf(name: string, answer: string): [string, Text][] {
  if (answer.trim() === '') return [[name, { key: 'problems.answer_required' }]];
  return [...answer].length > ANSWER_MAX_LENGTH ? [[name, { key: 'problems.answer_too_long', max: ANSWER_MAX_LENGTH }]] : [];
}
