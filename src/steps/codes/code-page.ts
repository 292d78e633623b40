/** What all pages that take a code have in common, wherever the code comes from: the form, the words for what is refused, the ways out. */
import { z } from 'zod';
import type { LimitName } from '../../attempts/limits.ts';
import type { Clock } from '../../clock.ts';
import { type Action, action, advance, stay, type Visit } from '../../journey/journey.ts';
import type { Text } from '../../language.ts';
import type { MessageState } from '../../messages/message-store.ts';

/** A message that is still here after so long is "slow". */
const SLOW_MS = 20_000;

/** Any spelling of a code; `readCode` says what it is. */
export const codeForm = z.object({
  code: z.string({ error: 'problems.code_required' }).trim().min(1, 'problems.code_required').max(200, 'problems.code_format'),
});

/** A row of wrong codes waits; a method with too many of them is off until somebody looks into it (NIST SP 800-63B-4 3.2.2). */
export const refusedBy = ({ limit, until }: { limit: LimitName; until: Date }): Text =>
  limit === 'code-method' ? { key: 'problems.method_off' } : { key: 'problems.wait', until };

/** A time that is past says nothing any more. */
export const stillAhead = (until: string | undefined, clock: Clock): Date | undefined =>
  until !== undefined && new Date(until) > clock() ? new Date(until) : undefined;

/** Whether a message that was written at that time (ISO 8601) should have left by now and has not. */
export const isSlow = (message: Pick<MessageState, 'state'> | undefined, at: string | undefined, clock: Clock): boolean =>
  message?.state === 'waiting' && at !== undefined && clock().getTime() - new Date(at).getTime() > SLOW_MS;

/**
 * The backup code is used in place of this code: by whom, and for which choice of methods; a new choice asks for a code again. What the
 * page kept stays, so that a code that comes after all can still be entered.
 */
export interface Instead {
  readonly instead: 'backup-code';
  readonly person: string;
  readonly choice?: string | undefined;
  readonly kept?: unknown;
}

/** Where a backup code may take the place of the code: whose, for which choice of methods, and whether there is one. */
export interface BackupWay {
  readonly person: string;
  readonly choice?: string | undefined;
  readonly ready: boolean;
}
export type BackupWayOf<Needs> = (visit: Visit<Needs>) => BackupWay | undefined;

/** "I can't get a code": with the backup code, or, where there is none, by recovering the account. */
export const backupWayOut = (way: BackupWay | undefined, { interaction }: Pick<Visit<unknown>, 'interaction'>) =>
  way && { backup: way.ready, recoveryUrl: `/interaction/${interaction.uid}/recovery` };

/** The button for it; none where there is no such way. */
export const backupAction = <Needs>(wayOf: BackupWayOf<Needs> | undefined): { readonly 'backup-code'?: Action<Needs, Instead> } =>
  wayOf === undefined
    ? {}
    : {
        'backup-code': action(z.object({}), async (_deps, visit: Visit<Needs>) => {
          const { person, choice, ready = false } = wayOf(visit) ?? {};
          if (!ready || person === undefined) return stay({ code: { key: 'problems.no_backup_code' } });
          return advance({ instead: 'backup-code', person, choice, kept: visit.kept });
        }),
      };

/** What the page keeps, also where the backup code was chosen in its place. */
export function keptOf({ kept, answers }: Visit<unknown>, step: string): unknown {
  const answer = (answers as Readonly<Record<string, Partial<Instead> | undefined>>)[step];
  return kept ?? answer?.kept;
}

/** Another method, or another address: the words differ. */
export const wayOut = (step: string | undefined) => (step === 'choose-method' ? { others: true } : { changeStep: step });

/** "Continue without this method", where `skipFor` says for which choice of methods that may be. */
export const skipAction = <Needs>(skipFor: (visit: Visit<Needs>) => string | undefined): Action<Needs, { readonly skipped: string }> =>
  action(z.object({}), async (_deps, visit: Visit<Needs>) => {
    const skipped = skipFor(visit);
    return skipped === undefined ? stay({ code: { key: 'problems.cannot_skip' } }) : advance({ skipped });
  });
