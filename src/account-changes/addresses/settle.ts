import { z } from 'zod';
import { maskEmail } from '../../accounts/email-address.ts';
import { action, advance, type Step, stay } from '../../journey/journey.ts';
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
