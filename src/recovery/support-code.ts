import { z } from 'zod';
import { action, advance, type Step, stay, type Visit } from '../journey/journey.ts';
import { readBackupCode } from '../second-factor/backup-code.ts';
import { noteLimit } from '../steps/note-failure.ts';
import { chosenOf, type Known } from './proven.ts';
import { waitingProofOf } from './ways.ts';

const form = z.object({ code: z.string({ error: 'problems.support_code_required' }).trim().min(1, 'problems.support_code_required') });

/** The code that support has handed to the person, once two operators have agreed to it. */
export const supportCode: Step<'support-code', Known, { readonly at: string }> = {
  name: 'support-code',
  view: 'recovery/support-code',
  show: async () => ({}),
  actions: {
    submit: action(form, async (deps, visit: Visit<Known>, input) => {
      const { attempts, passwords, recoveries, clock, audit } = deps;
      const { accountId } = chosenOf(visit.answers);
      const code = readBackupCode(input.code);
      if (!code) return stay({ code: { key: 'problems.support_code_format' } });
      const counted = await attempts.spend('recovery-proof', accountId);
      if (!counted.ok) {
        noteLimit(deps, visit, accountId, counted);
        return stay({ code: { key: 'problems.wait', until: counted.until } });
      }
      const wanted = waitingProofOf(chosenOf(visit.answers), visit.answers['recovery-code']);
      const waiting = (await recoveries.of(accountId)).find(({ proof }) => proof === wanted);
      if (await passwords.verify(code, waiting?.codeHash))
        return advance({ at: clock().toISOString() }, [], () => attempts.forgive('recovery-proof', accountId));
      const { ip, browser, device, reference } = visit;
      audit.note({ type: 'recovery.failed', accountId, ip, browser, device, proof: 'operators' }, reference);
      const { left } = await attempts.peek('recovery-proof', accountId);
      return stay({ code: { key: 'problems.support_code_wrong', count: left } });
    }),
  },
};
