import { z } from 'zod';
import { isSettling, type WaitingProof } from '../accounts/recovery-store.ts';
import { action, advance, type Step, stay, type Visit } from '../journey/journey.ts';
import { readBackupCode } from '../second-factor/backup-code.ts';
import { noteLimit } from '../steps/note-failure.ts';
import { chosenOf, type Known } from './proven.ts';
import { waitingProofOf } from './ways.ts';

const form = z.object({ code: z.string({ error: 'problems.support_code_required' }).trim().min(1, 'problems.support_code_required') });

/**
 * What is kept of a code as a hash. One that settles a frozen account works for the mailbox that the operators settle it for: of several
 * that the account was moved from another may be a thief's. `code`: as `readBackupCode` says it.
 */
export const supportSecret = (code: string, about: WaitingProof | undefined, canonical: string): string =>
  about && isSettling({ proof: about }) ? `${code}|${canonical}` : code;

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
      const { canonical } = visit.answers['recovery-code'];
      // Whoever reads one of the mailboxes that the account was moved through must not spend the tries of another.
      const tries = `${accountId}|${canonical}`;
      const counted = await attempts.spend('recovery-proof', tries);
      if (!counted.ok) {
        noteLimit(deps, visit, accountId, counted);
        return stay({ code: { key: 'problems.wait', until: counted.until } });
      }
      const wanted = waitingProofOf(chosenOf(visit.answers), visit.answers['recovery-code']);
      const waiting = (await recoveries.of(accountId)).find(({ proof }) => proof === wanted);
      if (await passwords.verify(supportSecret(code, wanted, canonical), waiting?.codeHash))
        return advance({ at: clock().toISOString() }, [], () => attempts.forgive('recovery-proof', tries));
      const { ip, browser, device, reference } = visit;
      audit.note({ type: 'recovery.failed', accountId, ip, browser, device, proof: 'operators' }, reference);
      const { left } = await attempts.peek('recovery-proof', tries);
      return stay({ code: { key: 'problems.support_code_wrong', count: left } });
    }),
  },
};
