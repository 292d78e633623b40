/** A tour of every page of every journey: a test says what happens at each form, the tour sees to it that the next page comes. */
import { createHash } from 'node:crypto';
import type { Connection } from 'mongoose';
import type { Deps } from '../../src/deps.ts';
import {
  ANSWERS,
  appCode,
  backupCodeOn,
  codeAfter,
  completeSignUp,
  type Letterbox,
  newAddress,
  newPhone,
  PASSWORD,
  type Person,
  secretOn,
} from './people.ts';
import type { Visitor } from './visitor.ts';

export type Typed = Readonly<Record<string, string | boolean>>;
/**
 * Presses the button, sooner or later; `page` is the journey and its step, e.g. `sign-up/email`. `later`: what is to be typed by then, where
 * it is right for a minute only.
 */
export type Press = (visitor: Visitor, page: string, button: string, typed: Typed, later?: () => Promise<Typed>) => Promise<unknown>;

/** The parts of a server, for tests that see to what is in its database. */
export type Parts = Omit<Deps, 'interactions' | 'sessions'>;

export interface Tour {
  readonly letterbox: Letterbox;
  /** Of the server, or of the same database beside it. */
  readonly deps: Parts;
  /** Of the provider. */
  readonly origin: string;
  readonly visitor: () => Visitor;
  readonly db: Connection;
  readonly press: Press;
}

const CALLBACK = 'https://shop.agency.test/callback';
export const VERIFIER = 'a-verifier-of-more-than-forty-three-characters-in-all';
/** Of a third party, who is asked for consent; the demonstration client is the operator's own service. */
export const SHOP = {
  client_id: 'shop',
  client_name: 'A Shop',
  client_secret: 'k7Jm2Qx9Lr4Tz8Vb3Nc6Yd1Fg5Hs0Pw-RtUeIoAs',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid email offline_access',
};

export function authorizeUrl(client: { id: string; redirectUri: string }, parameters: Readonly<Record<string, string>> = {}): string {
  return `/authorize?${new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid email',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'a-state',
    ...parameters,
  })}`;
}
export const MYUSCIS = { id: 'myuscis', redirectUri: 'http://localhost:9/callback' };
export const THIRD_PARTY = { id: SHOP.client_id, redirectUri: CALLBACK };

export const pageOf = (visitor: Visitor): string => new URL(visitor.page().url).pathname.split('/').slice(3, 5).join('/');

type Go = (button: string, typed?: Typed, later?: () => Promise<Typed>) => Promise<unknown>;
const goer =
  ({ press }: Tour, visitor: Visitor): Go =>
  (button, typed = {}, later) =>
    press(visitor, pageOf(visitor), button, typed, later);

const typedCode = (code: string): Typed => ({ 'Secure one-time password': code });

/** All pages of a sign-up with three methods, from the page of the address on. */
export async function signUpTour(tour: Tour, visitor = tour.visitor()): Promise<Person> {
  const { letterbox } = tour;
  const go = goer(tour, visitor);
  const [email, phone] = [newAddress('tour'), newPhone()];
  const enter = async (code: string) => go('Submit', typedCode(code));
  await visitor.open('/users/sign_up');
  await go('Sign Up', { 'Email address': email });
  await go('Continue', { 'Confirmation code': (await letterbox.newest(email)).codes[0]! });
  await go('I Agree');
  await go('Submit', { Password: PASSWORD, 'Confirm password': PASSWORD });
  await go('Submit', { Email: true, 'Text message': true, 'Authentication app': true, 'U.S. mobile phone number': phone });
  await enter((await letterbox.newest(email, 2)).codes[0]!);
  await enter((await letterbox.newest(phone)).codes[0]!);
  const secret = secretOn(visitor);
  const shown = async () => typedCode(await appCode(letterbox, secret));
  await go('Submit', await shown(), shown);
  const backupCode = backupCodeOn(visitor);
  await go('Proceed');
  const ids = visitor.fieldOf('Question 1').querySelectorAll('option');
  const questions = ANSWERS.flatMap((answer, index) => [
    [`Question ${index + 1}`, ids[index + 1]!.getAttribute('value')!],
    [`Answer ${index + 1}`, answer],
  ]);
  await go('Submit', Object.fromEntries(questions));
  await go('Not now');
  return { email, password: PASSWORD, phone, secret, backupCode };
}

/** A sign-up with the address of an unfinished one that has a password: its page asks for that. */
export async function resumeTour(tour: Tour): Promise<Visitor> {
  const { letterbox } = tour;
  const email = newAddress('resume');
  const begin = async (visitor: Visitor, count: number) => {
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await letterbox.newest(email, count)).codes[0]! });
  };
  const first = tour.visitor();
  await begin(first, 1);
  await first.press('I Agree');
  await first.press('Submit', { Password: PASSWORD, 'Confirm password': PASSWORD });
  // The minute between two mails to one address is over.
  await tour.db.collection('attempts').deleteMany({});
  const second = tour.visitor();
  await begin(second, 2);
  await goer(tour, second)('Continue', { Password: PASSWORD });
  return second;
}

const WORDS = { email: 'Email', text: 'Text message', app: 'Authentication app' } as const;

/** Signs in by one of three methods; `to` is a page where somebody is asked to. */
export async function signInTour(
  tour: Tour,
  person: Person,
  method: keyof typeof WORDS,
  to = '/',
  visitor = tour.visitor(),
): Promise<Visitor> {
  const { letterbox } = tour;
  const go = goer(tour, visitor);
  await visitor.open(to);
  await go('Sign In', { 'Email address': person.email, Password: person.password });
  const address = method === 'text' ? person.phone! : person.email;
  const choose = () => go('Continue', { [WORDS[method]]: true });
  if (method === 'app') await choose();
  const shown = async () => typedCode(await appCode(letterbox, person.secret!));
  if (method === 'app') await go('Submit', await shown(), shown);
  else await go('Submit', typedCode(await codeAfter(letterbox, address, choose)));
  if (pageOf(visitor) === 'sign-in/terms') await go('I Agree');
  return visitor;
}

/** The terms have changed since this person agreed to them. */
export async function termsTour(tour: Tour, person: Person): Promise<Visitor> {
  const { id } = (await tour.deps.accounts.findByEmail(person.email))!;
  await tour.db.collection<{ _id: string }>('accounts').updateOne({ _id: id }, { $set: { 'terms.version': '2000-01-01' } });
  // A time step of the app counts once, so the text message it is.
  return signInTour(tour, person, 'text');
}

/** A service that wants more than this account can give; ends at the service. */
export async function tooWeakTour(tour: Tour): Promise<Visitor> {
  const visitor = tour.visitor();
  await visitor.open('/users/sign_up');
  const person = await completeSignUp(tour.letterbox, visitor, newAddress('weak'));
  const claims = { id_token: { acr: { essential: true, value: 'http://idmanagement.gov/ns/assurance/aal/2' } } };
  const other = tour.visitor();
  await other.open(tour.origin + authorizeUrl(MYUSCIS, { claims: JSON.stringify(claims) }));
  const go = goer(tour, other);
  await go('Sign In', { 'Email address': person.email, Password: person.password });
  await go('Go back to myUSCIS');
  return other;
}

/** Somebody who is signed in enters the service for the first time; ends at the service. */
export async function serviceEntryTour(tour: Tour, visitor: Visitor): Promise<void> {
  await visitor.open(tour.origin + authorizeUrl(MYUSCIS));
  await goer(tour, visitor)('Submit', { 'I am an applicant, petitioner, or requestor': true });
}

/** Somebody who is signed in allows a third party what it asks for; ends there. */
export async function consentTour(tour: Tour, visitor: Visitor): Promise<void> {
  await visitor.open(tour.origin + authorizeUrl(THIRD_PARTY));
  await goer(tour, visitor)('Allow');
}
