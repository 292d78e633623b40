/** The page that closes an account: part of the tour of every page. */
import type { Owner } from './change-tour.ts';
import { codeAfter, enterCode, PASSWORD } from './people.ts';
import { makeRecoverable } from './recoverable.ts';
import { pageOf, type Tour } from './tour.ts';

/** Somebody with an account of their own closes it; answers with whose. */
export async function closingTour(tour: Tour): Promise<Owner> {
  const { deps, origin } = tour;
  const { id, email } = await makeRecoverable(deps, ['email'], { passkeyDeclinedAt: deps.clock() });
  const visitor = tour.visitor();
  await visitor.open(`${origin}/`);
  const submit = () => visitor.press('Sign In', { 'Email address': email, Password: PASSWORD });
  await enterCode(visitor, await codeAfter(tour.letterbox, email, submit));
  await visitor.open(`${origin}/account/change/close-account`);
  await tour.press(visitor, pageOf(visitor), 'Close account', { 'Yes, I want to close my account': true });
  return { id, email };
}
