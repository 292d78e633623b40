/** Five other questions, or other answers. Nobody is shown the former answers: they are kept as one hash. */
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

export const changeQuestions = change({
  kind: 'change-questions',
  from: (deps, account) => ({ questions: mark(deps, account.questions.answersHash) }),
})
  .step(questionsStep)
  .finish(async (deps, visit) => {
    const { answers, journeyId } = visit;
    const account = await ownerOf(deps, visit);
    const { answersHash } = account.questions;
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
