import { z } from 'zod';
import { action, refuse, type Step } from '../../journey/journey.ts';

/** The former address has stopped a change: until that is settled there is no other. */
export const frozen: Step<'frozen', object, never> = {
  name: 'frozen',
  view: 'account-changes/frozen',
  show: async () => ({ settleUrl: '/account/change/settle-email' }),
  actions: { submit: action(z.object({}), async () => refuse('access_denied', '/account')) },
};
