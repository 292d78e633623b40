import { z } from 'zod';
import { action, advance, refuse, type Step } from '../journey/journey.ts';
import type { PasswordAnswer } from './password.ts';

type Needs = { readonly password: Pick<PasswordAnswer, 'closesAt'> };

/** The account is about to be closed, as its owner wished: signing in may keep it. Leaving it signs nobody in. */
export const keepAccount: Step<'keep-account', Needs, { readonly kept: true }> = {
  name: 'keep-account',
  view: 'sign-in/keep-account',
  show: async ({ clock }, { answers }) => {
    const until = new Date(answers.password.closesAt!);
    // Its day may be over while a former address objects: then nothing is erased.
    return { until: until > clock() ? until : undefined };
  },
  actions: {
    submit: action(z.object({}), async () => advance({ kept: true })),
    leave: action(z.object({}), async () => refuse('access_denied', '/closed')),
  },
};
