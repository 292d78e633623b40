/** A person who fills in whatever page of a recovery comes next, rightly, as the table of edges walks it. */
import type { Connection } from 'mongoose';
import { ANSWERS, appCode, type Letterbox, newPhone, secretOn } from '../support/people.ts';
import { makeRecoverable, moveAddress, ripen } from '../support/recoverable.ts';
import { NEW_PASSWORD, stepOf } from '../support/recovering.ts';
import { askedOn } from '../support/software-authenticator.ts';
import type { Parts } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

interface Submission {
  readonly button: string;
  readonly typed: Readonly<Record<string, string | boolean>>;
}

/** What is chosen on the page of proofs, by the page that a walk leads to. */
const CHOICES: Readonly<Record<string, string>> = {
  'answer-questions': 'The answers to my five',
  'backup-code': 'My backup code',
  'text-code': 'My phone',
  authenticator: 'My authentication app',
  passkey: 'A passkey',
  'support-code': 'A code from support',
};
const NOTHING = 'I have none of these';
const NEW_METHODS: Readonly<Record<string, string>> = { 'new-email-code': 'Email', 'new-authenticator': 'Authentication app' };

/** Somebody with an account of their own; `towards` is the page that decides between several ways. */
export async function createRecoverer(
  { server, db }: { readonly server: Letterbox & { readonly deps: Parts }; readonly db: Connection },
  towards: string,
  newestCode: (to: string) => Promise<string>,
) {
  const { deps } = server;
  const person = await makeRecoverable(deps, ['text', 'app', 'passkey']);
  const phone = newPhone();
  let email = person.email;
  if (towards === 'frozen') {
    email = await moveAddress(deps, person);
    await deps.transaction([deps.accounts.freeze(person.id, person.email)]);
  }
  if (towards === 'support') await deps.transaction([deps.accounts.switchQuestions(person.id, false)]);
  if (towards === 'support-code')
    await deps.transaction([
      deps.recoveries.start(person.id, 'operators', 72, await deps.passwords.hash(person.backupCode.replaceAll('-', ''))),
    ]);
  if (towards.startsWith('new-') && towards !== 'new-password') {
    await deps.transaction([deps.recoveries.start(person.id, 'questions', 72)]);
    await ripen(db, person.id);
  }

  async function submission(visitor: Visitor, late: boolean): Promise<Submission> {
    const code = async (to: string) => {
      if (late) await visitor.press('Request a new one-time password');
      return { button: 'Submit', typed: { 'Secure one-time password': await newestCode(to) } };
    };
    switch (stepOf(visitor)) {
      case 'recovery/email':
        return { button: 'Send code', typed: { 'Email address': email } };
      case 'recovery/recovery-code':
        return code(email);
      case 'recovery/choose-proof':
        return {
          button: 'Continue',
          typed: { [CHOICES[towards] ?? (towards === 'new-password' ? CHOICES['answer-questions']! : NOTHING)]: true },
        };
      case 'recovery/answer-questions':
        return {
          button: 'Submit',
          typed: Object.fromEntries(
            ANSWERS.map((answer, index) => [
              visitor
                .page()
                .root.querySelector(`label[for=answer_${index + 1}]`)!
                .text.trim(),
              answer,
            ]),
          ),
        };
      case 'recovery/backup-code':
        return { button: 'Submit', typed: { 'Backup code': person.backupCode } };
      case 'recovery/support-code':
        return { button: 'Submit', typed: { 'Code from support': person.backupCode } };
      case 'recovery/text-code':
        return code(person.phone!);
      case 'recovery/authenticator':
        return { button: 'Submit', typed: { 'Secure one-time password': await appCode(server, person.secret!) } };
      case 'recovery/passkey':
        return { button: 'Use passkey', typed: { '#credential': person.device.get(askedOn(visitor)) } };
      case 'recovery/new-password':
        return { button: 'Submit', typed: { Password: NEW_PASSWORD, 'Confirm password': NEW_PASSWORD } };
      case 'recovery/new-method':
        return NEW_METHODS[towards]
          ? { button: 'Submit', typed: { [NEW_METHODS[towards]]: true } }
          : { button: 'Submit', typed: { 'Text message': true, 'U.S. mobile phone number': phone } };
      case 'recovery/new-email-code':
        return code(email);
      case 'recovery/new-text-code':
        return code(phone);
      case 'recovery/new-authenticator':
        return { button: 'Submit', typed: { 'Secure one-time password': await appCode(server, secretOn(visitor)) } };
      case 'recovery/new-backup-code':
        return { button: 'Proceed', typed: {} };
      case 'recovery/waiting':
      case 'recovery/support':
      case 'recovery/frozen':
        return { button: 'Go to the sign-in page', typed: {} };
      default:
        throw new Error(`nothing is known of this page: ${stepOf(visitor)}\n${visitor.page().text.slice(0, 600)}`);
    }
  }

  return { id: person.id, email, phone, submission };
}
