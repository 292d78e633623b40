import { z } from 'zod';
import type { Method } from '../accounts/account.ts';
import { action, advance, type Step, stay } from '../journey/journey.ts';
import type { PasswordAnswer } from './password.ts';

type Needs = { readonly password: PasswordAnswer };

const form = z.object({ method: z.string({ error: 'problems.one_method_required' }).min(1, 'problems.one_method_required') });

/** Which of several methods gives the code this time. Nothing is sent before one is chosen. */
export const chooseMethod: Step<'choose-method', Needs, { id: string; method: Method }> = {
  name: 'choose-method',
  view: 'sign-in/choose-method',
  holds: ({ id }, { password }) => password.methods.some((method) => method.id === id),
  revisit: () => true,
  show: async (_deps, { answers }) => {
    const chosen = (answers as { 'choose-method'?: { id: string } })['choose-method'];
    return { methods: answers.password.methods, values: { method: chosen?.id ?? '' } };
  },
  actions: {
    submit: action(form, async (_deps, { answers }, input) => {
      const chosen = answers.password.methods.find(({ id }) => id === input.method);
      return chosen ? advance({ id: chosen.id, method: chosen.method }) : stay({ method: { key: 'problems.one_method_required' } });
    }),
  },
};
