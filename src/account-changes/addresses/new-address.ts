import { z } from 'zod';
import { MOST_BETWEEN } from '../../accounts/address-store.ts';
import { type EmailAddress, parseEmailAddress } from '../../accounts/email-address.ts';
import { objecting } from '../../accounts/former-store.ts';
import { action, advance, type Step, stay } from '../../journey/journey.ts';
import { type Owned, ownerOf } from '../owner.ts';

const form = z.object({ email: z.string({ error: 'problems.email_required' }).trim().min(1, 'problems.email_required') });

/** The address that an account shall have. It never tells whether that has an account: the mail does, to its owner. */
export const newAddress: Step<'new-address', Owned, EmailAddress> = {
  name: 'new-address',
  view: 'account-changes/new-address',
  typed: ['email'],
  revisit: () => true,
  show: async (deps, visit) => {
    const { email } = await ownerOf(deps, visit);
    const chosen = (visit.answers as { 'new-address'?: EmailAddress })['new-address'];
    return { present: email, values: { email: chosen?.address ?? '' } };
  },
  actions: {
    submit: action(form, async (deps, visit, { email }) => {
      const parsed = parseEmailAddress(email);
      if (!parsed) return stay({ email: { key: 'problems.email_invalid' } });
      const account = await ownerOf(deps, visit);
      if (parsed.canonical === parseEmailAddress(account.email)?.canonical) return stay({ email: { key: 'problems.email_same' } });
      const former = objecting(account.former, deps.clock());
      const goesBack = parsed.canonical === parseEmailAddress(former?.email ?? '')?.canonical;
      if (former && !goesBack && former.between.length >= MOST_BETWEEN)
        return stay({ email: { key: 'problems.email_moved_often', until: former.until } });
      return advance(parsed);
    }),
  },
};
