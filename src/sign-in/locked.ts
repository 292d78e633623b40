import { z } from 'zod';
import { action, refuse, type Step } from '../journey/journey.ts';

/**
 * An operator has locked the account. Only who has given the password and the second factor is told; before that everything is as it is for
 * any account. Nothing leads on from here but support.
 */
export const locked: Step<'locked', object, never> = {
  name: 'locked',
  view: 'sign-in/locked',
  show: async () => ({}),
  actions: { submit: action(z.object({}), async () => refuse('access_denied', '/')) },
};
