/** The link of a notice, and what can still be done with it. */
import type { Account } from '../accounts/account.ts';
import { formerAddresses } from '../accounts/former-store.ts';
import { isSettling } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { LinkPurpose, MailedLink } from '../journey/mailed-link-store.ts';
import { mayBeRecovering } from './running.ts';

export const ALERT_PURPOSES = ['not-me', 'cancel-recovery', 'freeze-email'] as const satisfies readonly LinkPurpose[];
export type AlertPurpose = (typeof ALERT_PURPOSES)[number];

/** `over`: what it could have stopped is not there, or not any more. `limit`: recoveries were stopped too often, until `until`. */
export type AlertState = 'ready' | 'done' | 'expired' | 'over' | 'limit';

export interface Alert {
  readonly account: Account;
  readonly state: AlertState;
  readonly until?: Date | undefined;
  /** When its mail was written. */
  readonly mailedAt: Date;
  /** Of `freeze-email`: the address that objects, canonical. */
  readonly objector?: string | undefined;
}

type Needs = Pick<Deps, 'mailedLinks' | 'accounts' | 'recoveries' | 'journeys' | 'audit' | 'attempts' | 'config' | 'clock'>;

/** Throws AppError `link_invalid` for a token that is none, is for something else, or whose account is gone. */
export async function alertOf(deps: Needs, purpose: AlertPurpose, token: string): Promise<Alert> {
  const link = await deps.mailedLinks.find(token, purpose);
  const account = link && (await deps.accounts.find(link.about));
  if (!account) throw new AppError('link_invalid');
  return { account, mailedAt: link.issuedAt, ...(await STATES[purpose](deps, link, account)) };
}

type Found = Omit<Alert, 'account' | 'mailedAt'>;

const STATES: Readonly<Record<AlertPurpose, (deps: Needs, link: MailedLink, account: Account) => Found | Promise<Found>>> = {
  'not-me': async (deps, link, account) => {
    if (link.used) return { state: 'done' };
    if (link.expired) return { state: 'expired' };
    // Nothing to stop, and nothing to count: the link stays good for what may come.
    if (!(await mayBeRecovering(deps, account))) return { state: 'over' };
    const { until } = await deps.attempts.peek('cancel-recovery', account.id);
    return until ? { state: 'limit', until } : { state: 'ready' };
  },

  /** It was mailed for one recovery that waits, and stops no later one. */
  'cancel-recovery': async ({ recoveries }, link, account) => {
    if (link.used) return { state: 'done' };
    if (link.expired) return { state: 'expired' };
    const waits = (await recoveries.of(account.id)).some((one) => !isSettling(one) && one.startedAt <= link.issuedAt);
    return { state: waits ? 'ready' : 'over' };
  },

  'freeze-email': ({ clock }, link, { former }) => {
    const objector = formerAddresses(former).find(({ canonical }) => link.isFor(canonical))?.canonical;
    if (!former || objector === undefined) return { state: link.expired ? 'expired' : 'over' };
    if (former.frozenAt) return { state: 'done' };
    // It has stopped an earlier change, which is settled; this one has a mail of its own.
    if (link.used) return { state: 'over' };
    return { state: link.expired || former.until <= clock() ? 'expired' : 'ready', objector };
  },
};
