/** The pages that a sign-in comes to when something was lost or has to be put right, in every state: part of the gallery. */
import type { PageModel } from '../../src/http/views.ts';
import type { Exhibit } from './gallery.ts';

const AT = new Date('2026-11-22T20:15:00Z');
const LONG_NAME = 'El teléfono nuevo de la oficina de abajo';
const PAGE: PageModel = {
  action: (name?: string) => ['/interaction/abc/sign-in/step', name].filter(Boolean).join('/'),
  to: (step: string) => `/interaction/abc/sign-in/${step}`,
};
const recoveryUrl = '/interaction/abc/recovery';
const problem = (field: string, key: string, params: object = {}) => ({ problems: { [field]: { key: `problems.${key}`, ...params } } });
const exhibit = (view: string, models: Record<string, PageModel>): Exhibit[] =>
  Object.entries(models).map(([state, model]) => ({ view, state, model: { ...PAGE, ...model } }));

const code = {
  sentTo: '•••12',
  minutes: 10,
  sent: true,
  sentAt: AT,
  expiresAt: AT,
  slow: false,
  refused: undefined,
  canSkip: false,
  until: undefined,
};
const password = {
  signUpUrl: '/interaction/abc/sign-up',
  resendUrl: '/users/confirmation/new',
  recoveryUrl,
  options: { challenge: 'abc' },
};
const offered = ['email', 'text', 'app'];
const former = [
  { id: 'a', method: 'text', to: '•••12' },
  { id: 'b', method: 'text', to: '•••34', name: LONG_NAME },
  { id: 'c', method: 'app' },
  { id: 'd', method: 'app', name: 'Tablet' },
];
const rules = ['length', 'uppercase', 'lowercase', 'special', 'common', 'too-long'];
const newPassword = { address: 'ana.lopez@example.com', rules, minLength: 8, maxLength: 128 };
const methods = [
  { id: 'email', method: 'email', to: 'a•••@example.com' },
  { id: 'b', method: 'text', to: '•••12' },
];

export const SIGN_IN_EXHIBITS: readonly Exhibit[] = [
  ...exhibit('sign-in/password', {
    'again, for a change': { ...password, again: true, values: { email: 'ana.lopez@example.com' } },
    'a stronger factor is asked for': { ...password, stepUp: { address: 'a•••@example.com', clientName: 'The Bank', to: '•••12' } },
    'one of several stronger ones': { ...password, stepUp: { address: 'a•••@example.com', clientName: 'The Bank', to: undefined } },
    'the password was too long ago': { ...password, ...problem('form', 'password_again') },
  }),
  ...exhibit('sign-in/too-weak', {
    'a method can be set up': { clientName: 'The Bank', setUp: { url: '/authorize?client_id=account-pages', passkey: false } },
    'a passkey can be set up': { clientName: 'The Bank', setUp: { url: '/authorize?client_id=account-pages', passkey: true } },
  }),
  ...exhibit('sign-in/choose-method', {
    'with a backup code': { methods: [...methods, { id: 'backup-code', method: 'backup-code' }] },
    'without a backup code': { methods, recoveryUrl },
  }),
  ...exhibit('steps/text-code', {
    'with a backup code': { ...code, others: true, backup: true, recoveryUrl },
    'without a backup code': { ...code, backup: false, recoveryUrl },
  }),
  ...exhibit('steps/authenticator', { 'with a backup code': { canSkip: false, backup: true, recoveryUrl } }),
  ...exhibit('steps/backup-code', {
    default: { changeStep: 'text-code', recoveryUrl },
    wrong: { changeStep: 'choose-method', recoveryUrl, ...problem('code', 'backup_code_wrong', { count: 2 }) },
    'wrong for the last time': { changeStep: undefined, recoveryUrl, ...problem('code', 'backup_code_wrong', { count: 0 }) },
    used: { changeStep: 'choose-method', recoveryUrl, ...problem('code', 'backup_code_used') },
  }),
  ...exhibit('steps/new-method', {
    default: { offered, former: [] },
    'in the place of mailed codes': { offered: ['text', 'app'], former: [], why: 'mail-ends' },
    'after the backup code': { offered, former, why: 'code-spent' },
    'phones and apps that may be lost': {
      offered,
      former,
      values: { method: 'text', phone: '202 555 0123', remove_1: 'a', remove_4: 'd' },
    },
    'none chosen': { offered: ['text', 'app'], former, ...problem('method', 'new_method_required') },
    'a number that is there': { offered, former, values: { method: 'text', phone: '202 555 0112' }, ...problem('phone', 'phone_there') },
  }),
  ...exhibit('steps/new-password', {
    due: { ...newPassword, why: 'due' },
    'the present one': { ...newPassword, why: 'change', ...problem('password', 'password_same') },
  }),
  ...exhibit('sign-in/locked', { default: {} }),
  ...exhibit('sign-in/keep-account', { default: { until: AT }, 'its day over': { until: undefined } }),
];
