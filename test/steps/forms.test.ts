/** Every form of every page of a journey: what each field refuses, in which words, and what of it is ever shown again. */
import { expect } from 'chai';
import { JOURNEYS } from '../../src/app.ts';
import type { Deps } from '../../src/deps.ts';
import type { AnyStep } from '../../src/journey/journey.ts';
import { LANGUAGES } from '../../src/language.ts';
import { PASSWORD } from '../support/people.ts';
import { type AnyVisit, INTERACTION, makeAccount, press, sharedServer, visitOf } from '../support/shared-server.ts';
import { answersOfChanges, CHANGE_FIELDLESS, CHANGE_SHOWN_AGAIN, changeForms } from './forms-changes.ts';
import { answersBefore, RECOVERY_FIELDLESS, RECOVERY_SHOWN_AGAIN, recoveryForms } from './forms-recovery.ts';

const ADDRESS = 'ana.lopez@people.test';
type Form = Readonly<Record<string, string>>;
/** What is wrong, the form, and the problem that each field then has; no other field has one. */
type Row = readonly [what: string, form: Form, problems: Readonly<Record<string, string>>, action?: string];

const CODES: readonly Row[] = [
  ['no code', {}, { code: 'code_required' }],
  ['an empty code', { code: '' }, { code: 'code_required' }],
  ['spaces alone', { code: ' \t ' }, { code: 'code_required' }],
  ['five digits', { code: '12345' }, { code: 'code_format' }],
  ['seven digits', { code: '1234567' }, { code: 'code_format' }],
  ['letters', { code: 'abcdef' }, { code: 'code_format' }],
  ['two hundred digits', { code: '1'.repeat(200) }, { code: 'code_format' }],
  ['a whole mail', { code: 'x'.repeat(5000) }, { code: 'code_format' }],
];
const SKIP: Row = ['leaving out the only method', {}, { code: 'cannot_skip' }, 'skip'];

const GOOD = 'Granite-Harbor 71!';
const twice = (password: string): Form => ({ password, password_confirmation: password });
const TEXT: Form = { method: 'text', text_risks: 'acknowledged' };
const ACCEPTED: Form = { text: 'on', text_risks: 'acknowledged' };

const FIVE = [1, 2, 3, 4, 5];
const NINE = [...FIVE, 6, 7, 8, 9];
const named = (name: string, problem: string) => Object.fromEntries(FIVE.map((n) => [`${name}_${n}`, problem]));
const answered = (questions: readonly string[], change: Form = {}): Form => ({
  ...Object.fromEntries(FIVE.map((n) => [`question_${n}`, questions[n - 1]!])),
  ...Object.fromEntries(FIVE.map((n) => [`answer_${n}`, ['Ng', '李', 'Route 66', 'Mango', 'x'][n - 1]!])),
  ...change,
});

const PASSKEYS: readonly Row[] = [
  ['nothing', {}, { form: 'passkey_needs_script' }],
  ['what is no answer of a browser', { credential: '{}' }, { form: 'passkey_not_made' }],
  ['a book', { credential: 'x'.repeat(60_000) }, { form: 'passkey_not_made' }],
  ['a name longer than any', { credential: '{}', name: 'x'.repeat(41) }, { name: 'name_too_long' }],
  ['a name that turns the page around', { credential: '{}', name: 'a\u202eb' }, { name: 'name_characters' }],
];

const PASSWORDS: readonly Row[] = [
  ['nothing', {}, { password: 'password_required', password_confirmation: 'password_confirmation_required' }],
  ['two empty fields', twice(''), { password: 'password_required', password_confirmation: 'password_confirmation_required' }],
  ['only the first field', { password: GOOD }, { password_confirmation: 'password_confirmation_required' }],
  ['only the second field', { password_confirmation: GOOD }, { password: 'password_required' }],
  ['two that differ', { password: GOOD, password_confirmation: `${GOOD} ` }, { password_confirmation: 'password_mismatch' }],
  ['a long second one', { password: GOOD, password_confirmation: 'x'.repeat(1025) }, { password_confirmation: 'password_mismatch' }],
  ['a short one', twice('Aa!4567'), { password: 'password_length' }],
  ['one of 129 characters', twice(`Aa!${'7q'.repeat(63)}`), { password: 'password_too-long' }],
  ['a book', twice('Aa!'.repeat(100_000).slice(0, 1000)), { password: 'password_too-long' }],
  ['no uppercase letter', twice('granite-harbor 71!'), { password: 'password_uppercase' }],
  ['no lowercase letter', twice('GRANITE-HARBOR 71!'), { password: 'password_lowercase' }],
  ['no special character', twice('GraniteHarbor71'), { password: 'password_special' }],
  ...['Password1!', 'Welcome@123', 'Summer2026!'].map((common): Row => [common, twice(common), { password: 'password_common' }]),
  ['a rule and a difference: the rule first', { password: 'short', password_confirmation: GOOD }, { password: 'password_several' }],
];

const NEW_METHOD: readonly Row[] = [
  ['nothing', {}, { method: 'new_method_required' }],
  ['a method that there is not', { method: 'pigeon' }, { method: 'new_method_required' }],
  ['what every object has', { method: 'constructor' }, { method: 'new_method_required' }],
  ['mail, which is set up', { method: 'email' }, { method: 'new_method_required' }],
  ['a long name', { method: 'app', name: 'x'.repeat(41) }, { name: 'name_too_long' }],
  ['text messages without a number', { ...TEXT, phone: ' ' }, { phone: 'phone_required' }],
  ['the number of another country', { ...TEXT, phone: '+52 55 1234 5678' }, { phone: 'phone_not_us' }],
  ['a number that is set up', { ...TEXT, phone: '202 555 0123' }, { phone: 'phone_there' }],
  ['text messages whose risks were not shown', { method: 'text', phone: '202 555 0199' }, { method: 'text_risks_required' }],
];

/** By journey and step; a function where a row needs to know what is configured. */
const TABLE: Readonly<Record<string, readonly Row[] | ((deps: Deps) => readonly Row[])>> = {
  'sign-up/email': [
    ['no address', {}, { email: 'email_required' }],
    ['an empty address', { email: '' }, { email: 'email_required' }],
    ['spaces alone', { email: '   ' }, { email: 'email_required' }],
    ['no host', { email: 'ana@' }, { email: 'email_invalid' }],
    ['two addresses', { email: 'ana@people.test, eve@people.test' }, { email: 'email_invalid' }],
    ['a name beside it', { email: 'Ana <ana@people.test>' }, { email: 'email_invalid' }],
    ['a line break in it', { email: 'ana@people.test\r\nBcc: eve@people.test' }, { email: 'email_invalid' }],
    ['a long one', { email: `${'a'.repeat(250)}@people.test` }, { email: 'email_invalid' }],
  ],
  'sign-up/confirm': CODES,
  'sign-up/resume': [
    ['no password', {}, { password: 'password_required' }],
    ['an empty password', { password: '' }, { password: 'password_required' }],
    ['a password longer than any', { password: 'x'.repeat(1025) }, { password: 'password_wrong' }],
  ],
  'sign-up/new-password': PASSWORDS,
  'sign-up/delivery': [
    ['no method', {}, { email: 'method_required' }],
    ['a number alone', { phone: '202 555 0123' }, { email: 'method_required' }],
    ['text messages without a number', ACCEPTED, { phone: 'phone_required' }],
    ['a number of spaces', { ...ACCEPTED, phone: '  ' }, { phone: 'phone_required' }],
    ...['+52 55 1234 5678', '+1 416 555 0123', '+1 876 555 0123', '1-800-555-0199', '202 555', 'call me', '9'.repeat(500)].map(
      (phone): Row => [`the number ${phone.slice(0, 20)}`, { ...ACCEPTED, phone }, { phone: 'phone_not_us' }],
    ),
    ['text messages whose risks were not shown', { text: 'on', phone: '202 555 0123' }, { text: 'text_risks_required' }],
  ],
  'sign-up/email-code': [...CODES, SKIP],
  'sign-up/text-code': [...CODES, SKIP],
  'sign-up/authenticator': [...CODES, ['a code of another app', { code: '000000' }, { code: 'code_wrong_app' }], SKIP],
  'sign-up/questions': ({ config, texts }) => {
    const [first, second] = config.questions as [string, string];
    const only = (field: string, value: string, problem: string, words = value.slice(0, 20)): Row => [
      `${field}: ${words}`,
      answered(config.questions, { [field]: value }),
      { [field]: problem },
    ];
    return [
      ['nothing', {}, { ...named('question', 'question_required'), ...named('answer', 'answer_required') }],
      only('question_3', '', 'question_required', 'none'),
      only('question_3', 'a question of my own', 'question_required'),
      only('question_3', 'constructor', 'question_required'),
      only('question_2', first, 'question_repeated', 'the first again'),
      only('answer_1', '', 'answer_required', 'none'),
      only('answer_1', '   ', 'answer_required', 'spaces'),
      only('answer_1', '!?', 'answer_empty'),
      only('answer_1', 'x'.repeat(201), 'answer_too_long', 'two hundred and one letters'),
      only('answer_1', ADDRESS.toUpperCase(), 'answer_is_email', 'the address'),
      only('answer_2', texts.in('en').t(`questions.${second}`), 'answer_is_question', 'its question'),
      only('answer_4', ' ROUTE-66 ', 'answer_repeated'),
    ];
  },
  'sign-in/password': [
    ['nothing', {}, { email: 'email_required', password: 'password_required' }],
    ['two empty fields', { email: ' ', password: '' }, { email: 'email_required', password: 'password_required' }],
    ['no password', { email: ADDRESS }, { password: 'password_required' }],
    ['no address', { password: GOOD }, { email: 'email_required' }],
    ['what is no address', { email: 'ana', password: GOOD }, { email: 'email_invalid' }],
    ['a password longer than any', { email: ADDRESS, password: 'x'.repeat(1025) }, { password: 'sign_in_failed' }],
    ['an address that nobody has', { email: ADDRESS, password: GOOD }, { form: 'sign_in_failed' }],
    ['no passkey', {}, { form: 'passkey_needs_script' }, 'passkey'],
    ['what is no answer of a browser', { credential: '{"id":1}' }, { form: 'passkey_failed' }, 'passkey'],
  ],
  'sign-up/passkey-offer': PASSKEYS,
  'sign-in/passkey-offer': PASSKEYS,
  'add-passkey/new-passkey': PASSKEYS,
  'sign-in/passkey': [
    ['nothing', {}, { form: 'passkey_needs_script' }],
    ['what is no answer of a browser', { credential: '{}' }, { form: 'passkey_failed' }],
    ['a book', { credential: 'x'.repeat(60_000) }, { form: 'passkey_failed' }],
  ],
  'sign-in/choose-method': [
    ['nothing', {}, { method: 'one_method_required' }],
    ['an empty choice', { method: '' }, { method: 'one_method_required' }],
    ['a method of somebody else', { method: 'theirs' }, { method: 'one_method_required' }],
    ['a kind of method for a method', { method: 'text' }, { method: 'one_method_required' }],
  ],
  'sign-in/email-code': [...CODES, SKIP],
  'sign-in/text-code': [...CODES, SKIP],
  'sign-in/authenticator': [...CODES, SKIP],
  'sign-in/backup-code': [
    ['no code', {}, { code: 'backup_code_required' }],
    ['spaces alone', { code: ' \t ' }, { code: 'backup_code_required' }],
    ['a one-time code', { code: '123456' }, { code: 'backup_code_format' }],
    ['a sign that no code has', { code: 'ABCD-EFGH-2345-678O' }, { code: 'backup_code_format' }],
    ['two codes', { code: 'ABCD-EFGH-2345-6789\nABCD-EFGH-2345-678A' }, { code: 'backup_code_format' }],
    ['a whole mail', { code: 'x'.repeat(5000) }, { code: 'backup_code_format' }],
  ],
  'sign-in/new-method': NEW_METHOD,
  'sign-in/new-email-code': [...CODES, SKIP],
  'sign-in/new-text-code': [...CODES, SKIP],
  'sign-in/new-authenticator': [...CODES, ['a code of another app', { code: '000000' }, { code: 'code_wrong_app' }], SKIP],
  'sign-in/new-password': [...PASSWORDS, ['the present one', twice(PASSWORD), { password: 'password_same' }]],
  ...recoveryForms(CODES, PASSWORDS, SKIP),
  ...changeForms({
    codes: CODES,
    passwords: [...PASSWORDS, ['the present one', twice(PASSWORD), { password: 'password_same' }]],
    methods: NEW_METHOD,
    skip: SKIP,
  }),
  'service-entry/account-type': [
    ['nothing', {}, { account_type: 'account_type_required' }],
    ['an empty choice', { account_type: '' }, { account_type: 'account_type_required' }],
    ['a type that the service does not have', { account_type: 'administrator' }, { account_type: 'account_type_required' }],
    ['what every object has', { account_type: 'constructor' }, { account_type: 'account_type_required' }],
  ],
};

/** Pages that have buttons and no field. */
const FIELDLESS = [
  'sign-up/terms',
  'sign-up/new-backup-code',
  'sign-in/too-weak',
  'sign-in/locked',
  'sign-in/keep-account',
  'sign-in/new-backup-code',
  'sign-in/terms',
  ...RECOVERY_FIELDLESS,
  ...CHANGE_FIELDLESS,
  'consent/consent',
];

const CHANGES = new Set([
  'change-password',
  'change-email',
  'change-notice-email',
  'add-method',
  'change-backup-code',
  'change-questions',
  'settle-email',
]);

describe('steps: every form', () => {
  const pages = JOURNEYS.flatMap(({ kind, steps }) => steps.map((step) => [`${kind}/${step.name}`, step as AnyStep] as const));
  let answers: object;
  let accountId: string;
  let answersOfChange: Awaited<ReturnType<typeof answersOfChanges>>;

  before(async () => {
    const methods = [
      { id: 'email', method: 'email' },
      { id: 'a-phone', method: 'text', phone: '+12025550123' },
      { id: 'an-app', method: 'app', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', lastStep: 0 },
    ] as const;
    const { id, passwordHash } = await makeAccount({ methods });
    accountId = id;
    answersOfChange = await answersOfChanges();
    answers = {
      email: { address: ADDRESS, canonical: ADDRESS },
      confirm: { canonical: ADDRESS, at: '2026-11-22T12:00:00Z' },
      'new-password': { hash: passwordHash },
      delivery: { at: '', methods: ['email', 'text', 'app'], phone: '+12025550123' },
      from: { accountId: id },
      password: { accountId: id, address: ADDRESS, methods, termsChanged: false, tooWeak: false },
      'new-method': { person: id, method: 'text', phone: '+12025550199', remove: [] },
    };
  });

  const visitTo = (page: string): AnyVisit => {
    const [kind, step] = page.split('/');
    const chosen = { 'email-code': 'email', 'text-code': 'a-phone', authenticator: 'an-app' }[step!];
    const known = kind === 'sign-in' && chosen ? { ...answers, 'choose-method': { id: chosen } } : answers;
    if (kind === 'recovery')
      return visitOf({ ...answers, ...answersBefore(step!, accountId) }, { interaction: { ...INTERACTION, prompt: 'login' } });
    const kept = ['sign-up/authenticator', 'sign-in/new-authenticator', 'add-method/new-authenticator'].includes(page)
      ? { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }
      : undefined;
    return visitOf(
      { ...known, ...(CHANGES.has(kind!) && answersOfChange(page, accountId)) },
      { interaction: { ...INTERACTION, prompt: 'login' }, kept },
    );
  };

  it('is in this table', () => {
    expect([...Object.keys(TABLE), ...FIELDLESS].toSorted()).to.deep.equal(pages.map(([page]) => page).toSorted());
  });

  for (const [page, step] of pages.filter(([name]) => name in TABLE))
    it(`${page} says what is wrong, at the field, in every language`, async () => {
      const { deps } = await sharedServer();
      const rows = TABLE[page]!;
      for (const [what, form, expected, action] of typeof rows === 'function' ? rows(deps) : rows) {
        const outcome = await press(step, visitTo(page), form as Record<string, string>, action);
        if (outcome.kind !== 'stay') throw new Error(`${page} takes ${what}`);
        const found = Object.entries(outcome.problems).map(([field, { key }]) => [field, key.replace('problems.', '')]);
        expect(Object.fromEntries(found), what).to.deep.equal(expected);
        for (const { key, ...params } of Object.values(outcome.problems))
          for (const language of LANGUAGES) expect(deps.texts.in(language).t(key, params), what).not.to.equal('');
      }
    });

  it('shows no secret again that was typed, but the answers to questions, and keeps none', () => {
    const again = pages.flatMap(([page, { typed = [], echoed = [] }]) => [
      ...typed.map((field) => `${page} keeps ${field}`),
      ...echoed.map((field) => `${page} echoes ${field}`),
    ]);
    expect(again).to.deep.equal([
      'sign-up/email keeps email',
      ...['email', 'text', 'app', 'phone'].map((field) => `sign-up/delivery keeps ${field}`),
      ...FIVE.map((n) => `sign-up/questions keeps question_${n}`),
      ...FIVE.map((n) => `sign-up/questions echoes answer_${n}`),
      'sign-up/passkey-offer keeps name',
      'sign-in/password keeps email',
      ...['method', 'phone', 'name', ...NINE.map((n) => `remove_${n}`)].map((field) => `sign-in/new-method keeps ${field}`),
      'sign-in/passkey-offer keeps name',
      ...RECOVERY_SHOWN_AGAIN,
      'service-entry/account-type keeps account_type',
      ...CHANGE_SHOWN_AGAIN[0],
      'add-passkey/new-passkey keeps name',
      ...CHANGE_SHOWN_AGAIN[1],
    ]);
  });
});
