/** A tour of every page of a recovery, along all of its ways. */
import type { Connection } from 'mongoose';
import { createRecoverer } from '../walks/edges-recovery.ts';
import { newestCode } from '../walks/edges-walker.ts';
import type { Beside, Owner } from './change-tour.ts';
import { stepOf } from './recovering.ts';
import type { TestServer } from './server.ts';
import type { Press } from './tour.ts';

export const RECOVERY_WAYS = [
  'new-password',
  'backup-code',
  'text-code',
  'authenticator',
  'passkey',
  'support-code',
  'support',
  'frozen',
  'new-text-code',
  'new-email-code',
  'new-authenticator',
] as const;
const CODE = { code: 'needed' } as const;

/** The forms met on the way, as the test of hostile input lists them. */
export const RECOVERY_FORMS: Readonly<Record<string, Readonly<Record<string, 'needed' | 'optional'>>>> = {
  'recovery/email': { email: 'needed' },
  'recovery/recovery-code': CODE,
  'recovery/recovery-code/resend': {},
  'recovery/frozen': {},
  'recovery/choose-proof': { proof: 'needed' },
  'recovery/answer-questions': Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`answer_${n}`, 'needed'])),
  'recovery/answer-questions/forgotten': {},
  'recovery/backup-code': CODE,
  'recovery/text-code': CODE,
  'recovery/text-code/resend': {},
  'recovery/authenticator': CODE,
  'recovery/passkey': { credential: 'needed' },
  'recovery/support-code': CODE,
  'recovery/support': {},
  'recovery/waiting': {},
  'recovery/new-password': { username: 'optional', password: 'needed', password_confirmation: 'needed' },
  'recovery/new-method': { method: 'needed', phone: 'needed', text_risks: 'optional', name: 'optional' },
  'recovery/new-email-code': CODE,
  'recovery/new-email-code/resend': {},
  'recovery/new-text-code': CODE,
  'recovery/new-text-code/resend': {},
  'recovery/new-authenticator': CODE,
  'recovery/new-backup-code': {},
  'recovery/new-backup-code/download': {},
};

/** One way with an account of its own, from the address to the sign-in page it ends at; answers with whose. */
export async function recoveryWay(at: Beside & { readonly db: Connection }, towards: string, press: Press): Promise<Owner> {
  const visitor = at.visitor();
  const { id, email, submission } = await createRecoverer({ server: at, db: at.db }, towards, at.newestCode);
  await visitor.open('/users/password/new');
  for (let page = stepOf(visitor); page !== 'sign-in/password'; page = stepOf(visitor)) {
    const { button, typed } = await submission(visitor, false);
    // The code of an app is another one soon.
    await press(visitor, page, button, typed, async () => (await submission(visitor, false)).typed);
    if (stepOf(visitor) === page) throw new Error(`${page} came again: ${visitor.page().text.slice(0, 400)}`);
  }
  return { id, email };
}

/** All of them, one after the other. */
export async function recoveryTour({ server, db }: { readonly server: TestServer; readonly db: Connection }, press: Press): Promise<void> {
  for (const towards of RECOVERY_WAYS) await recoveryWay({ ...server, db, newestCode: (to) => newestCode(server, to) }, towards, press);
}
