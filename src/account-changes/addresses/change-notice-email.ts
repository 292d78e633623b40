/** Adds, changes or removes the second address, which gets notices and opens nothing (NIST SP 800-63B-4 4.6). All addresses are told. */
import { noticesTo } from '../../accounts/notices.ts';
import { AppError } from '../../errors.ts';
import { change } from '../../journey/journey.ts';
import { type Owned, ownerOf, trailOf } from '../owner.ts';
import { addressCode } from './address-code.ts';
import { type NoticeAddress, noticeAddress } from './notice-address.ts';

const codeStep = addressCode<Owned & { readonly 'notice-address': NoticeAddress }>({
  address: (answers) => answers['notice-address'].to!,
  changeStep: 'notice-address',
});

export const changeNoticeEmail = change({
  kind: 'change-notice-email',
  from: (_deps, { noticeEmail }) => ({ noticeEmail }),
})
  .step(noticeAddress)
  .stepIf((answers) => answers['notice-address'].to !== null, codeStep)
  .finish(async (deps, visit) => {
    const { answers, journeyId } = visit;
    const account = await ownerOf(deps, visit);
    const { noticeEmail: from } = answers.from;
    const to = answers['notice-address'].to?.address ?? null;
    if (account.noticeEmail !== from) throw new AppError('changed_elsewhere');
    const { event, told } = trailOf(deps, visit);
    const notice = { kind: 'security-change', what: 'notice-email-changed', ...told } as const;
    return {
      writes: [
        deps.accounts.setNoticeEmail(account.id, { from, to }),
        deps.audit.record({ ...event, type: 'notice-email.changed' }),
        ...noticesTo(deps, account, `notice-email-changed/${journeyId}`, notice),
        ...(to === null
          ? []
          : noticesTo(deps, { ...account, email: to, noticeEmail: null }, `notice-email-changed/${journeyId}/new`, notice)),
      ],
      result: { changed: true },
    };
  });
