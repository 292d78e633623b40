import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import { noticesTo } from '../../accounts/notices.ts';
import type { Deps } from '../../deps.ts';
import { action, advance, type Step, stay, type Visit } from '../../journey/journey.ts';
import type { Write } from '../../mongo/transaction.ts';
import { readBackupCode } from '../../second-factor/backup-code.ts';
import { noteLimit, noteWrongCode } from '../note-failure.ts';
import { refusedBy } from './code-page.ts';

/** Spent: it opens nothing any more. `person`: whose it was. */
export interface BackupCodeProven {
  readonly person: string;
  readonly at: string;
}

interface Options<Needs> {
  /** Whose code it would be. Undefined where nobody is to learn that there is no account: every code is wrong then, at the same cost. */
  readonly account: (deps: Deps, visit: Visit<Needs>) => Promise<Account | undefined>;
  /** By what tries are counted where there is no account. */
  readonly person?: (visit: Visit<Needs>) => string;
  /** By what they are counted where there is one, if not by the account. */
  readonly counted?: (account: Account, visit: Visit<Needs>) => string;
  /** What spends it, where it is not the present one of the account. */
  readonly spend?: (deps: Deps, visit: Visit<Needs>, account: Account, hash: string) => Write;
  /** The page to go back to, to use something else. */
  readonly changeStep?: (visit: Visit<Needs>) => string | undefined;
  /** Runs when a code was wrong. */
  readonly wrong?: (deps: Deps, visit: Visit<Needs>) => Promise<unknown>;
}

const form = z.object({
  code: z.string({ error: 'problems.backup_code_required' }).trim().min(1, 'problems.backup_code_required'),
});

/**
 * The two-step verification backup code, in place of a code that cannot be had. It is spent by being accepted, together with the answer:
 * whoever closes the page after that has used it. It cannot be guessed (80 random bits); its tries count with those of all codes, or,
 * in a recovery, apart from them.
 */
export function backupCode<Needs>(options: Options<Needs>): Step<'backup-code', Needs, BackupCodeProven> {
  const { account: accountOf, person = ({ journeyId }) => journeyId, changeStep = () => undefined, wrong } = options;
  const { counted: countedAs = ({ id }) => id, spend = (deps, _visit, { id }, hash) => deps.accounts.useBackupCode(id, hash) } = options;
  return {
    name: 'backup-code',
    view: 'steps/backup-code',
    revisit: () => false,
    usedUp: { code: { key: 'problems.backup_code_used' } },
    show: async (_deps, visit) => ({
      changeStep: changeStep(visit),
      // From within a recovery that would lead in a circle.
      ...(options.counted === undefined && { recoveryUrl: `/interaction/${visit.interaction.uid}/recovery` }),
    }),
    actions: {
      submit: action(form, async (deps, visit: Visit<Needs>, input) => {
        const code = readBackupCode(input.code);
        if (!code) return stay({ code: { key: 'problems.backup_code_format' } });
        const { attempts, passwords, clock, audit } = deps;
        const account = await accountOf(deps, visit);
        const whose = account ? countedAs(account, visit) : person(visit);
        const counted = await attempts.spend('code-account', whose);
        if (!counted.ok) {
          noteLimit(deps, visit, account?.id, counted);
          return stay({ code: refusedBy(counted) });
        }
        const hash = account?.backupCodeHash ?? undefined;
        const right = await passwords.verify(code, hash);
        if (!right || !account || hash === undefined) {
          noteWrongCode(deps, visit, account?.id, 'backup-code');
          await wrong?.(deps, visit);
          const { left } = await attempts.peek('code-account', whose);
          return stay({ code: { key: 'problems.backup_code_wrong', count: left } });
        }
        const { ip, browser, device = '', journeyId } = visit;
        const at = clock();
        return advance(
          { person: account.id, at: at.toISOString() },
          [
            spend(deps, visit, account, hash),
            audit.record({ type: 'backup-code.used', accountId: account.id, ip, browser, device }),
            ...noticesTo(deps, account, `backup-code-used/${journeyId}`, { kind: 'security-change', what: 'backup-code-used', at, device }),
          ],
          () => attempts.forgive('code-account', whose),
        );
      }),
    },
  };
}
