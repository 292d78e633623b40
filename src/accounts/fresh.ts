/** When a sign-in is good for a change of the account, said once for the authorization endpoint and for our own pages. */
import type { Clock } from '../clock.ts';
import type { Assurance, SecondFactor } from './assurance.ts';

/** A sign-in is good for so long; in seconds. */
const FRESH = 5 * 60;
/** Whoever is sent to sign in comes back with at least the difference to do what they came for. */
const ASKED_FOR = 4 * 60;

interface Methods {
  readonly methods?: readonly { readonly method: SecondFactor }[] | undefined;
}

interface Judges {
  readonly assurance: Pick<Assurance, 'assure' | 'reaches' | 'second'>;
  readonly clock: Clock;
}

/**
 * The level that a change asks for: two factors of different kinds where the account has a method that gives them. A passkey does not
 * count: where scripts do not run it is no way in, so its owner could be kept from changing anything.
 */
function levelOf({ methods = [] }: Methods, { assure, reaches, second }: Judges['assurance']): string {
  return methods.some(({ method }) => reaches(assure(method).acr, second)) ? second : assure('email').acr;
}

/** `authTime`: when the last factor was proven, in seconds since 1970. */
export function isFresh(
  { authTime, acr }: { readonly authTime: number | undefined; readonly acr: string | undefined },
  account: Methods,
  { assurance, clock }: Judges,
): boolean {
  const now = Math.floor(clock().getTime() / 1000);
  return authTime !== undefined && now - authTime <= FRESH && assurance.reaches(acr, levelOf(account, assurance));
}

/** What to ask the sign-in for (`Interactions.startUrl`) so that whoever comes back is fresh. */
export const toBecomeFresh = (account: Methods, assurance: Judges['assurance']) => ({
  maxAge: ASKED_FOR,
  acr: levelOf(account, assurance),
});
