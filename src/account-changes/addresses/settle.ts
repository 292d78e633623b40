import { z } from 'zod';
import { maskEmail } from '../../accounts/email-address.ts';
import { action, advance, refuse, type Step, stay } from '../../journey/journey.ts';
import { type Objection, objectionOf } from './objection.ts';

const form = z.object({ address: z.enum(['keep', 'restore'], { error: 'problems.settle_required' }) });

/** Which of the two addresses the account shall have from now on. */
export const settle: Step<'settle', Objection, { address: 'keep' | 'restore' }> = {
  name: 'settle',
  view: 'account-changes/settle',
  typed: ['address'],
  revisit: () => true,
  show: async (deps, visit) => {
    const { account, former } = await objectionOf(deps, visit);
    const chosen = (visit.answers as { settle?: { address: string } }).settle;
    return { present: account.email, former: maskEmail(former.email), values: { address: chosen?.address ?? '' } };
  },
  actions: {
    submit: action(form, async (deps, visit, { address }) => {
      const { former } = await objectionOf(deps, visit);
      // It would have nothing to sign in with; a recovery sets that up.
      if (address === 'restore' && former.methods.length === 0) return stay({ address: { key: 'problems.restore_by_recovery' } });
      return advance({ address });
    }),
  },
};

/** A page that leads back to the account. */
const lastPage = <Name extends string>(name: Name): Step<Name, object, never> => ({
  name,
  view: `account-changes/${name}`,
  show: async () => ({}),
  actions: { submit: action(z.object({}), async () => refuse('access_denied', '/account')) },
});

/** Nobody has objected, or it is settled: there is nothing to do here. */
export const nothingToSettle = lastPage('nothing-to-settle');

/** What the account has was all added in the week before the change, or after it, so it tells neither side from the other: people have to. */
export const nothingFromBefore = lastPage('nothing-from-before');
