/**
 * Another address to sign in with. Until the new one is confirmed nothing changes; the one before it is told when that is asked for and
 * when it is done, and may stop it for 7 days. The `sub` of the account stays the same.
 */

import type { EmailAddress } from '../../accounts/email-address.ts';
import { maskEmail, parseEmailAddress } from '../../accounts/email-address.ts';
import { noticesTo } from '../../accounts/notices.ts';
import { AppError } from '../../errors.ts';
import { change } from '../../journey/journey.ts';
import { endWaysIn, type Owned, ownerOf, trailOf } from '../owner.ts';
import { addressCode } from './address-code.ts';
import { frozen } from './last-pages.ts';
import { newAddress } from './new-address.ts';

const codeStep = addressCode<Owned & { readonly 'new-address': EmailAddress }>({
  address: (answers) => answers['new-address'],
  changeStep: 'new-address',
  taken: async ({ accounts }, { id, language }, { canonical, address }) => {
    const other = await accounts.holderOf(canonical);
    // Its own former address is free for it.
    if (!other || other.account.id === id) return undefined;
    return other.reserved
      ? { kind: 'address-reserved', to: address, language }
      : { kind: 'address-taken', to: address, language: other.account.language };
  },
  begun: (deps, visit, account, { address, canonical }) => {
    const { event, told } = trailOf(deps, visit);
    const id = `email-change-requested/${visit.journeyId}/${deps.rootSecret.digest('account-changes', canonical)}`;
    return [
      deps.audit.record({ ...event, type: 'email.change-requested' }),
      ...noticesTo(deps, account, id, { kind: 'email-change-requested', newAddressMasked: maskEmail(address), ...told }),
    ];
  },
});

export const changeEmail = change({
  kind: 'change-email',
  from: (_deps, { email, former }) => ({ email, frozen: Boolean(former?.frozenAt) }),
})
  .stepIf(({ from }) => from.frozen, frozen)
  .step(newAddress)
  .step(codeStep)
  .finish(async (deps, visit) => {
    const { answers, journeyId } = visit;
    const account = await ownerOf(deps, visit);
    const [from, to] = [parseEmailAddress(account.email)!, answers['new-address']];
    if (account.email !== answers.from.email) throw new AppError('changed_elsewhere');
    const { event, told } = trailOf(deps, visit);
    return {
      writes: [
        deps.accounts.changeEmail(account.id, from, to),
        // Recoveries that have proven the mailbox before it, sign-ins whose code went there.
        endWaysIn(deps, visit),
        deps.audit.record({ ...event, type: 'email.changed' }),
        ...noticesTo(deps, account, `email-changed/${journeyId}`, { kind: 'email-changed', from, to, ...told }),
      ],
      result: { changed: true },
    };
  });
