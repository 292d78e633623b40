/** Five other questions, or other answers. Nobody is shown the former answers: they are kept as one hash. */
import type { Account } from '../accounts/account.ts';
import { noticesTo } from '../accounts/notices.ts';
import { change } from '../journey/journey.ts';
import { questions } from '../steps/questions.ts';
import { endRecoveries, mark, type Owned, ownerOf, trailOf, unchanged } from './owner.ts';

const questionsStep = questions<Owned>({
  owner: async (deps, visit) => {
    const { email, passwordHash } = await ownerOf(deps, visit);
    return { address: email, passwordHash };
  },
});

/** Where the profile of the operator had no questions before, nobody has any. */
const hashOf = ({ questions }: Account) => questions?.answersHash ?? null;

export const changeQuestions = change({
  kind: 'change-questions',
  from: (deps, account) => ({ questions: mark(deps, hashOf(account)) }),
})
  .step(questionsStep)
  .finish(async (deps, visit) => {
    const { answers, journeyId } = visit;
    const account = await ownerOf(deps, visit);
    const answersHash = hashOf(account);
    unchanged(deps, answers.from.questions, answersHash);
    const { event, told } = trailOf(deps, visit);
    return {
      writes: [
        deps.accounts.setQuestions(account.id, { from: answersHash, ...answers.questions }),
        endRecoveries(deps, visit),
        deps.audit.record({ ...event, type: 'questions.changed' }),
        ...noticesTo(deps, account, `questions-changed/${journeyId}`, { kind: 'security-change', what: 'questions-changed', ...told }),
      ],
      result: { changed: true },
    };
  });
