import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { action, advance, follow, type Step, stay } from '../journey/journey.ts';
import { judgePassword } from '../steps/judge-password.ts';
import type { Confirmed } from './confirm.ts';
import type { EmailAnswer } from './email.ts';

type Needs = { readonly email: EmailAnswer; readonly confirm: Confirmed };
const form = z.object({
  password: z.string({ error: 'problems.password_required' }).min(1, 'problems.password_required').max(1024, 'problems.password_wrong'),
});

/** A sign-up with this address got as far as a password: whoever knows it goes on there, anybody else with this mailbox starts again. */
export const resume: Step<'resume', Needs, { startedOver: string | undefined }> = {
  name: 'resume',
  view: 'sign-up/resume',
  holds: ({ startedOver }, { confirm }) => startedOver === confirm.earlier,
  show: async (_deps, { answers }) => ({ address: answers.email.address }),
  actions: {
    submit: action(form, async (deps, visit, { password }) => {
      const { answers } = visit;
      const { email, confirm } = answers;
      const earlier = await earlierOf(deps, answers);
      if (!earlier) return advance({ startedOver: confirm.earlier });
      const { hash } = earlier.content.answers['new-password'] as { hash: string };
      const { right, problem } = await judgePassword(deps, visit, { password, hash, key: email.canonical });
      // The address was proven here; there, perhaps not yet.
      if (right) return follow(earlier.id, { confirm: { canonical: confirm.canonical, at: confirm.at } });
      return stay({ password: problem.key === 'problems.sign_in_failed' ? { key: 'problems.password_wrong' } : problem });
    }),
    'start-over': action(z.object({}), async (deps, { answers }) => {
      const earlier = await earlierOf(deps, answers);
      return advance({ startedOver: answers.confirm.earlier }, earlier ? [deps.journeys.remove(earlier.id)] : []);
    }),
  },
};

/** Unless it was finished, given up or turned to another address meanwhile. */
async function earlierOf({ journeys }: Pick<Deps, 'journeys'>, { email, confirm }: Needs) {
  const earlier = confirm.earlier === undefined ? undefined : await journeys.find(confirm.earlier);
  const { email: now } = (earlier?.content.answers ?? {}) as { email?: EmailAnswer };
  return earlier && !earlier.closed && now?.canonical === email.canonical ? earlier : undefined;
}
