/** A tour of every page of every change of an account, along all of its ways. */
import type { Account } from '../../src/accounts/account.ts';
import { CHANGE_WAYS, type ChangeWay, createChanger } from '../walks/edges-changes.ts';
import { newestCode } from '../walks/edges-walker.ts';
import type { Letterbox } from './people.ts';
import { stepOf } from './recovering.ts';
import type { TestServer } from './server.ts';
import type { Parts, Press } from './tour.ts';
import type { Visitor } from './visitor.ts';

/** A server, or what is in its database and arrives from it when it is a process of its own. */
export interface Beside extends Letterbox {
  readonly deps: Parts;
  readonly visitor: () => Visitor;
  /** Waits until all is sent. */
  readonly newestCode: (to: string) => Promise<string>;
}

/** An account, and an address at which its owner is told what happens to it. */
export type Owner = Pick<Account, 'id' | 'email'>;

type Fields = Readonly<Record<string, 'needed' | 'optional'>>;
const CODE = { code: 'needed' } as const;
const NUMBERS = [1, 2, 3, 4, 5];

/** The forms met on the way, as the test of hostile input lists them. */
export const CHANGE_FORMS: Readonly<Record<string, Fields>> = {
  'change-password/new-password': { username: 'optional', password: 'needed', password_confirmation: 'needed', others: 'optional' },
  'change-email/frozen': {},
  'change-email/new-address': { email: 'needed' },
  'change-email/address-code': CODE,
  'change-email/address-code/resend': {},
  'change-notice-email/notice-address': { email: 'needed' },
  'change-notice-email/notice-address/remove': {},
  'change-notice-email/address-code': CODE,
  'change-notice-email/address-code/resend': {},
  'add-method/new-method': { method: 'needed', phone: 'needed', text_risks: 'optional', name: 'optional' },
  'add-method/new-text-code': CODE,
  'add-method/new-text-code/resend': {},
  'add-method/new-email-code': CODE,
  'add-method/new-email-code/resend': {},
  'add-method/new-authenticator': CODE,
  'change-backup-code/replace-backup-code': {},
  'change-backup-code/new-backup-code': {},
  'change-backup-code/new-backup-code/download': {},
  'change-questions/questions': Object.fromEntries(
    NUMBERS.flatMap((n) => [
      [`question_${n}`, 'needed'],
      [`answer_${n}`, 'needed'],
    ]),
  ),
  'settle-email/nothing-to-settle': {},
  'settle-email/nothing-from-before': {},
  'settle-email/settle': { address: 'needed' },
  'settle-email/former-method': { method: 'needed' },
  'settle-email/email-code': CODE,
  'settle-email/email-code/resend': {},
  'settle-email/text-code': CODE,
  'settle-email/text-code/resend': {},
  'settle-email/authenticator': CODE,
  'settle-email/backup-code': CODE,
  'settle-email/new-backup-code': {},
  'settle-email/new-backup-code/download': {},
};

/** One way with an account of its own, from its first page to the account page it ends at; answers with whose. */
export async function changeWay(at: Beside, { kind, towards }: Pick<ChangeWay, 'kind' | 'towards'>, press: Press): Promise<Owner> {
  const visitor = at.visitor();
  const { id, email, begin, submission } = await createChanger(at, kind, towards, at.newestCode);
  await begin(visitor);
  for (let page = stepOf(visitor); page.startsWith(`${kind}/`); page = stepOf(visitor)) {
    const { button, typed } = await submission(visitor);
    // The code of an app is another one soon.
    await press(visitor, page, button, typed, async () => (await submission(visitor)).typed);
    if (stepOf(visitor) === page) throw new Error(`${page} came again: ${visitor.page().text.slice(0, 400)}`);
  }
  return { id, email };
}

/** All of them, one after the other. */
export async function changeTour(server: TestServer, press: Press): Promise<void> {
  for (const way of CHANGE_WAYS) await changeWay({ ...server, newestCode: (to) => newestCode(server, to) }, way, press);
}
