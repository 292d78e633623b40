/** Pages of a change that lead no further: each says why, and its button goes back to the account. */
import { z } from 'zod';
import { action, refuse, type Step } from '../../journey/journey.ts';

const lastPage = <Name extends string>(name: Name, shown: object = {}): Step<Name, object, never> => ({
  name,
  view: `account-changes/${name}`,
  show: async () => shown,
  actions: { submit: action(z.object({}), async () => refuse('access_denied', '/account')) },
});

/** The former address has stopped a change: until that is settled there is no other. */
export const frozen = lastPage('frozen', { settleUrl: '/account/change/settle-email' });

/** Nobody has objected, or it is settled: there is nothing to do here. */
export const nothingToSettle = lastPage('nothing-to-settle');

/**
 * What the account has was all added in the week before the change, or after it, so it tells neither side from the other: people have to.
 */
export const nothingFromBefore = lastPage('nothing-from-before');
