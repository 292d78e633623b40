/** A proof in a recovery: whose it is, what it was chosen for, and whether it has to wait. */
import { noticesTo } from '../accounts/notices.ts';
import { sideOf, type WaitingProof } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Step, Visit } from '../journey/journey.ts';
import type { Write } from '../mongo/transaction.ts';
import type { Chosen } from './choose-proof.ts';
import type { MailboxProven } from './recovery-code.ts';
import { type Provable, provableOf, waitingProofOf } from './ways.ts';

export interface Known {
  readonly 'recovery-code': MailboxProven;
  readonly 'choose-proof'?: Chosen;
}

/** Until when it waits (ISO 8601); `ripe`: it has. */
export interface Hold {
  readonly proof: WaitingProof;
  readonly ripe: boolean;
  readonly ripeAt: string;
  readonly until: string;
}

/** What every proof adds to its answer. */
export interface ForRecovery {
  readonly chosen: Chosen;
  readonly hold?: Hold | undefined;
}

/** What was chosen; the steps after that page are met with a choice alone. */
export function chosenOf(answers: Known): Chosen {
  const chosen = answers['choose-proof'];
  if (!chosen) throw new Error('a proof that nobody has chosen');
  return chosen;
}

/** The account as it may be proven; what was there a moment ago may be gone. */
export async function provableIn(deps: Deps, { answers }: Pick<Visit<Known>, 'answers'>): Promise<Provable> {
  const provable = await provableOf(deps, answers['recovery-code']);
  if (!provable) throw new AppError('page_expired');
  return provable;
}

/** For so long the mailbox counts as proven: whoever could read it for a minute must not keep a recovery open until a proof turns up. */
const MAILBOX_MS = 2 * 3_600_000;

/**
 * A recovery that its owner has stopped ends here, and so does one whose mailed code was entered too long ago: throws AppError
 * `recovery_cancelled` or `page_expired`, and nothing of it is kept.
 */
export async function stillWanted(deps: Deps, { journeyId, answers }: Pick<Visit<Known>, 'journeyId' | 'answers'>): Promise<void> {
  const { accountId, at, settles } = answers['recovery-code'];
  const provenAt = new Date(at);
  // What operators settle they alone take back; then nothing of it is left to be proven or saved.
  const settling = settles !== undefined && answers['choose-proof']?.kind === 'operators';
  const cancelled = !settling && (await deps.recoveries.cancelledSince(accountId, provenAt, sideOf(answers['recovery-code'])));
  if (!cancelled && deps.clock().getTime() - provenAt.getTime() < MAILBOX_MS) return;
  await deps.transaction([deps.journeys.remove(journeyId)]);
  throw new AppError(cancelled ? 'recovery_cancelled' : 'page_expired');
}

/** Whether it was given for this choice, and not for an earlier one, of another account, or before the mailbox was proven again. */
export function isFor(answer: Partial<ForRecovery> | undefined, wanted: Chosen | undefined): boolean {
  const { accountId, since, proof: given } = answer?.chosen ?? {};
  return wanted !== undefined && accountId === wanted.accountId && since === wanted.since && given === wanted.proof;
}

/** The step as one of a recovery: it counts for this account and this choice, and what rests on a method waits for its owner to object. */
export function proof<Name extends string, Gives extends object>(
  step: Step<Name, Known, Gives>,
): Step<Name, Known, Gives & Partial<ForRecovery>> {
  const { submit } = step.actions;
  return {
    ...step,
    revisit: () => false,
    holds: (answer, answers) => isFor(answer, answers['choose-proof']),
    actions: {
      ...(step.actions as Step<Name, Known, Gives & Partial<ForRecovery>>['actions']),
      submit: {
        run: async (deps, visit, form) => {
          await stillWanted(deps, visit);
          const outcome = await submit.run(deps, visit, form);
          if (outcome.kind !== 'advance') return outcome;
          const chosen = chosenOf(visit.answers);
          const { hold, writes } = await holdOf(deps, visit, chosen);
          return { ...outcome, answer: { ...outcome.answer, chosen, hold }, writes: [...(outcome.writes ?? []), ...writes] };
        },
      },
    },
  };
}

/** Whether this proof has to wait. One that waits already goes on waiting; otherwise it begins, and everybody is told. */
async function holdOf(deps: Deps, visit: Visit<Known>, chosen: Chosen): Promise<{ hold?: Hold; writes: readonly Write[] }> {
  const { recoveries, config, clock, audit } = deps;
  const { answers, journeyId, ip, browser, device } = visit;
  const waitsFor = waitingProofOf(chosen, answers['recovery-code']);
  if (waitsFor === undefined) return { writes: [] };
  const { accountId } = chosen;
  const found = (await recoveries.of(accountId)).find((one) => one.proof === waitsFor);
  const times = (ripeAt: Date, until: Date) => ({ ripeAt: ripeAt.toISOString(), until: until.toISOString() });
  if (found) return { hold: { proof: waitsFor, ripe: found.ripe, ...times(found.ripeAt, found.until) }, writes: [] };
  // Only the two operators begin one of theirs.
  if (chosen.kind === 'operators') throw new AppError('page_expired');
  const { account } = await provableIn(deps, visit);
  const { holdHours, coolingOffHours } = config.policy.recovery;
  const hours = waitsFor === 'questions' ? coolingOffHours : holdHours;
  const { ripeAt, until } = recoveries.timesOf(hours);
  const told = {
    kind: 'recovery-waiting',
    proof: waitsFor === 'questions' ? 'questions' : 'method',
    until: ripeAt,
    at: clock(),
    device,
  } as const;
  return {
    hold: { proof: waitsFor, ripe: false, ...times(ripeAt, until) },
    writes: [
      recoveries.start(accountId, waitsFor, hours),
      audit.record({ type: 'recovery.waiting', accountId, ip, browser, device, proof: auditProofOf(waitsFor) }),
      ...noticesTo(deps, account, `recovery-waiting/${journeyId}/${waitsFor}`, told),
    ],
  };
}

/** As the history names it: without the id of a method. */
export const auditProofOf = (proof: WaitingProof) => (proof.startsWith('method:') ? 'method' : (proof as 'passkey' | 'questions'));
