/** The pages of passkeys, but for the one that a sign-up ends with: part of the tour of every page. */
import { completeSignUp, newAddress, PASSWORD } from './people.ts';
import { askedOn, createAuthenticator } from './software-authenticator.ts';
import { pageOf, type Tour, type Typed } from './tour.ts';
import type { Visitor } from './visitor.ts';

/** Adds a passkey on the account pages, uses it after the password, and says "not now" where another one would be offered. */
export async function passkeyTour(tour: Tour): Promise<void> {
  const { letterbox, db, origin, press } = tour;
  const device = createAuthenticator(origin);
  const member = async () => {
    const visitor = tour.visitor();
    await visitor.open('/users/sign_up');
    return { visitor, ...(await completeSignUp(letterbox, visitor, newAddress('passkey'))) };
  };
  const goer =
    (visitor: Visitor) =>
    (button: string, typed: Typed = {}) =>
      press(visitor, pageOf(visitor), button, typed);
  const signIn = async (email: string) => {
    const visitor = tour.visitor();
    const go = goer(visitor);
    await visitor.open(`${origin}/`);
    await go('Sign In', { 'Email address': email, Password: PASSWORD });
    return { visitor, go };
  };

  const owner = await member();
  await owner.visitor.open(`${origin}/account/change/add-passkey`);
  await goer(owner.visitor)('Create a passkey', { '#credential': device.create(askedOn(owner.visitor)) });
  const { visitor, go } = await signIn(owner.email);
  await go('Continue', { Passkey: true });
  await go('Use passkey', { '#credential': device.get(askedOn(visitor)) });

  const other = await member();
  await db.collection('accounts').findOneAndUpdate({}, { $set: { passkeyDeclinedAt: null } }, { sort: { createdAt: -1 } });
  const before = (await letterbox.received(other.email)).length;
  const asked = await signIn(other.email);
  await asked.go('Submit', { 'Secure one-time password': (await letterbox.newest(other.email, before + 1)).codes[0]! });
  await asked.go('Not now');
}
