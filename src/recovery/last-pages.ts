/** Pages of a recovery that lead no further today: each says why and what comes next, and its button goes to the sign-in. */
import { z } from 'zod';
import { isSettling } from '../accounts/recovery-store.ts';
import { action, advance, type Step } from '../journey/journey.ts';
import { chosenOf, type Hold, type Known } from './proven.ts';

const leave = { submit: action(z.object({}), async () => advance({ left: true })) } as const;

type Left = { readonly left: boolean };

/** The address was changed, and the former one has stopped this: until that is settled, recovery begins there. */
export const frozen: Step<'frozen', object, Left> = { name: 'frozen', view: 'recovery/frozen', show: async () => ({}), actions: leave };

/** Nothing is left that we could check: support can. */
export const support: Step<'support', Known, Left> = {
  name: 'support',
  view: 'recovery/support',
  show: async ({ config }, { answers }) => ({
    coolingOffHours: config.policy.recovery.coolingOffHours,
    // Whoever has found their notes, or pressed the wrong button.
    answers: answers['choose-proof']?.answers === true,
  }),
  actions: leave,
};

/** Proven, and held so that the owner can object: until when, and how to come back. */
export const waiting = (holdOf: (answers: Known) => Hold | undefined): Step<'waiting', Known, Left> => ({
  name: 'waiting',
  view: 'recovery/waiting',
  show: async (_deps, { answers }) => {
    const { ripeAt, until, proof } = holdOf(answers)!;
    const times = { ripeAt: new Date(ripeAt), until: new Date(until) };
    // What operators settle nobody else stops, so the page must not say that signing in does.
    if (isSettling({ proof })) return { ...times, proof: 'operators', settling: true };
    return { ...times, proof: proof.startsWith('method:') ? chosenOf(answers).kind : proof, settling: false };
  },
  actions: leave,
});
