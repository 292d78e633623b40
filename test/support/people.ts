/** What people do, in the words of the pages: the steps of whole journeys for tests that are about something else. */

import { expect } from 'chai';
import { generate } from 'otplib';
import type { Received } from './server.ts';
import type { Visitor } from './visitor.ts';

export const PASSWORD = 'Granite-Harbor 71!';

/** Where a person's messages arrive, and what time it is there: a test's server, or a post office beside it. */
export interface Letterbox {
  newest(to: string, count?: number): Promise<Received>;
  received(to: string): Promise<readonly Received[]>;
  clock(): Date;
}

let people = 0;
/** An address nobody had before. */
export const newAddress = (name = 'ana'): string => `${name}${++people}.${Date.now().toString(36)}@people.test`;
/** A U.S. number nobody had before. */
export const newPhone = (): string => `+1202555${String(1000 + (++people % 9000)).padStart(4, '0')}`;

export const ANSWERS: readonly string[] = ['Ng', 'Blue lantern', 'Señora Ibáñez', 'Route 66', 'Mango tree'];

interface Methods {
  readonly email?: boolean;
  readonly text?: string;
  readonly app?: boolean;
}

export interface Person {
  readonly email: string;
  readonly password: string;
  readonly phone?: string | undefined;
  readonly secret?: string | undefined;
  readonly backupCode: string;
}

/** From the sign-up page that is open to "Welcome" or wherever the sign-up was begun. */
export async function completeSignUp(
  server: Letterbox,
  visitor: Visitor,
  email: string,
  methods: Methods = { email: true },
): Promise<Person> {
  const code = await codeAfter(server, email, () => visitor.press('Sign Up', { 'Email address': email }));
  await visitor.press('Continue', { 'Confirmation code': code });
  await visitor.press('I Agree');
  await choosePassword(visitor);
  return finishFromDelivery(server, visitor, email, methods);
}

export const choosePassword = (visitor: Visitor, password = PASSWORD) =>
  visitor.press('Submit', { Password: password, 'Confirm password': password });

export async function finishFromDelivery(server: Letterbox, visitor: Visitor, email: string, methods: Methods): Promise<Person> {
  const before = (await server.received(email)).length;
  await visitor.press('Submit', {
    Email: methods.email === true,
    'Text message': methods.text !== undefined,
    'Authentication app': methods.app === true,
    ...(methods.text !== undefined && { 'U.S. mobile phone number': methods.text }),
  });
  if (methods.email) await enterCode(visitor, (await server.newest(email, before + 1)).codes[0]!);
  if (methods.text) await enterCode(visitor, (await server.newest(methods.text)).codes[0]!);
  let secret: string | undefined;
  if (methods.app) {
    secret = secretOn(visitor);
    await enterCode(visitor, await appCode(server, secret));
  }
  expect(visitor.page().url).to.match(/new-backup-code$/);
  const backupCode = backupCodeOn(visitor);
  await visitor.press('Proceed');
  await answerQuestions(visitor);
  await notNow(visitor);
  return { email, password: PASSWORD, phone: methods.text, secret, backupCode };
}

export const enterCode = (visitor: Visitor, code: string) => visitor.press('Submit', { 'Secure one-time password': code });

/** The authenticator secret on the set-up page. */
export const secretOn = (visitor: Visitor): string => /secret=([A-Z2-7]+)/.exec(visitor.page().html)![1]!;

export const backupCodeOn = (visitor: Visitor): string => /\b[0-9A-Z]{4}(?:[\s-]+[0-9A-Z]{4}){3}\b/.exec(visitor.page().text)![0];

/** What the app shows at the server's time. */
export const appCode = (server: Letterbox, secret: string): Promise<string> =>
  generate({ secret, epoch: Math.floor(server.clock().getTime() / 1000) });

export async function answerQuestions(visitor: Visitor): Promise<void> {
  const typed: Record<string, string> = {};
  for (const [index, answer] of ANSWERS.entries()) {
    const select = visitor.fieldOf(`Question ${index + 1}`);
    typed[`Question ${index + 1}`] = select
      .querySelectorAll('option')
      .filter((option) => option.getAttribute('value'))
      [index]!.getAttribute('value')!;
    typed[`Answer ${index + 1}`] = answer;
  }
  await visitor.press('Submit', typed);
}

/** The offer of a passkey, where it comes. */
export async function notNow(visitor: Visitor): Promise<void> {
  if (visitor.page().url.endsWith('/passkey-offer')) await visitor.press('Not now');
}

const withCodes = async (server: Letterbox, to: string) => (await server.received(to)).filter(({ codes }) => codes.length > 0);

/** Waits until more than `before` messages with a code have come to this address or number, whatever else is told there; the newest code. */
export async function codeTo(server: Letterbox, to: string, before = 0): Promise<string> {
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    const found = await withCodes(server, to);
    if (found.length > before) return found[0]!.codes[0]!;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no code came to ${to}`);
}

/** Waits for the code that `ask` has sent to this address or number. */
export async function codeAfter(server: Letterbox, to: string, ask: () => Promise<unknown>): Promise<string> {
  const before = (await withCodes(server, to)).length;
  await ask();
  return codeTo(server, to, before);
}

/** From the sign-in page that is open; for an account with one method. */
export async function signIn(server: Letterbox, visitor: Visitor, person: Person): Promise<void> {
  const to = person.phone ?? person.email;
  const submit = () => visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
  if (person.secret) await submit();
  await enterCode(visitor, person.secret ? await appCode(server, person.secret) : await codeAfter(server, to, submit));
  await notNow(visitor);
}
