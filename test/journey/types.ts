/**
 * What the compiler proves of journeys; there is nothing to run (`npm run check`). A line marked with an expected error that compiles is
 * an error itself.
 */
import { z } from 'zod';
import { action, advance, change, type Journey, journey, type Step } from '../../src/journey/journey.ts';

const step = <Name extends string, Needs, Gives>(name: Name, answer: Gives): Step<Name, Needs, Gives> => ({
  name,
  view: `steps/${name}`,
  show: async () => ({}),
  actions: { submit: action(z.object({}), async () => advance(answer)) },
});

const email = step<'email', object, string>('email', 'ana@people.test');
const confirm = step<'confirm', { readonly email: string }, number>('confirm', 1);
const begin = () => journey({ kind: 'types', keptMinutes: () => 1 });
const finish = async () => ({ result: { error: 'access_denied' } });

/** In order: a step finds the answers it names. */
export const inOrder: Journey<'types', 'email' | 'confirm'> = begin().step(email).step(confirm).finish(finish);

// @ts-expect-error confirm needs the answer of email, which comes later
export const wrongOrder = begin().step(confirm);

const onlySome = begin().stepIf(() => true, email);
// @ts-expect-error an answer that only some people give is not enough for a step that all people meet
export const notForAll = onlySome.step(confirm);

const dated = begin().step(step<'email', object, Date>('email', new Date()));
// @ts-expect-error the answer is there, but it is of another type
export const wrongType = dated.step(confirm);

// @ts-expect-error the names of the steps are known, for tables that must not miss one
export const wrongNames: Journey<'types', 'email'> = inOrder;

export const usesAnswers = begin()
  .step(email)
  .finish(async (_deps, { answers }) => {
    answers.email.toUpperCase();
    // @ts-expect-error no step gives this answer
    void answers.confirm;
    return finish();
  });

const changing = () => change({ kind: 'types', from: (_deps, { email }) => ({ email }) });

/** What a change rests on is no step of it. */
export const changes: Journey<'types', 'email'> = changing().step(email).finish(finish);

export const usesFrom = changing()
  .step(step<'confirm', { readonly from: { readonly accountId: string; readonly email: string } }, number>('confirm', 1))
  .finish(async (_deps, { answers }) => {
    answers.from.accountId.toUpperCase();
    // @ts-expect-error it rests on nothing of that name
    void answers.from.phone;
    return finish();
  });
