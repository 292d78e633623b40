/** A person who fills in whatever page comes next, rightly, up to a given one: the legs under the table of edges. */
import { createHash, randomBytes } from 'node:crypto';
import type { Connection } from 'mongoose';
import { appCode, newAddress, newPhone, PASSWORD, secretOn } from '../support/people.ts';
import { makeRecoverable, type Recoverable } from '../support/recoverable.ts';
import type { TestServer } from '../support/server.ts';
import { createVisitor, type Page, type Visitor } from '../support/visitor.ts';
import type { Kind, Place } from './edges.ts';
import { BY_BACKUP_CODE, createBackupCodeWalk } from './edges-backup-code.ts';
import { CHANGE_WAYS, type ChangeKind, createChanger, fiveOn } from './edges-changes.ts';
import { BY_PASSKEY, createPasskeyWalk } from './edges-passkeys.ts';
import { createRecoverer } from './edges-recovery.ts';

export interface Submission {
  readonly button: string;
  readonly typed: Readonly<Record<string, string | boolean>>;
}

export const CALLBACK = 'http://localhost:9/callback';
const METHODS: Readonly<Record<string, string>> = {
  'email-code': 'Email',
  'text-code': 'Text message',
  authenticator: 'Authentication app',
};

/** Which page this is, or what its heading says. */
export function placeOf({ url, status, heading }: Page): Place | string {
  const { pathname, origin, searchParams } = new URL(url);
  const [, step] = /^\/interaction\/[\w-]+\/([\w-]+\/[\w-]+)/.exec(pathname) ?? [];
  if (step && status < 400) return step;
  if (url.startsWith(CALLBACK)) return searchParams.has('code') ? 'service' : `service: ${searchParams.get('error')}`;
  if (status === 200 && pathname === '/closed') return 'closed';
  if (status === 200 && pathname === '/account') return 'account';
  if (status === 200 && pathname === '/' && heading.startsWith('Welcome')) return 'welcome';
  return `${status} ${heading} (${origin}${pathname})`;
}

/** An authorization request of a service, as a browser is sent with it. */
export function authorizeUrl(clientId: string, more: Readonly<Record<string, string>> = {}): string {
  const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url');
  const state = randomBytes(8).toString('hex');
  const usual = { response_type: 'code', redirect_uri: CALLBACK, scope: 'openid email', state, nonce: state };
  return `/authorize?${new URLSearchParams({ client_id: clientId, ...usual, code_challenge: challenge, code_challenge_method: 'S256', ...more })}`;
}

/** Waits until nothing is waiting to be sent, and returns the newest code that came to this address or number. */
export async function newestCode(server: TestServer, to: string): Promise<string> {
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    if ((await server.deps.outbox.waiting()) === 0) {
      const found = (await server.received(to)).find(({ codes }) => codes.length > 0);
      if (found) return found.codes[0]!;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no code came to ${to}`);
}

/** The provider judges its interactions by the real clock, so here they expire by going: from the database itself. */
export const expireInteractions = (db: Connection) => db.collection('oidc_interaction').deleteMany({});

export interface Stage {
  readonly server: TestServer;
  readonly db: Connection;
}

/** An account of its own for each walk along the pages that need one made by nobody else. */
async function makeKnown({ deps }: TestServer, kind: Kind, towards: string): Promise<Recoverable> {
  const person = await makeRecoverable(deps, kind === 'sign-in' && towards !== 'too-weak' ? ['email', 'text', 'app'] : ['email'], {
    passkeyDeclinedAt: deps.clock(),
    ...(kind === 'sign-in' && { terms: { version: '2020-01-01', at: deps.clock() } }),
  });
  if (towards === 'locked') await deps.transaction([deps.accounts.lock(person.id, { by: 'kim', reason: 'Reported as stolen.' })]);
  return person;
}

export interface Walker {
  readonly visitor: Visitor;
  readonly email: string;
  readonly phone: string;
  readonly place: () => string;
  /** What is rightly typed on the page that is open; `late`: codes sent before are too old, so new ones are asked for. */
  readonly submission: (late?: boolean) => Promise<Submission>;
  /** The pages gone through, with their addresses. */
  readonly passed: { readonly place: Place; readonly url: string }[];
  /** Another browser at the same page, after the same way. */
  readonly copy: () => Walker;
  /** Goes on by filling in the page that is open. */
  readonly goOn: () => Promise<Page>;
  /** Goes on by filling in page after page, until this one. */
  readonly walkTo: (target: Place) => Promise<void>;
}

/** Stands at the first page of a journey; `towards` is the page that decides between several ways. */
export async function createWalker({ server, db }: Stage, kind: Kind, towards: string): Promise<Walker> {
  const recoverer = kind === 'recovery' ? await createRecoverer({ server, db }, towards, (to) => newestCode(server, to)) : undefined;
  const byBackupCode =
    kind === 'sign-in' && towards in BY_BACKUP_CODE
      ? await createBackupCodeWalk({ server, db }, towards as keyof typeof BY_BACKUP_CODE, (to) => newestCode(server, to))
      : undefined;
  const byPasskey =
    kind === 'add-passkey' || (kind === 'sign-in' && BY_PASSKEY.some((page) => page === towards))
      ? await createPasskeyWalk(server, towards as (typeof BY_PASSKEY)[number], (to) => newestCode(server, to))
      : undefined;
  const changer = CHANGE_WAYS.some((way) => way.kind === kind)
    ? await createChanger(server, kind as ChangeKind, towards, (to) => newestCode(server, to))
    : undefined;
  const known =
    kind === 'sign-up' || recoverer || byBackupCode || byPasskey || changer ? undefined : await makeKnown(server, kind, towards);
  const email = (known ?? recoverer ?? byBackupCode ?? byPasskey ?? changer)?.email ?? newAddress('edge');
  const phone = (known ?? recoverer ?? byBackupCode)?.phone ?? newPhone();
  let appSecret = known?.secret;
  // No code of an earlier walk counts twice, and no limit of it stands in the way.
  server.clock.advance(16 * 60);

  const begin: Record<Exclude<Kind, ChangeKind>, (visitor: Visitor) => Promise<unknown>> = {
    'sign-up': async (visitor) => {
      // An earlier sign-up that got as far as a password, so that it can be resumed.
      const elsewhere = server.visitor();
      await elsewhere.open('/users/sign_up');
      await elsewhere.press('Sign Up', { 'Email address': email });
      await elsewhere.press('Continue', { 'Confirmation code': await newestCode(server, email) });
      await elsewhere.press('I Agree');
      await elsewhere.press('Submit', { Password: PASSWORD, 'Confirm password': PASSWORD });
      server.clock.advance(61);
      await visitor.open('/users/sign_up');
    },
    'sign-in': (visitor) => {
      const wanted = { id_token: { acr: { essential: true, value: server.config.policy.acrValues[1] } } };
      return visitor.open(towards === 'too-weak' ? authorizeUrl('myuscis', { claims: JSON.stringify(wanted) }) : '/');
    },
    recovery: (visitor) => visitor.open('/users/password/new'),
    'service-entry': (visitor) => signedIn(visitor, 'myuscis'),
    consent: (visitor) => signedIn(visitor, 'shop'),
    'add-passkey': (visitor) => atHome(visitor, '/account/change/add-passkey'),
    'close-account': (visitor) => atHome(visitor, '/account/change/close-account'),
  };

  /** Signed in just now, at one of our own pages. */
  async function atHome(visitor: Visitor, path: string): Promise<void> {
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': email, Password: PASSWORD });
    await visitor.press('Submit', { 'Secure one-time password': await newestCode(server, email) });
    await visitor.open(path);
  }

  /** Signed in already, and at this service for the first time. */
  async function signedIn(visitor: Visitor, clientId: string): Promise<void> {
    await atHome(visitor, '/');
    await visitor.open(authorizeUrl(clientId));
  }

  /** What is rightly typed on this page; `late`: codes sent before are too old, so new ones are asked for. */
  async function submission(visitor: Visitor, late: boolean): Promise<Submission> {
    const at = placeOf(visitor.page());
    if (recoverer && at.startsWith('recovery/')) return recoverer.submission(visitor, late);
    const afterBackupCode = await byBackupCode?.submission(visitor, late);
    if (afterBackupCode) return afterBackupCode;
    if (changer) return changer.submission(visitor, late);
    const withPasskey = await byPasskey?.submission(visitor);
    if (withPasskey) return withPasskey;
    const code = async (to: string) => {
      if (late) await visitor.press('Request a new one-time password');
      return { 'Secure one-time password': await newestCode(server, to) };
    };
    switch (at) {
      case 'sign-up/email':
        return { button: 'Sign Up', typed: { 'Email address': email } };
      case 'sign-up/confirm': {
        const { url } = visitor.page();
        if (late) {
          await visitor.open('/users/confirmation/new');
          await visitor.press('Resend confirmation instructions', { 'Email address': email });
          await visitor.open(url);
        }
        return { button: 'Continue', typed: { 'Confirmation code': await newestCode(server, email) } };
      }
      case 'sign-up/resume':
        return { button: 'Start again', typed: {} };
      case 'sign-up/terms':
      case 'sign-in/terms':
        return { button: 'I Agree', typed: {} };
      case 'sign-up/new-password':
        return { button: 'Submit', typed: { Password: PASSWORD, 'Confirm password': PASSWORD } };
      case 'sign-up/delivery':
        return {
          button: 'Submit',
          typed: { Email: true, 'Text message': true, 'Authentication app': true, 'U.S. mobile phone number': phone },
        };
      case 'sign-up/email-code':
      case 'sign-in/email-code':
        return { button: 'Submit', typed: await code(email) };
      case 'sign-up/text-code':
      case 'sign-in/text-code':
        return { button: 'Submit', typed: await code(phone) };
      case 'sign-up/authenticator':
        appSecret = secretOn(visitor);
        return { button: 'Submit', typed: { 'Secure one-time password': await appCode(server, appSecret) } };
      case 'sign-in/authenticator':
        return { button: 'Submit', typed: { 'Secure one-time password': await appCode(server, appSecret!) } };
      case 'sign-up/new-backup-code':
        return { button: 'Proceed', typed: {} };
      case 'sign-up/questions':
        return { button: 'Submit', typed: fiveOn(visitor) };
      case 'sign-up/passkey-offer':
      // Who has declined it is asked again when more days than thirty were walked.
      case 'sign-in/passkey-offer':
        return { button: 'Not now', typed: {} };
      case 'sign-in/password':
        return { button: 'Sign In', typed: { 'Email address': email, Password: PASSWORD } };
      case 'sign-in/choose-method':
        return { button: 'Continue', typed: { [METHODS[towards] ?? 'Email']: true } };
      case 'sign-in/too-weak':
        return { button: 'Go back to myUSCIS', typed: {} };
      case 'sign-in/locked':
        return { button: 'Go back', typed: {} };
      case 'service-entry/account-type':
        return { button: 'Submit', typed: { 'I am an applicant, petitioner, or requestor': true } };
      case 'close-account/confirm':
        return { button: 'Close account', typed: { 'Yes, I want to close my account': true } };
      case 'consent/consent':
        return { button: 'Allow', typed: {} };
      default:
        throw new Error(`nothing is known of this page: ${at}\n${visitor.page().text.slice(0, 600)}`);
    }
  }

  const start = server.visitor();
  await (changer ? changer.begin(start) : begin[kind as Exclude<Kind, ChangeKind>](start));
  return walking(start, []);

  function walking(visitor: Visitor, passed: { place: Place; url: string }[]): Walker {
    const place = () => placeOf(visitor.page());
    async function goOn(): Promise<Page> {
      passed.push({ place: place() as Place, url: visitor.page().url });
      const { button, typed } = await submission(visitor, false);
      return visitor.press(button, typed);
    }
    return {
      visitor,
      email,
      phone,
      place,
      submission: (late = false) => submission(visitor, late),
      passed,
      copy: () => walking(createVisitor(server.origin, {}, [], visitor), [...passed]),
      goOn,
      async walkTo(target: Place): Promise<void> {
        for (let steps = 0; place() !== target; steps++) {
          if (steps > 15) throw new Error(`${target} is never reached; now at ${place()}`);
          await goOn();
        }
      },
    };
  }
}
