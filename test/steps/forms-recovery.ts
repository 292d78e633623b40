/** What the forms of a recovery refuse: part of the table of forms. */
/** What is wrong, the form, and the problem that each field then has. */
type Row = readonly [what: string, form: Readonly<Record<string, string>>, problems: Readonly<Record<string, string>>, action?: string];

const FIVE = [1, 2, 3, 4, 5];
const given = (change: Readonly<Record<string, string>> = {}) => ({
  ...Object.fromEntries(FIVE.map((n) => [`answer_${n}`, ['Ng', '李', 'Route 66', 'Mango', 'x'][n - 1]!])),
  ...change,
});
const missing = Object.fromEntries(FIVE.map((n) => [`answer_${n}`, 'answer_required']));
const LONG = 'x'.repeat(5000);

export const recoveryForms = (codes: readonly Row[], passwords: readonly Row[], skip: Row): Readonly<Record<string, readonly Row[]>> => ({
  'recovery/email': [
    ['no address', {}, { email: 'email_required' }],
    ['an empty address', { email: ' ' }, { email: 'email_required' }],
    ['no host', { email: 'ana@' }, { email: 'email_invalid' }],
    ['two addresses', { email: 'ana@people.test, eve@people.test' }, { email: 'email_invalid' }],
    ['a line break in it', { email: 'ana@people.test\r\nBcc: eve@people.test' }, { email: 'email_invalid' }],
    ['a long one', { email: `${'a'.repeat(250)}@people.test` }, { email: 'email_invalid' }],
  ],
  'recovery/recovery-code': [...codes, ['a code where none was sent', { code: '123456' }, { code: 'code_none' }]],
  'recovery/choose-proof': [
    ['nothing', {}, { proof: 'proof_required' }],
    ['an empty choice', { proof: '' }, { proof: 'proof_required' }],
    ['the mailbox', { proof: 'method:email' }, { proof: 'proof_required' }],
    ['a method of somebody else', { proof: 'method:theirs' }, { proof: 'proof_required' }],
    ['a code that support never gave', { proof: 'operators' }, { proof: 'proof_required' }],
    ['a passkey that is not there', { proof: 'passkey' }, { proof: 'proof_required' }],
    ['what every object has', { proof: 'constructor' }, { proof: 'proof_required' }],
  ],
  'recovery/answer-questions': [
    ['nothing', {}, missing],
    ['spaces alone', Object.fromEntries(FIVE.map((n) => [`answer_${n}`, ' \t'])), missing],
    ['one missing', given({ answer_3: '' }), { answer_3: 'answer_required' }],
    ['a long one', given({ answer_2: 'x'.repeat(201) }), { answer_2: 'answer_too_long' }],
    ['a book', given({ answer_5: 'Aa! '.repeat(15_000) }), { answer_5: 'answer_too_long' }],
    ['having forgotten them while something else is left', {}, { form: 'proof_required' }, 'forgotten'],
  ],
  'recovery/backup-code': [
    ['nothing', {}, { code: 'backup_code_required' }],
    ['spaces alone', { code: '  ' }, { code: 'backup_code_required' }],
    ['half of one', { code: '7KQM-X3RT' }, { code: 'backup_code_format' }],
    ['a book', { code: LONG }, { code: 'backup_code_format' }],
  ],
  'recovery/support-code': [
    ['nothing', {}, { code: 'support_code_required' }],
    ['half of one', { code: '7KQM-X3RT' }, { code: 'support_code_format' }],
    ['a book', { code: LONG }, { code: 'support_code_format' }],
    ['one that nobody gave', { code: '7KQM-X3RT-H9WF-C4NP' }, { code: 'support_code_wrong' }],
  ],
  'recovery/text-code': [...codes, skip],
  'recovery/authenticator': [...codes, skip],
  'recovery/passkey': [
    ['nothing', {}, { form: 'passkey_needs_script' }],
    ['what no browser says', { credential: '{"id":{"$ne":""}}' }, { form: 'passkey_failed' }],
    ['a book', { credential: LONG.repeat(10) }, { form: 'passkey_failed' }],
  ],
  'recovery/new-password': passwords,
  'recovery/new-method': [
    ['nothing', {}, { method: 'new_method_required' }],
    ['a method that there is not', { method: 'pigeon' }, { method: 'new_method_required' }],
    ['text messages without a number', { method: 'text', text_risks: 'acknowledged' }, { phone: 'phone_required' }],
    ['a foreign number', { method: 'text', text_risks: 'acknowledged', phone: '+52 55 1234 5678' }, { phone: 'phone_not_us' }],
    ['risks that were not shown', { method: 'text', phone: '202 555 0123' }, { method: 'text_risks_required' }],
    ['a long name', { method: 'app', name: 'x'.repeat(41) }, { name: 'name_too_long' }],
  ],
  'recovery/new-email-code': [...codes, skip],
  'recovery/new-text-code': [...codes, skip],
  'recovery/new-authenticator': [...codes, skip],
});

/** Pages that have buttons and no field. */
export const RECOVERY_FIELDLESS = ['recovery/frozen', 'recovery/support', 'recovery/waiting', 'recovery/new-backup-code'];

/** What is shown again of what was typed. */
export const RECOVERY_SHOWN_AGAIN = [
  'recovery/email keeps email',
  'recovery/choose-proof keeps proof',
  ...FIVE.map((n) => `recovery/answer-questions echoes answer_${n}`),
  ...['method', 'phone', 'name', ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `remove_${n}`)].map(
    (field) => `recovery/new-method keeps ${field}`,
  ),
];

/** What was answered before each of these pages, by an account that has all of it. */
export function answersBefore(step: string, accountId: string): object {
  const kinds: Readonly<Record<string, readonly [proof: string, kind: string]>> = {
    'answer-questions': ['questions', 'questions'],
    'backup-code': ['backup-code', 'backup-code'],
    'text-code': ['method:a-phone', 'text'],
    authenticator: ['method:an-app', 'app'],
    passkey: ['passkey', 'passkey'],
    'support-code': ['operators', 'operators'],
  };
  const [proof, kind] = kinds[step] ?? ['nothing', 'nothing'];
  const at = new Date().toISOString();
  return {
    'recovery-code': { canonical: '', accountId, at, former: false, frozen: false },
    'choose-proof': { accountId, since: at, proof, kind, answers: true },
    'new-method': { person: accountId, method: 'text', phone: '+12025550123', remove: [] },
  };
}
