import { z } from 'zod';
import { action, advance, follow, type Step, stay } from '../journey/journey.ts';
import { judgePassword } from '../steps/judge-password.ts';
import type { Confirmed } from './confirm.ts';
import type { EmailAnswer } from './email.ts';

type Needs = { readonly email: EmailAnswer; readonly confirm: Confirmed };
const form = z.object({ password: z.string({ error: 'problems.password_required' }).min(1, 'problems.password_required') });

/** A sign-up with this address got as far as a password: whoever knows it goes on there, anybody else with this mailbox starts again. */
export const resume: Step<'resume', Needs, { startedOver: true }> = {
  name: 'resume',
  view: 'sign-up/resume',
  show: async (_deps, { answers }) => ({ address: answers.email.address }),
  actions: {
    submit: action(form, async (deps, { answers, ip }, { password }) => {
      const earlier = answers.confirm.earlier && (await deps.journeys.find(answers.confirm.earlier));
      if (!earlier || earlier.closed) return advance({ startedOver: true as const });
      const { hash } = earlier.content.answers['new-password'] as { hash: string };
      const { right, problem } = await judgePassword(deps, { password, hash, key: answers.email.canonical, ip });
      return right
        ? follow(earlier.id)
        : stay({ password: problem.key === 'problems.sign_in_failed' ? { key: 'problems.password_wrong' } : problem });
    }),
    'start-over': action(z.object({}), async ({ journeys }, { answers }) => {
      const { earlier } = answers.confirm;
      return advance({ startedOver: true as const }, earlier ? [journeys.remove(earlier)] : []);
    }),
  },
};
