/** What people do who cannot sign in: the steps of a recovery, in the words of its pages. */
import { expect } from 'chai';
import * as oauth from 'openid-client';
import { ANSWERS, appCode, choosePassword, codeAfter, enterCode, type Letterbox, notNow, type Person } from './people.ts';
import { createRelyingParty, type RelyingParty } from './relying-party.ts';
import type { TestServer } from './server.ts';
import type { Visitor } from './visitor.ts';

export const NEW_PASSWORD = 'Copper-Lantern 38?';
const CALLBACK = 'http://localhost:9/callback';

/** Where this page is: journey and step, or its heading. A page that failed is nowhere, whatever its address says. */
export function stepOf(visitor: Visitor): string {
  const { url, status, heading, text } = visitor.page();
  if (status === 500) throw new Error(`a fault at ${url}: ${text.slice(0, 400)}`);
  return /\/interaction\/[\w-]+\/([\w-]+\/[\w-]+)/.exec(url)?.[1] ?? heading;
}

/** From the door to the page that asks what else there is. */
export async function proveMailbox(letterbox: Letterbox, visitor: Visitor, email: string): Promise<void> {
  await visitor.open('/users/password/new');
  const code = await codeAfter(letterbox, email, () => visitor.press('Send code', { 'Email address': email }));
  await enterCode(visitor, code);
}

export const choose = (visitor: Visitor, what: string) => visitor.press('Continue', { [what]: true });
export const QUESTIONS = 'The answers to my five';
export const BACKUP = 'My backup code';
export const NOTHING = 'I have none of these';
export const APP = 'My authentication app';
export const phoneOf = ({ phone }: Pick<Person, 'phone'>) => `My phone •••${phone!.slice(-2)}`;

export const giveAnswers = (visitor: Visitor, answers: readonly string[] = ANSWERS) =>
  visitor.press(
    'Submit',
    Object.fromEntries(
      answers.map((answer, index) => [
        visitor
          .page()
          .root.querySelector(`label[for=answer_${index + 1}]`)!
          .text.trim(),
        answer,
      ]),
    ),
  );

/** The code of a phone or app of theirs, on the page that asks for it or on the one before. */
export async function giveMethod(letterbox: Letterbox, visitor: Visitor, person: Person, what: 'text' | 'app'): Promise<void> {
  if (what === 'app') {
    await choose(visitor, APP);
    await enterCode(visitor, await appCode(letterbox, person.secret!));
  } else await enterCode(visitor, await codeAfter(letterbox, person.phone!, () => choose(visitor, phoneOf(person))));
}

export async function setPassword(visitor: Visitor, password = NEW_PASSWORD): Promise<void> {
  expect(stepOf(visitor)).to.equal('recovery/new-password');
  await choosePassword(visitor, password);
}

/** A service in other hands: the same person must always be the same `sub` to it. */
export async function relyingPartyOf(server: TestServer): Promise<RelyingParty> {
  return createRelyingParty(server.origin, 'myuscis', CALLBACK, oauth.ClientSecretBasic(server.env.DEMO_CLIENT_SECRET!));
}

/** Signs in at the service by password and code, and answers what it is told; the code comes by whatever the page asks for. */
export async function tokensOf(server: TestServer, party: RelyingParty, visitor: Visitor, person: Person) {
  const { url, checks } = await party.begin({ scope: 'openid email' });
  await visitor.open(url.href);
  await signInHere(server, visitor, person);
  if (stepOf(visitor) === 'service-entry/account-type')
    await visitor.press('Submit', { 'I am an applicant, petitioner, or requestor': true });
  if (!visitor.page().url.startsWith(CALLBACK)) throw new Error(`ended at ${stepOf(visitor)}: ${visitor.page().text.slice(0, 400)}`);
  return oauth.authorizationCodeGrant(party.config, new URL(visitor.page().url), checks);
}

/** On the sign-in page that is open, for an account with whatever one method this person has, or with several. */
export async function signInHere(server: TestServer, visitor: Visitor, person: Person): Promise<void> {
  const submit = async () => {
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    if (stepOf(visitor) === 'sign-in/choose-method') await visitor.press('Continue', { Email: true });
  };
  const to = person.phone ?? person.email;
  if (person.secret) {
    // A code of an app counts once: the one they signed up or proved themselves with is over.
    server.clock.advance(60);
    await submit();
    await enterCode(visitor, await appCode(server, person.secret));
  } else await enterCode(visitor, await codeAfter(server, to, submit));
  // Whoever has no backup code is given one.
  if (stepOf(visitor) === 'sign-in/new-backup-code') await visitor.press('Proceed');
  await notNow(visitor);
}

export const subOf = async (server: TestServer, party: RelyingParty, person: Person): Promise<string> =>
  (await tokensOf(server, party, server.visitor(), person)).claims()!.sub;
