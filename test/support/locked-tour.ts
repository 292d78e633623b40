/** The tour of somebody whose account an operator has locked. */
import { expect } from 'chai';
import { codeAfter } from './people.ts';
import { makeRecoverable } from './recoverable.ts';
import { pageOf, type Tour } from './tour.ts';

/** Signs in, is told, and ends where the next sign-in would begin. */
export async function lockedTour({ deps, letterbox, origin, press, visitor: newVisitor }: Tour): Promise<undefined> {
  const person = await makeRecoverable(deps, ['email'], { passkeyDeclinedAt: deps.clock() });
  await deps.transaction([deps.accounts.lock(person.id, { by: 'kim', reason: 'Reported as stolen.' })]);
  const visitor = newVisitor();
  await visitor.open(`${origin}/`);
  const signIn = () => press(visitor, pageOf(visitor), 'Sign In', { 'Email address': person.email, Password: person.password });
  const code = { 'Secure one-time password': await codeAfter(letterbox, person.email, signIn) };
  await press(visitor, pageOf(visitor), 'Submit', code);
  await press(visitor, pageOf(visitor), 'Go back', {});
  expect(pageOf(visitor)).to.equal('sign-in/password');
  return undefined;
}
