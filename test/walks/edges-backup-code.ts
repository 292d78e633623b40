/** The pages after the backup code of a sign-in, and what is rightly typed there. Their account is as it was at first whenever they sign in. */
import type { Connection } from 'mongoose';
import { appCode, newPhone, PASSWORD, secretOn } from '../support/people.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import type { TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';
import { placeOf, type Submission } from './edges-walker.ts';

/** The ways of a sign-in that go by the backup code, named by the method that is set up after it. */
export const BY_BACKUP_CODE = {
  'new-text-code': 'Text message',
  'new-email-code': 'Email',
  'new-authenticator': 'Authentication app',
} as const;
const NEW_PASSWORD = 'Marble-Lantern 82?';

/** An account with an app, a password that others may know, and closing; its owner has the backup code. */
export async function createBackupCodeWalk(
  { server, db }: { server: TestServer; db: Connection },
  towards: keyof typeof BY_BACKUP_CODE,
  newestCode: (to: string) => Promise<string>,
) {
  const person = await makeRecoverable(server.deps, ['app'], { passkeyDeclinedAt: server.clock() });
  const { _id, ...account } = (await db.collection<{ _id: string }>('accounts').findOne({ _id: person.id }))!;
  const asItWas = () => {
    const closesAt = new Date(server.clock().getTime() + 14 * 24 * 3600_000);
    const due = { newPasswordDue: true, terms: { version: '2020-01-01', at: closesAt }, closesAt };
    return db.collection<{ _id: string }>('accounts').replaceOne({ _id }, { ...account, ...due });
  };
  const phone = newPhone();

  return {
    email: person.email,
    phone,
    async submission(visitor: Visitor, late: boolean): Promise<Submission | undefined> {
      const code = async (to: string) => {
        if (late) await visitor.press('Request a new one-time password');
        return { 'Secure one-time password': await newestCode(to) };
      };
      switch (placeOf(visitor.page())) {
        case 'sign-in/authenticator':
          return { button: "I can't get a code: use my backup code", typed: {} };
        case 'sign-in/backup-code':
          return { button: 'Submit', typed: { 'Backup code': person.backupCode } };
        case 'sign-in/keep-account':
          return { button: 'Keep my account', typed: {} };
        case 'sign-in/new-method':
          return {
            button: 'Submit',
            typed: { [BY_BACKUP_CODE[towards]]: true, ...(towards === 'new-text-code' && { 'U.S. mobile phone number': phone }) },
          };
        case 'sign-in/new-text-code':
          return { button: 'Submit', typed: await code(phone) };
        case 'sign-in/new-email-code':
          return { button: 'Submit', typed: await code(person.email) };
        case 'sign-in/new-authenticator':
          return { button: 'Submit', typed: { 'Secure one-time password': await appCode(server, secretOn(visitor)) } };
        case 'sign-in/new-backup-code':
          return { button: 'Proceed', typed: {} };
        case 'sign-in/new-password':
          return { button: 'Submit', typed: { Password: NEW_PASSWORD, 'Confirm password': NEW_PASSWORD } };
        case 'sign-in/password':
          await asItWas();
          return { button: 'Sign In', typed: { 'Email address': person.email, Password: PASSWORD } };
        default:
          return undefined;
      }
    },
  };
}
