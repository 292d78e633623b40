/** An owner who fills in whatever page of a change of their account comes next, rightly, as the table of edges walks it. */
import { ANSWERS, appCode, type Letterbox, newAddress, newPhone, secretOn } from '../support/people.ts';
import { makeRecoverable, moveAddress } from '../support/recoverable.ts';
import type { Parts } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

interface Submission {
  readonly button: string;
  readonly typed: Readonly<Record<string, string | boolean>>;
}

const NEW_PASSWORD = 'Marble-Lantern 82?';
const NEW_METHODS: Readonly<Record<string, string>> = {
  'new-text-code': 'Text message',
  'new-email-code': 'Email',
  'new-authenticator': 'Authentication app',
};
const FORMER: Readonly<Record<string, string>> = {
  'email-code': 'A code by email',
  'text-code': 'A code by text message',
  authenticator: 'The code of the authentication app',
  'backup-code': 'The backup code',
};
const pageOf = (visitor: Visitor) => new URL(visitor.page().url).pathname.split('/').slice(3, 5).join('/');

/** The ways through the changes: the page that decides between several, and the pages that are walked on the way. */
export const CHANGE_WAYS = [
  { kind: 'change-password', towards: 'new-password', steps: ['new-password'] },
  { kind: 'change-email', towards: 'address-code', steps: ['new-address', 'address-code'] },
  { kind: 'change-email', towards: 'frozen', steps: ['frozen'] },
  { kind: 'change-notice-email', towards: 'address-code', steps: ['notice-address', 'address-code'] },
  { kind: 'add-method', towards: 'new-text-code', steps: ['new-method', 'new-text-code'] },
  { kind: 'add-method', towards: 'new-email-code', steps: ['new-email-code'] },
  { kind: 'add-method', towards: 'new-authenticator', steps: ['new-authenticator'] },
  { kind: 'change-backup-code', towards: 'new-backup-code', steps: ['replace-backup-code', 'new-backup-code'] },
  { kind: 'change-questions', towards: 'questions', steps: ['questions'] },
  { kind: 'settle-email', towards: 'email-code', steps: ['settle', 'former-method', 'email-code'] },
  { kind: 'settle-email', towards: 'text-code', steps: ['text-code'] },
  { kind: 'settle-email', towards: 'authenticator', steps: ['authenticator'] },
  { kind: 'settle-email', towards: 'backup-code', steps: ['backup-code', 'new-backup-code'] },
  { kind: 'settle-email', towards: 'nothing-to-settle', steps: ['nothing-to-settle'] },
  { kind: 'settle-email', towards: 'nothing-from-before', steps: ['nothing-from-before'] },
] as const;

export type ChangeWay = (typeof CHANGE_WAYS)[number];
export type ChangeKind = ChangeWay['kind'];

/** An account of its own for each walk, as what is changed would not be there for the next one. */
export async function createChanger(
  server: Letterbox & { readonly deps: Parts },
  kind: ChangeKind,
  towards: string,
  newestCode: (to: string) => Promise<string>,
) {
  const { deps } = server;
  const settling = kind === 'settle-email' || towards === 'frozen';
  const person = await makeRecoverable(deps, settling ? ['email', 'text', 'app'] : ['text'], { passkeyDeclinedAt: deps.clock() });
  const [address, second, phone] = [newAddress('changed'), newAddress('second'), newPhone()];
  let email = person.email;
  if (towards === 'nothing-from-before') {
    const { backupCodeHash } = await person.account();
    await deps.transaction([
      deps.accounts.replaceMethods(person.id, { id: 'young', method: 'text', phone: person.phone! }),
      deps.accounts.setBackupCode(person.id, { from: null, to: backupCodeHash! }),
    ]);
  }
  if (settling && towards !== 'nothing-to-settle') {
    email = await moveAddress(deps, person);
    await deps.transaction([deps.accounts.freeze(person.id, person.email)]);
  }

  /** Signs in, and opens the first page. */
  async function begin(visitor: Visitor): Promise<void> {
    await visitor.open('/');
    while (pageOf(visitor).startsWith('sign-in/')) {
      const { button, typed } = await submission(visitor);
      await visitor.press(button, typed);
    }
    await visitor.open(`/account/change/${kind}`);
  }

  async function submission(visitor: Visitor, late = false): Promise<Submission> {
    const code = async (to: string) => {
      if (late) await visitor.press('Request a new one-time password');
      return { button: 'Submit', typed: { 'Secure one-time password': await newestCode(to) } };
    };
    switch (pageOf(visitor)) {
      // Asked again the next day.
      case 'sign-in/password':
        return { button: 'Sign In', typed: { 'Email address': email, Password: person.password } };
      case 'sign-in/choose-method':
        return { button: 'Continue', typed: { 'Text message': true } };
      case 'sign-in/text-code':
        return code(person.phone!);
      case 'change-password/new-password':
        return { button: 'Submit', typed: { Password: NEW_PASSWORD, 'Confirm password': NEW_PASSWORD } };
      case 'change-email/new-address':
        return { button: 'Continue', typed: { 'New email address': address } };
      case 'change-email/address-code':
        return code(address);
      case 'change-notice-email/notice-address':
        return { button: 'Continue', typed: { 'Second email address': second } };
      case 'change-notice-email/address-code':
        return code(second);
      case 'change-email/frozen':
      case 'settle-email/nothing-to-settle':
      case 'settle-email/nothing-from-before':
        return { button: 'Go back to your account', typed: {} };
      case 'add-method/new-method':
        return {
          button: 'Submit',
          typed: { [NEW_METHODS[towards]!]: true, ...(towards === 'new-text-code' && { 'U.S. mobile phone number': phone }) },
        };
      case 'add-method/new-text-code':
        return code(phone);
      case 'add-method/new-email-code':
        return code(email);
      case 'add-method/new-authenticator':
        return { button: 'Submit', typed: { 'Secure one-time password': await appCode(server, secretOn(visitor)) } };
      case 'change-backup-code/replace-backup-code':
        return { button: 'Show me a new backup code', typed: {} };
      case 'change-backup-code/new-backup-code':
      case 'settle-email/new-backup-code':
        return { button: 'Proceed', typed: {} };
      case 'change-questions/questions':
        return { button: 'Submit', typed: fiveOn(visitor) };
      case 'settle-email/settle':
        return { button: 'Continue', typed: { 'The former one': true } };
      case 'settle-email/former-method':
        return { button: 'Continue', typed: { [FORMER[towards]!]: true } };
      case 'settle-email/email-code':
        return code(person.email);
      case 'settle-email/text-code':
        return code(person.phone!);
      case 'settle-email/authenticator':
        return { button: 'Submit', typed: { 'Secure one-time password': await appCode(server, person.secret!) } };
      case 'settle-email/backup-code':
        return { button: 'Submit', typed: { 'Backup code': person.backupCode } };
      default:
        throw new Error(`nothing is known of this page: ${pageOf(visitor)}\n${visitor.page().text.slice(0, 600)}`);
    }
  }

  return { id: person.id, email, phone: person.phone!, begin, submission };
}

/** Five questions in the order of the page, with their answers. */
export const fiveOn = (visitor: Visitor): Record<string, string> =>
  Object.fromEntries(
    ANSWERS.flatMap((answer, index) => {
      const options = visitor.fieldOf(`Question ${index + 1}`).querySelectorAll('option');
      const values = options.map((option) => option.getAttribute('value')).filter((value) => value);
      return [
        [`Question ${index + 1}`, values[index]!],
        [`Answer ${index + 1}`, answer],
      ];
    }),
  );
