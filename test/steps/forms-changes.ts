/** What the forms of changes of an account refuse: part of the table of forms. */
import { objectionFrom } from '../../src/account-changes/addresses/objection.ts';
import { newAddress } from '../support/people.ts';
import { commit, makeAccount, sharedServer } from '../support/shared-server.ts';

/** What is wrong, the form, and the problem that each field then has. */
type Row = readonly [what: string, form: Readonly<Record<string, string>>, problems: Readonly<Record<string, string>>, action?: string];

/** Rows that other journeys have, too. */
interface Shared {
  readonly codes: readonly Row[];
  readonly passwords: readonly Row[];
  readonly methods: readonly Row[];
  readonly skip: Row;
}

const FIVE = [1, 2, 3, 4, 5];
const named = (name: string, problem: string) => Object.fromEntries(FIVE.map((n) => [`${name}_${n}`, problem]));
const LONG = 'x'.repeat(5000);
const NO_CODE: Row = ['a code where none was sent', { code: '123456' }, { code: 'code_none' }];
const ADDRESSES: readonly Row[] = [
  ['no address', {}, { email: 'email_required' }],
  ['an empty address', { email: ' ' }, { email: 'email_required' }],
  ['no host', { email: 'ana@' }, { email: 'email_invalid' }],
  ['two addresses', { email: 'ana@people.test, eve@people.test' }, { email: 'email_invalid' }],
  ['a name beside it', { email: 'Ana <ana@people.test>' }, { email: 'email_invalid' }],
  ['a line break in it', { email: 'ana@people.test\r\nBcc: eve@people.test' }, { email: 'email_invalid' }],
  ['a long one', { email: `${'a'.repeat(250)}@people.test` }, { email: 'email_invalid' }],
];

export const changeForms = ({ codes, passwords, methods, skip }: Shared): Readonly<Record<string, readonly Row[]>> => {
  const sent = [...codes, NO_CODE, skip];
  const app: readonly Row[] = [...codes, ['a code of another app', { code: '000000' }, { code: 'code_wrong_app' }], skip];
  return {
    'change-password/new-password': passwords,
    'change-email/new-address': ADDRESSES,
    'change-email/address-code': sent,
    'change-notice-email/notice-address': [
      ...ADDRESSES,
      ['removing an address that is not there', {}, { email: 'notice_email_none' }, 'remove'],
    ],
    'change-notice-email/address-code': sent,
    'add-method/new-method': methods,
    'add-method/new-email-code': sent,
    'add-method/new-text-code': sent,
    'add-method/new-authenticator': app,
    'change-questions/questions': [['nothing', {}, { ...named('question', 'question_required'), ...named('answer', 'answer_required') }]],
    'settle-email/settle': [
      ['nothing', {}, { address: 'settle_required' }],
      ['an empty choice', { address: '' }, { address: 'settle_required' }],
      ['a third address', { address: 'eve@people.test' }, { address: 'settle_required' }],
      ['what every object has', { address: 'constructor' }, { address: 'settle_required' }],
    ],
    'settle-email/former-method': [
      ['nothing', {}, { method: 'former_method_required' }],
      ['an empty choice', { method: '' }, { method: 'former_method_required' }],
      ['a method that came after the change', { method: 'theirs' }, { method: 'former_method_required' }],
      ['what every object has', { method: 'constructor' }, { method: 'former_method_required' }],
    ],
    'settle-email/email-code': sent,
    'settle-email/text-code': sent,
    'settle-email/authenticator': app,
    'close-account/confirm': [
      ['nothing', {}, { confirm: 'closing_unconfirmed' }],
      ['an empty box', { confirm: '' }, { confirm: 'closing_unconfirmed' }],
    ],
    'settle-email/backup-code': [
      ['nothing', {}, { code: 'backup_code_required' }],
      ['half of one', { code: '7KQM-X3RT' }, { code: 'backup_code_format' }],
      ['a book', { code: LONG }, { code: 'backup_code_format' }],
      ['one that nobody gave', { code: '7KQM-X3RT-H9WF-C4NP' }, { code: 'backup_code_wrong' }],
    ],
  };
};

export const CHANGE_FIELDLESS = [
  'change-email/frozen',
  'change-backup-code/replace-backup-code',
  'change-backup-code/new-backup-code',
  'settle-email/nothing-to-settle',
  'settle-email/nothing-from-before',
  'settle-email/new-backup-code',
];

const METHOD = ['method', 'phone', 'name', ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `remove_${n}`)];

/** What is shown again of what was typed, before and after the page of a passkey. */
export const CHANGE_SHOWN_AGAIN = [
  [
    'change-password/new-password keeps others',
    'change-email/new-address keeps email',
    'change-notice-email/notice-address keeps email',
    ...METHOD.map((field) => `add-method/new-method keeps ${field}`),
  ],
  [
    ...FIVE.map((n) => `change-questions/questions keeps question_${n}`),
    ...FIVE.map((n) => `change-questions/questions echoes answer_${n}`),
    'settle-email/settle keeps address',
    'settle-email/former-method keeps method',
  ],
] as const;

/** The answers before the pages of a change, for the account that the change is about; one that settles has an objection of its own. */
export async function answersOfChanges() {
  const { deps } = await sharedServer();
  const methods = [
    { id: 'email', method: 'email' },
    { id: 'a-phone', method: 'text', phone: '+12025550123' },
    { id: 'an-app', method: 'app', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', lastStep: 0 },
  ] as const;
  const { id, email } = await makeAccount({ methods, backupCodeHash: await deps.passwords.hash('a backup code') });
  const address = (whole: string) => ({ address: whole, canonical: whole });
  await commit([deps.accounts.changeEmail(id, address(email), address(newAddress()))]);
  await commit([deps.accounts.freeze(id, email)]);
  const settling = { accountId: id, ...objectionFrom((await deps.accounts.find(id))!) };
  const to = address('eve@people.test');
  const CHOSEN: Readonly<Record<string, string>> = {
    'email-code': 'email',
    'text-code': 'a-phone',
    authenticator: 'an-app',
    'backup-code': 'backup-code',
  };
  return (page: string, accountId: string): object => {
    const [kind, step] = page.split('/') as [string, string];
    if (kind === 'settle-email') return { from: settling, 'former-method': { id: CHOSEN[step] } };
    return { from: { accountId }, 'new-address': to, 'notice-address': { to } };
  };
}
