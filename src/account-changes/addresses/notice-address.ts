import { z } from 'zod';
import { type EmailAddress, parseEmailAddress } from '../../accounts/email-address.ts';
import { action, advance, type Step, stay } from '../../journey/journey.ts';
import { type Owned, ownerOf } from '../owner.ts';

const form = z.object({ email: z.string({ error: 'problems.email_required' }).trim().min(1, 'problems.email_required') });

/** `null`: it shall have none any more. */
export interface NoticeAddress {
  readonly to: EmailAddress | null;
}

/** A second address for notices alone. That somebody has an account with it does not matter: it opens nothing. */
export const noticeAddress: Step<'notice-address', Owned, NoticeAddress> = {
  name: 'notice-address',
  view: 'account-changes/notice-address',
  typed: ['email'],
  revisit: () => true,
  show: async (deps, visit) => {
    const { email, noticeEmail } = await ownerOf(deps, visit);
    const chosen = (visit.answers as { 'notice-address'?: NoticeAddress })['notice-address'];
    return { address: email, present: noticeEmail, values: { email: chosen?.to?.address ?? '' } };
  },
  actions: {
    submit: action(form, async (deps, visit, input) => {
      const to = parseEmailAddress(input.email);
      if (!to) return stay({ email: { key: 'problems.email_invalid' } });
      const { email, noticeEmail } = await ownerOf(deps, visit);
      const isSame = (other: string | null) => other !== null && parseEmailAddress(other)?.canonical === to.canonical;
      if (isSame(email)) return stay({ email: { key: 'problems.notice_email_main' } });
      if (isSame(noticeEmail)) return stay({ email: { key: 'problems.notice_email_same' } });
      return advance({ to });
    }),
    remove: action(z.object({}), async (deps, visit: Parameters<typeof ownerOf>[1]) =>
      (await ownerOf(deps, visit)).noticeEmail === null ? stay({ email: { key: 'problems.notice_email_none' } }) : advance({ to: null }),
    ),
  },
};
