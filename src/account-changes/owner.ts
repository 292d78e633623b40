/**
 * Changes of an account by its owner: journeys of the `change` prompt, which comes after a fresh sign-in. Whose account it is comes from
 * the session and from nothing that a request says.
 */
import type { Account } from '../accounts/account.ts';
import type { Told } from '../accounts/notices.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { From, Visit } from '../journey/journey.ts';
import type { Write } from '../mongo/transaction.ts';

export interface Owned {
  readonly from: From;
}

/** The account that is changed; AppError `page_expired` when it was closed since. */
export async function ownerOf({ accounts }: Pick<Deps, 'accounts'>, { answers }: Pick<Visit<Owned>, 'answers'>): Promise<Account> {
  const account = await accounts.find(answers.from.accountId);
  if (!account) throw new AppError('page_expired');
  return account;
}

/** What a change rests on, to be compared when it ends: a hash is not kept beside the journey that would replace it. */
export const mark = ({ rootSecret }: Pick<Deps, 'rootSecret'>, value: string | null): string =>
  rootSecret.digest('account-changes', JSON.stringify(value));

/** Throws AppError `changed_elsewhere` when it is not what it was when the change began. */
export function unchanged(deps: Pick<Deps, 'rootSecret'>, was: string, value: string | null): void {
  if (mark(deps, value) !== was) throw new AppError('changed_elsewhere');
}

/** Who did it and when, for the history and the notices. */
export function trailOf({ clock }: Pick<Deps, 'clock'>, { answers, ip, browser, device }: Visit<Owned>) {
  const event = { accountId: answers.from.accountId, ip, browser, device };
  const told: Told = { at: clock(), device };
  return { event, told };
}

/** Ends what has proven something that counts no more: sign-ins and recoveries under way. Other changes find that out by themselves. */
export const endWaysIn = ({ journeys }: Pick<Deps, 'journeys'>, { answers, journeyId }: Visit<Owned>): Write =>
  journeys.endOthers(answers.from.accountId, journeyId, ['sign-in', 'recovery']);

/** Ends recoveries under way: one may have been proven with what is replaced here, and wait with its last page. */
export const endRecoveries = ({ journeys }: Pick<Deps, 'journeys'>, { answers, journeyId }: Visit<Owned>): Write =>
  journeys.endOthers(answers.from.accountId, journeyId, ['recovery']);
