/** A new backup code. The one before it is dead from the moment in which its owner has proceeded from the new one. */
import { noticesTo } from '../accounts/notices.ts';
import { change } from '../journey/journey.ts';
import { newBackupCode } from '../steps/new-backup-code.ts';
import { endRecoveries, mark, ownerOf, trailOf, unchanged } from './owner.ts';
import { replaceBackupCode } from './replace-backup-code.ts';

export const changeBackupCode = change({
  kind: 'change-backup-code',
  from: (deps, { backupCodeHash }) => ({ backupCode: mark(deps, backupCodeHash) }),
})
  .step(replaceBackupCode)
  .step(newBackupCode)
  .finish(async (deps, visit) => {
    const { answers, journeyId } = visit;
    const account = await ownerOf(deps, visit);
    unchanged(deps, answers.from.backupCode, account.backupCodeHash);
    const { event, told } = trailOf(deps, visit);
    return {
      writes: [
        deps.accounts.setBackupCode(account.id, { from: account.backupCodeHash, to: answers['new-backup-code'].hash }),
        endRecoveries(deps, visit),
        deps.audit.record({ ...event, type: 'backup-code.replaced' }),
        ...noticesTo(deps, account, `backup-code-replaced/${journeyId}`, {
          kind: 'security-change',
          what: 'backup-code-replaced',
          ...told,
        }),
      ],
      result: { changed: true },
    };
  });
