/** The pages of passkeys, but for the one that a sign-up ends with: part of the tour of every page. */
import { codeAfter, enterCode, PASSWORD } from './people.ts';
import { makeRecoverable } from './recoverable.ts';
import { askedOn, createAuthenticator } from './software-authenticator.ts';
import { pageOf, type Tour, type Typed } from './tour.ts';
import type { Visitor } from './visitor.ts';

const goer =
  ({ press }: Tour, visitor: Visitor) =>
  (button: string, typed: Typed = {}) =>
    press(visitor, pageOf(visitor), button, typed);

/** Signs in by password and mailed code, as it is not what the tour is about; the code is entered by the caller. */
async function atCode(tour: Tour, email: string): Promise<{ visitor: Visitor; code: string }> {
  const visitor = tour.visitor();
  await visitor.open(`${tour.origin}/`);
  const submit = () => visitor.press('Sign In', { 'Email address': email, Password: PASSWORD });
  return { visitor, code: await codeAfter(tour.letterbox, email, submit) };
}

/** Adds a passkey on the account pages; answers with whose and on which device it is. */
export async function addPasskeyTour(tour: Tour) {
  const { deps, origin } = tour;
  const device = createAuthenticator(origin);
  const { id, email } = await makeRecoverable(deps, ['email'], { passkeyDeclinedAt: deps.clock() });
  const { visitor, code } = await atCode(tour, email);
  await enterCode(visitor, code);
  await visitor.open(`${origin}/account/change/add-passkey`);
  await goer(tour, visitor)('Create a passkey', { '#credential': device.create(askedOn(visitor)) });
  return { id, email, device };
}

/** Adds a passkey, uses it after the password, and says "not now" where another one would be offered. */
export async function passkeyTour(tour: Tour): Promise<void> {
  const { email, device } = await addPasskeyTour(tour);
  const visitor = tour.visitor();
  const go = goer(tour, visitor);
  await visitor.open(`${tour.origin}/`);
  await go('Sign In', { 'Email address': email, Password: PASSWORD });
  await go('Continue', { Passkey: true });
  await go('Use passkey', { '#credential': device.get(askedOn(visitor)) });

  const other = await makeRecoverable(tour.deps, ['email']);
  const asked = await atCode(tour, other.email);
  await goer(tour, asked.visitor)('Submit', { 'Secure one-time password': asked.code });
  await goer(tour, asked.visitor)('Not now');
}
