/** The account's own pages in every state: part of the gallery. */
import { readFileSync } from 'node:fs';
import type { PageModel } from '../../src/http/views.ts';
import type { Exhibit } from './gallery.ts';

const AT = new Date('2026-11-22T20:15:00Z');
const LONG = 'maria-guadalupe.de-los-santos.rodriguez-hernandez-y-fernandez@department.of.example-university.example.org';
const [{ accountTypes: TYPES }] = JSON.parse(readFileSync('config/development/services.json', 'utf8'));
const problems = (field: string, key: string) => ({ problems: { [field]: { key: `problems.${key}` } } });

const METHODS = [
  { id: 'email', method: 'email', name: undefined, to: 'a•••@example.com' },
  { id: 'b', method: 'text', name: 'Teléfono de la oficina', to: '•••12' },
  { id: 'c', method: 'text', name: undefined, to: '•••34' },
  { id: 'd', method: 'app', name: undefined, to: undefined },
];
const PASSKEYS = [
  { id: 'AAECAwQ', name: 'Laptop', createdAt: AT, lastUsedAt: AT },
  { id: 'BAECAwQ', name: LONG.slice(0, 40), createdAt: AT, lastUsedAt: null },
];
const SESSIONS = [
  { id: 'here', device: 'Firefox (Windows)', startedAt: AT, lastUsedAt: AT, here: true },
  { id: 'other', device: '', startedAt: AT, lastUsedAt: AT, here: false },
];
const overviewModel = {
  email: 'ana.lopez@example.com',
  noticeEmail: null as string | null,
  mailLanguage: 'en',
  newPasswordDue: false,
  methods: METHODS,
  mostMethods: 10,
  passkeys: PASSKEYS,
  mostPasskeys: 20,
  hasBackupCode: true,
  questions: 'on' as 'on' | 'off' | 'none' | undefined,
  codesByMail: false,
  types: TYPES.slice(0, 1).map(({ label }: { label: object }) => ({ id: 'myuscis', service: 'myUSCIS', type: label })),
  frozen: false,
};
const securityModel = {
  methods: METHODS,
  mostMethods: 10,
  passkeys: PASSKEYS,
  mostPasskeys: 20,
  sessions: SESSIONS,
  moreSessions: 0,
  services: [
    { clientId: 'myuscis', called: 'myUSCIS', scopes: ['openid', 'email', 'account_type'], since: AT, firstParty: true },
    { clientId: 'casa', called: 'Casa & Hogar', scopes: ['openid', 'x:y'], firstParty: false },
  ],
  events: [
    { at: AT, text: { key: 'history.sign-in-succeeded', method: { key: 'history.methods.text' } }, device: 'Chrome (Android)' },
    { at: AT, text: { key: 'history.limit-reached', until: AT }, device: undefined },
    { at: AT, text: { key: 'history.service-withdrawn', client: 'Casa & Hogar' }, device: 'Safari (iOS)' },
  ],
  olderUrl: undefined as string | undefined,
  newerUrl: undefined as string | undefined,
};
const own = (view: string, models: Readonly<Record<string, PageModel>>): Exhibit[] =>
  Object.entries(models).map(([state, model]) => ({
    view: `account-pages/${view}`,
    state,
    model: { idleMinutes: 30, formUrl: '/account/here', back: '/account', ...model },
  }));

export const ACCOUNT_EXHIBITS: readonly Exhibit[] = [
  ...own('overview', {
    default: overviewModel,
    'just made': { ...overviewModel, codesByMail: true, methods: METHODS.slice(0, 1), passkeys: [], types: [] },
    'without questions yet': { ...overviewModel, questions: 'none' },
    'in a profile without questions': { ...overviewModel, questions: undefined },
    'no room for more': { ...overviewModel, mostMethods: METHODS.length, mostPasskeys: PASSKEYS.length },
    'everything to be done': {
      ...overviewModel,
      email: LONG,
      noticeEmail: LONG,
      newPasswordDue: true,
      hasBackupCode: false,
      questions: 'off',
      frozen: true,
      mailLanguage: 'es',
      notice: { key: 'account-pages.changed.method.removed' },
    },
  }),
  ...own('security', {
    default: securityModel,
    'middle of the history': {
      ...securityModel,
      moreSessions: 7,
      olderUrl: '/account/security?older=a#history',
      newerUrl: '/account/security?newer=b#history',
    },
    'nothing but this device': {
      ...securityModel,
      methods: METHODS.slice(0, 1),
      passkeys: [],
      sessions: SESSIONS.slice(0, 1),
      services: [],
      events: [],
      notice: { key: 'account-pages.changed.sessions.ended' },
    },
  }),
  ...own('remove-method', { default: { method: METHODS[1] }, 'without a name': { method: METHODS[2] }, app: { method: METHODS[3] } }),
  ...own('rename-method', {
    default: { method: METHODS[2], values: { name: '' } },
    empty: { method: METHODS[3], ...problems('name', 'name_required') },
    'too long': { method: METHODS[1], values: { name: LONG }, ...problems('name', 'name_too_long') },
  }),
  ...own('remove-passkey', { default: { passkey: PASSKEYS[0] } }),
  ...own('rename-passkey', {
    default: { passkey: PASSKEYS[1], values: { name: PASSKEYS[1]!.name } },
    wrong: { passkey: PASSKEYS[0], ...problems('name', 'name_characters') },
  }),
  ...own('end-session', { default: { session: SESSIONS[1] }, 'this one': { session: SESSIONS[0] } }),
  ...own('end-other-sessions', { default: {} }),
  ...own('withdraw-service', {
    default: { name: 'myUSCIS', firstParty: true },
    'third party': { name: 'Casa & Hogar', firstParty: false },
  }),
  ...own('account-type', {
    default: { name: 'myUSCIS', types: TYPES, values: { account_type: 'applicant' } },
    'none chosen': { name: 'myUSCIS', types: TYPES, ...problems('account_type', 'account_type_required') },
  }),
  ...own('mail-language', {
    default: { languages: ['en', 'es'], values: { language: 'es' } },
    'none chosen': { languages: ['en', 'es'], ...problems('language', 'language_required') },
  }),
  ...own('recovery-questions', {
    default: { values: { recovery: 'on' } },
    'none chosen': problems('recovery', 'recovery_required'),
  }),
  ...own('not-me', { default: {} }),
  ...own('data', { default: {}, 'none chosen': problems('form', 'data_format_required') }),
  ...own('closed', { default: { days: 14 }, 'one day': { days: 1 } }),
  ...Object.entries({
    default: { address: 'ana.lopez@example.com' },
    unconfirmed: { address: LONG, ...problems('confirm', 'closing_unconfirmed') },
    frozen: { address: LONG, frozen: true },
    'frozen meanwhile': { address: LONG, frozen: true, ...problems('form', 'closing_frozen') },
  }).map(([state, model]) => ({
    view: 'account-changes/close-account',
    state,
    model: { days: 14, action: () => '/interaction/abc/close-account/confirm', ...model },
  })),
];
