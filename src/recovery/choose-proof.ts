import { z } from 'zod';
import { AppError } from '../errors.ts';
import { action, advance, type Step, stay } from '../journey/journey.ts';
import type { MailboxProven } from './recovery-code.ts';
import { provableOf, type WayKind, waysOf } from './ways.ts';

type Needs = { readonly 'recovery-code': MailboxProven };

export interface Chosen {
  readonly accountId: string;
  /** When the mailbox was proven that this rests on: proven anew, also after another address in between, it is another recovery. */
  readonly since: string;
  readonly proof: string;
  readonly kind: WayKind;
  /** With nothing left: whether the answers to the questions may still be given. */
  readonly answers: boolean;
  /** What signs in is lost, too, and set up anew. */
  readonly anew: boolean;
}

const form = z.object({ proof: z.string({ error: 'problems.proof_required' }).min(1, 'problems.proof_required') });

/** What a person still has besides the mailbox. Only its owner gets here, so it may name what the account has. */
export const chooseProof: Step<'choose-proof', Needs, Chosen> = {
  name: 'choose-proof',
  view: 'recovery/choose-proof',
  typed: ['proof'],
  holds: ({ accountId, since }, answers) => accountId === answers['recovery-code'].accountId && since === answers['recovery-code'].at,
  revisit: () => true,
  show: async (deps, { answers }) => {
    const mailbox = answers['recovery-code'];
    const chosen = (answers as { 'choose-proof'?: Chosen })['choose-proof'];
    const provable = await provableOf(deps, mailbox);
    if (!provable) throw new AppError('page_expired');
    const ways = await waysOf(deps, provable, mailbox);
    return {
      ways,
      former: mailbox.former,
      holdHours: deps.config.policy.recovery.holdHours,
      // What somebody has waited for is what they came back for.
      values: { proof: chosen?.proof ?? ways.find(({ waiting }) => waiting?.ripe)?.proof ?? '' },
    };
  },
  actions: {
    submit: action(form, async (deps, { answers }, input) => {
      const mailbox = answers['recovery-code'];
      const provable = await provableOf(deps, mailbox);
      if (!provable) throw new AppError('page_expired');
      const way = (await waysOf(deps, provable, mailbox)).find(({ proof }) => proof === input.proof);
      if (!way) return stay({ proof: { key: 'problems.proof_required' } });
      const { proof, kind } = way;
      const { account, questions } = provable;
      const nothingBefore = mailbox.former && account.former?.methods.length === 0;
      return advance({
        accountId: account.id,
        since: mailbox.at,
        proof,
        kind,
        answers: kind === 'nothing' && questions,
        anew: kind === 'nothing' || kind === 'operators' || nothingBefore,
      });
    }),
  },
};
