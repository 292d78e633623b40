/** The pages of a sign-in after the backup code, and of one that has to put something right: part of the tour of every page. */
import { appCode, backupCodeOn, codeTo, newPhone, secretOn } from './people.ts';
import { makeRecoverable } from './recoverable.ts';
import { pageOf, type Tour, type Typed } from './tour.ts';
import type { Visitor } from './visitor.ts';

type Fields = Readonly<Record<string, 'needed' | 'optional'>>;
const REMOVALS = Object.fromEntries([1, 2, 3].map((n) => [`remove_${n}`, 'optional' as const]));

/** Their forms, with the fields that each has. */
export const BACKUP_CODE_FORMS: Readonly<Record<string, Fields>> = {
  ...Object.fromEntries(['email-code', 'text-code', 'authenticator', 'passkey'].map((step) => [`sign-in/${step}/backup-code`, {}])),
  'sign-in/backup-code': { code: 'needed' },
  'sign-in/keep-account': {},
  'sign-in/keep-account/leave': {},
  'sign-in/new-method': { method: 'needed', phone: 'needed', name: 'optional', text_risks: 'optional', ...REMOVALS },
  'sign-in/new-email-code': { code: 'needed' },
  'sign-in/new-email-code/resend': {},
  'sign-in/new-text-code': { code: 'needed' },
  'sign-in/new-text-code/resend': {},
  'sign-in/new-authenticator': { code: 'needed' },
  'sign-in/new-backup-code': {},
  'sign-in/new-backup-code/download': {},
  'sign-in/new-password': { username: 'optional', password: 'needed', password_confirmation: 'needed' },
};

const NEW_PASSWORD = 'Marble-Lantern 82?';

/** Three sign-ins by the backup code, one for each method that is set up after it; the first of an account with a password to change. */
export async function backupCodeTour(tour: Tour, signIns: 1 | 3 = 3): Promise<undefined> {
  const { letterbox, db, deps, press } = tour;
  const person = await makeRecoverable(deps, ['app'], { passkeyDeclinedAt: deps.clock() });
  const due = { newPasswordDue: true, closesAt: new Date(letterbox.clock().getTime() + 14 * 24 * 3600_000) };
  await db.collection<{ _id: string }>('accounts').updateOne({ _id: person.id }, { $set: due });
  const phone = newPhone();
  let { backupCode, password } = person;

  const signIn = async (visitor: Visitor, choose: Typed, prove: () => Promise<string>) => {
    const go = (button: string, typed: Typed = {}, later?: () => Promise<Typed>) => press(visitor, pageOf(visitor), button, typed, later);
    await visitor.open(`${tour.origin}/`);
    await go('Sign In', { 'Email address': person.email, Password: password });
    if (pageOf(visitor) === 'sign-in/choose-method') await go('Continue', { 'Backup code': true });
    else await go("I can't get a code: use my backup code");
    await go('Submit', { 'Backup code': backupCode });
    if (pageOf(visitor) === 'sign-in/keep-account') await go('Keep my account');
    await go('Submit', choose);
    const proof = async () => ({ 'Secure one-time password': await prove() });
    await go('Submit', await proof(), proof);
    backupCode = backupCodeOn(visitor);
    await go('Proceed');
    if (pageOf(visitor) !== 'sign-in/new-password') return;
    password = NEW_PASSWORD;
    await go('Submit', { Password: password, 'Confirm password': password });
  };

  const text = { 'Text message': true, 'U.S. mobile phone number': phone };
  await signIn(tour.visitor(), text, () => codeTo(letterbox, phone));
  if (signIns === 1) return undefined;
  await signIn(tour.visitor(), { Email: true }, () => codeTo(letterbox, person.email));
  const last = tour.visitor();
  await signIn(last, { 'Authentication app': true }, () => appCode(letterbox, secretOn(last)));
  return undefined;
}
