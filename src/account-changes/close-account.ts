/**
 * Closing the account: one page that says what happens, and a box to check. From then on nobody can use it, and for some days its owner can
 * still keep it by signing in. The session ends with it, so there is nothing to go back to but a page for everybody.
 */
import { z } from 'zod';
import { noticesTo } from '../accounts/notices.ts';
import { secondsFrom } from '../clock.ts';
import { action, advance, change, type Step, stay } from '../journey/journey.ts';
import { type Owned, ownerOf, trailOf } from './owner.ts';

/** `account-pages/data/routes.ts` shows it. */
const CLOSED = '/closed';

const form = z.object({ confirm: z.literal('on', { error: 'problems.closing_unconfirmed' }) });

export const confirmClosing: Step<'confirm', Owned, { confirmed: true }> = {
  name: 'confirm',
  view: 'account-changes/close-account',
  show: async (deps, visit) => {
    const { email, former } = await ownerOf(deps, visit);
    return { address: email, days: deps.config.policy.closing.days, frozen: former?.frozenAt != null };
  },
  actions: {
    submit: action(form, async (deps, visit) => {
      const { former } = await ownerOf(deps, visit);
      // Somebody says that it was taken from them: whoever may have taken it must not make it vanish.
      if (former?.frozenAt) return stay({ form: { key: 'problems.closing_frozen' } });
      return advance({ confirmed: true });
    }),
  },
};

export const closeAccount = change({ kind: 'close-account' })
  .step(confirmClosing)
  .finish(async (deps, visit) => {
    const { journeyId } = visit;
    const account = await ownerOf(deps, visit);
    const { id } = account;
    const { days } = deps.config.policy.closing;
    const until = account.closesAt ?? secondsFrom(deps.clock, days * 24 * 3600);
    const ending = await deps.sessions.endAll(id);
    const { event, told } = trailOf(deps, visit);
    return {
      writes: [
        deps.accounts.close(id, days),
        ...ending.writes,
        deps.recoveries.cancelPresent(id),
        deps.journeys.endOthers(id, journeyId),
        deps.audit.record({ ...event, type: 'account.closing' }),
        ...noticesTo(deps, account, `account-closing/${journeyId}`, { kind: 'account-closing', until, ...told }),
      ],
      after: ending.after,
      result: { goTo: CLOSED },
    };
  });
