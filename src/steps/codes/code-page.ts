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

/** Another method, or another address: the words differ. */
export const wayOut = (step: string | undefined) => (step === 'choose-method' ? { others: true } : { changeStep: step });

/** "Continue without this method", where `skipFor` says for which choice of methods that may be. */
export const skipAction = <Needs>(skipFor: (visit: Visit<Needs>) => string | undefined): Action<Needs, { readonly skipped: string }> =>
  action(z.object({}), async (_deps, visit: Visit<Needs>) => {
    const skipped = skipFor(visit);
    return skipped === undefined ? stay({ code: { key: 'problems.cannot_skip' } }) : advance({ skipped });
  });
