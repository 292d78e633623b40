import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import type { Deps } from '../../deps.ts';
import { action, advance, type Step, stay, type Visit } from '../../journey/journey.ts';
import { requestOptions } from '../../second-factor/passkey.ts';
import { type BackupWayOf, backupAction, backupWayOut, type Instead, wayOut } from '../codes/code-page.ts';
import { judgePasskey } from './judge-passkey.ts';

export interface PasskeyProven {
  /** The account. */
  readonly person: string;
  readonly passkey: string;
  /** Where its key is kept, if known. */
  readonly key?: 'hwk' | 'swk' | undefined;
  readonly at: string;
}

interface Options<Needs> {
  readonly account: (deps: Deps, visit: Visit<Needs>) => Promise<Account>;
  /** The step where another method is chosen, if there is one to go to. */
  readonly changeStep: (visit: Visit<Needs>) => string | undefined;
  /** Whether a backup code may take the place of the passkey. */
  readonly backup?: BackupWayOf<Needs>;
  /** Runs when a passkey failed. */
  readonly wrong?: (deps: Deps, visit: Visit<Needs>) => Promise<unknown>;
}

export const credentialForm = z.object({ credential: z.string().default('') });

/** A passkey of a known account, its user verified, after another proof. It needs a script; the page says so where there is none. */
export function passkey<Needs>({
  account: accountOf,
  changeStep,
  backup,
  wrong,
}: Options<Needs>): Step<'passkey', Needs, PasskeyProven | Instead> {
  return {
    name: 'passkey',
    view: 'steps/passkey',
    revisit: (answer) => 'instead' in answer,
    usedUp: { form: { key: 'problems.passkey_used' } },
    show: async (deps, visit) => {
      const { id, passkeys } = await accountOf(deps, visit);
      const about = { purpose: 'second-factor', journeyId: visit.journeyId, person: id } as const;
      return {
        options: await requestOptions(deps, about, passkeys),
        ...wayOut(changeStep(visit)),
        ...backupWayOut(backup?.(visit), visit),
      };
    },
    actions: {
      submit: action(credentialForm, async (deps, visit: Visit<Needs>, { credential }) => {
        const { id } = await accountOf(deps, visit);
        const judged = await judgePasskey(deps, visit, credential, id);
        if (!judged.right) {
          if (judged.failed) await wrong?.(deps, visit);
          return stay({ form: judged.problem });
        }
        const { passkey: used, writes, after } = judged;
        return advance({ person: id, passkey: used.id, key: used.key, at: deps.clock().toISOString() }, writes, after);
      }),
      ...backupAction(backup),
    },
  };
}
