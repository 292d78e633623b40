import { z } from 'zod';
import { maskEmail, parseEmailAddress } from '../../accounts/email-address.ts';
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
      const other = address === 'restore' ? await deps.accounts.findByEmail(parseEmailAddress(former.email)!.canonical) : undefined;
      return other ? stay({ address: { key: 'problems.former_taken' } }) : advance({ address });
    }),
  },
};

/** Nobody has objected, or it is settled: there is nothing to do here. */
export const nothingToSettle: Step<'nothing-to-settle', object, never> = {
  name: 'nothing-to-settle',
  view: 'account-changes/nothing-to-settle',
  show: async () => ({}),
  actions: { submit: action(z.object({}), async () => refuse('access_denied', '/account')) },
};
