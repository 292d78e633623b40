/**
 * After the former address has stopped a change: whoever is signed in, and proves a method or the backup code that the account had before
 * it, keeps the new address or goes back. Neither happens by itself, nor by the mailbox alone.
 */

import { parseEmailAddress } from '../../accounts/email-address.ts';
import { noticesTo } from '../../accounts/notices.ts';
import { change } from '../../journey/journey.ts';
import { newBackupCode } from '../../steps/new-backup-code.ts';
import { trailOf } from '../owner.ts';
import { formerMethod } from './former-method.ts';
import { formerProof } from './former-proof.ts';
import { nothingFromBefore, nothingToSettle } from './last-pages.ts';
import { objectionFrom, objectionOf } from './objection.ts';
import { settle } from './settle.ts';

const { by, emailCode, textCode, authenticator, backupCode } = formerProof;

export const settleEmail = change({ kind: 'settle-email', from: (_deps, account) => objectionFrom(account) })
  .stepIf(({ from }) => from.former === '', nothingToSettle)
  .stepIf(({ from }) => from.former !== '' && from.proofs.length === 0, nothingFromBefore)
  .step(settle)
  .stepIf(({ from }) => from.proofs.length > 1, formerMethod)
  .stepIf(by('email'), emailCode)
  .stepIf(by('text'), textCode)
  .stepIf(by('app'), authenticator)
  .stepIf(by('backup-code'), backupCode)
  // The one that was used is spent.
  .stepIf(by('backup-code'), newBackupCode)
  .finish(async (deps, visit) => {
    const { answers, interaction, journeyId } = visit;
    const { account, former } = await objectionOf(deps, visit);
    const address = parseEmailAddress(former.email)!;
    const { event, told } = trailOf(deps, visit);
    const fresh = by('backup-code')(answers) ? answers['new-backup-code'] : undefined;
    const renewed = (from: string | null) =>
      fresh
        ? [
            deps.accounts.setBackupCode(account.id, { from, to: fresh.hash }),
            deps.audit.record({ ...event, type: 'backup-code.replaced' as const }),
          ]
        : [];
    if (answers.settle.address === 'keep') {
      return {
        writes: [
          deps.accounts.confirmEmail(account.id, address),
          deps.recoveries.endSettling(account.id),
          ...renewed(account.backupCodeHash),
          deps.audit.record({ ...event, type: 'email.settled' }),
          ...noticesTo(deps, account, `email-settled/${journeyId}`, { kind: 'email-settled', ...told }),
        ],
        result: { changed: true },
      };
    }
    const ending = await deps.sessions.endOthers(account.id, interaction.sessionUid ?? '');
    return {
      writes: [
        deps.accounts.restoreEmail(account.id, address),
        ...renewed(former.backupCodeHash),
        deps.accounts.demandNewPassword(account.id),
        deps.recoveries.cancel(account.id),
        deps.recoveries.endSettling(account.id),
        // Other changes, too: one that is saved at this moment would add a method to what was restored.
        deps.journeys.endOthers(account.id, journeyId),
        ...ending.writes,
        deps.audit.record({ ...event, type: 'sessions.ended', scope: 'others' }),
        deps.audit.record({ ...event, type: 'email.restored' }),
        ...noticesTo(deps, account, `email-restored/${journeyId}`, { kind: 'email-restored', ...told }),
      ],
      after: ending.after,
      result: { changed: true },
    };
  });
