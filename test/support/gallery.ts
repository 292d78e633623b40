/** Every page in every state, with made-up models: what the tests of looks, words and accessibility go through. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../../src/errors.ts';
import { brandSheet } from '../../src/http/brand-sheet.ts';
import { createViews, type PageBrand, type PageModel } from '../../src/http/views.ts';
import type { Language, Text } from '../../src/language.ts';
import { otpauthUri, qrSvg } from '../../src/second-factor/authenticator.ts';
import { createTexts } from '../../src/texts.ts';
import { ACCOUNT_EXHIBITS } from './account-exhibits.ts';
import { recoveryExhibits } from './recovery-exhibits.ts';
import { SIGN_IN_EXHIBITS } from './sign-in-exhibits.ts';

export interface Exhibit {
  readonly view: string;
  /** What is special about it; with the view its name. */
  readonly state: string;
  readonly model: PageModel | ((language: Language) => PageModel);
  readonly signedIn?: boolean;
}

const ROOT = join(import.meta.dirname, '../..');
export const BRAND: PageBrand = JSON.parse(readFileSync(join(ROOT, 'config/brand.json'), 'utf8'));
const BRANDED: PageBrand = {
  ...BRAND,
  support: { url: 'https://help.example.org/account', email: 'support@example.org', phone: '+1 202 555 0100' },
};
export const TEXTS = createTexts(join(ROOT, 'config/locales'));
export const SHEET = brandSheet(BRANDED.colors);
const VIEWS = createViews({ brand: BRANDED, texts: TEXTS, viewsDir: join(ROOT, 'views') });

const AT = new Date('2026-11-22T20:15:00Z');
const TERMS = (language: Language) => ({
  version: '2026-11-01',
  markdown: readFileSync(join(ROOT, `config/terms/2026-11-01.${language}.md`), 'utf8'),
});
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const URI = otpauthUri({ issuer: 'USCIS Account', account: 'ana.lopez@example.com', secret: SECRET });
const SETUP = { qr: await qrSvg(URI), secret: SECRET, groups: SECRET.match(/.{4}/g)!, uri: URI };
const QUESTIONS: { id: string }[] = (JSON.parse(readFileSync(join(ROOT, 'config/security-questions.json'), 'utf8')) as string[]).map(
  (id) => ({ id }),
);
const NAMES: Text[] = ['email', 'terms', 'password', 'delivery', 'backup-code', 'questions'].map((name) => ({ key: `stages.${name}` }));
const stage = (index: number) => ({ name: NAMES[index - 1]!, index, total: NAMES.length });
const RULES = ['length', 'uppercase', 'lowercase', 'special', 'common', 'too-long'];
const LONG = 'maria-guadalupe.de-los-santos.rodriguez-hernandez-y-fernandez@department.of.example-university.example.org';
const JOURNEY: PageModel = {
  action: (name?: string) => ['/interaction/abc/step', name].filter(Boolean).join('/'),
  to: (step: string) => `/interaction/abc/${step}`,
};

const exhibit = (view: string, models: Record<string, PageModel | ((language: Language) => PageModel)>): Exhibit[] =>
  Object.entries(models).map(([state, model]) => ({
    view,
    state,
    model: (language) => ({ ...JOURNEY, ...(typeof model === 'function' ? model(language) : model) }),
  }));

const sentCode = {
  sentTo: 'a•••@example.com',
  minutes: 10,
  sent: true,
  sentAt: AT,
  expiresAt: AT,
  slow: false,
  refused: undefined,
  canSkip: false,
  changeStep: 'delivery',
  until: undefined,
};
const confirmModel = {
  stage: stage(1),
  address: 'ana.lopez@example.com',
  sender: 'USCIS Account <myaccount@example.org>',
  minutes: 10,
  until: AT,
  sent: true,
  limited: 'address',
  slow: false,
  refused: false,
  resendUrl: '/users/confirmation/new',
};
const problems = (field: string, key: string, params: object = {}) => ({ problems: { [field]: { key: `problems.${key}`, ...params } } });

/** What a page asks a passkey for; of this shape, made up. */
const ASKED = { challenge: 'bWFkZSB1cA', rpId: 'localhost', allowCredentials: [], userVerification: 'required' };
const NEW_PASSKEY = {
  options: { ...ASKED, user: { id: 'bWFkZSB1cA', name: 'ana.lopez@example.com' }, pubKeyCredParams: [] },
  values: { name: 'Chrome (Android)' },
};

export const EXHIBITS: readonly Exhibit[] = [
  ...exhibit('sign-up/email', {
    default: { stage: stage(1), signInUrl: '/', resendUrl: '/users/confirmation/new' },
    invalid: {
      stage: stage(1),
      signInUrl: '/',
      resendUrl: '/users/confirmation/new',
      values: { email: 'ana.lopez@' },
      ...problems('email', 'email_invalid'),
    },
    limited: {
      stage: stage(1),
      signInUrl: '/',
      resendUrl: '/users/confirmation/new',
      values: { email: LONG },
      ...problems('form', 'wait', { until: AT }),
    },
  }),
  ...exhibit('sign-up/confirm', {
    default: confirmModel,
    'wrong code': { ...confirmModel, values: { code: '123456' }, ...problems('code', 'code_wrong', { count: 4 }) },
    'slow, long address': { ...confirmModel, slow: true, address: LONG, resendAt: AT },
    'mailed a moment ago': { ...confirmModel, sent: false, resendAt: AT },
    'mailed a minute ago': { ...confirmModel, sent: false },
    'network limited': { ...confirmModel, sent: false, limited: 'network', resendAt: AT },
    'network no longer limited': { ...confirmModel, sent: false, limited: 'network' },
    'mail refused': { ...confirmModel, refused: true },
  }),
  ...exhibit('sign-up/confirm-link', {
    ready: { state: 'ready', address: 'a•••@example.com' },
    expired: { state: 'expired', address: 'a•••@example.com' },
    gone: { state: 'expired', address: undefined },
    used: { state: 'used', address: undefined },
    'signed in': { state: 'signed-in', address: 'a•••@example.com' },
  }),
  ...exhibit('sign-up/resume', {
    default: { stage: stage(1), address: 'ana.lopez@example.com' },
    wrong: { stage: stage(1), address: 'ana.lopez@example.com', ...problems('password', 'password_wrong') },
  }),
  ...exhibit('sign-up/resend', { default: {}, wrong: { values: { email: 'ana' }, ...problems('email', 'email_invalid') } }),
  ...exhibit('sign-up/resend-sent', {
    default: { sender: confirmModel.sender, minutes: 10 },
    'sign-up begun': { sender: confirmModel.sender, minutes: 10, continueUrl: '/interaction/abc/sign-up' },
  }),
  ...exhibit('steps/terms', { default: (language) => ({ stage: stage(2), ...TERMS(language) }) }),
  ...exhibit('steps/new-password', {
    default: { stage: stage(3), address: 'ana.lopez@example.com', rules: RULES, minLength: 8, maxLength: 128 },
    'too short': {
      stage: stage(3),
      address: 'ana.lopez@example.com',
      rules: RULES,
      minLength: 8,
      maxLength: 128,
      ...problems('password', 'password_length', { minLength: 8, maxLength: 128 }),
    },
    'sign out elsewhere': { why: 'change', others: true, address: 'ana.lopez@example.com', rules: RULES, minLength: 8, maxLength: 128 },
    different: {
      stage: stage(3),
      address: LONG,
      rules: RULES,
      minLength: 8,
      maxLength: 128,
      ...problems('password_confirmation', 'password_mismatch'),
    },
  }),
  ...exhibit('steps/delivery', {
    default: { stage: stage(4) },
    'none chosen': { stage: stage(4), ...problems('email', 'method_required') },
    'foreign number': {
      stage: stage(4),
      values: { email: 'on', text: 'on', phone: '+52 55 1234 5678' },
      ...problems('phone', 'phone_not_us'),
    },
    'two methods offered': { stage: stage(4), offered: ['text', 'app'], values: { app: 'on' } },
  }),
  ...exhibit('steps/email-code', {
    default: { stage: stage(4), ...sentCode },
    'wrong code, may skip': { stage: stage(4), ...sentCode, canSkip: true, ...problems('code', 'code_wrong', { count: 1 }) },
    'sent again': { ...sentCode, changeStep: 'choose-method', notice: { key: 'notices.code_sent', to: sentCode.sentTo } },
    'slow, wait': {
      ...sentCode,
      slow: true,
      until: AT,
      notice: { key: 'notices.wait_before_sending', until: AT.toISOString(), tone: 'warning' },
    },
    'not sent': { ...sentCode, sent: false, sentAt: undefined, others: true },
  }),
  ...exhibit('steps/text-code', {
    default: { stage: stage(4), ...sentCode, sentTo: '•••12' },
    ...Object.fromEntries(
      ['opted-out', 'landline', 'invalid-number', 'rejected'].map((refused) => [
        refused,
        { stage: stage(4), ...sentCode, sentTo: '•••12', refused, canSkip: true },
      ]),
    ),
    replaced: { ...sentCode, sentTo: '•••12', ...problems('code', 'code_replaced', { count: 5 }) },
    'not sent': { ...sentCode, sentTo: '•••12', sent: false, others: true, until: AT },
  }),
  ...exhibit('steps/authenticator', {
    'set up': { stage: stage(4), setup: SETUP, canSkip: false, changeStep: 'delivery' },
    'set up, wrong': { stage: stage(4), setup: SETUP, canSkip: true, changeStep: 'delivery', ...problems('code', 'code_wrong_app') },
    'sign in': { canSkip: false, changeStep: undefined, others: true },
  }),
  ...exhibit('steps/new-backup-code', {
    default: { stage: stage(5), code: ['7KQM', 'X3RT', 'H9WF', 'C4NP'], text: '7KQM-X3RT-H9WF-C4NP' },
  }),
  ...exhibit('steps/questions', {
    default: { stage: stage(6), questions: QUESTIONS },
    wrong: {
      stage: stage(6),
      questions: QUESTIONS,
      values: { question_1: QUESTIONS[0]!.id, answer_1: 'Ng' },
      problems: Object.fromEntries(['question_2', 'answer_2', 'question_5'].map((name) => [name, { key: 'problems.code_required' }])),
    },
  }),
  ...exhibit('steps/passkey', {
    default: { options: ASKED, others: true },
    alone: { options: ASKED },
    refused: { options: ASKED, others: true, ...problems('form', 'passkey_copied') },
  }),
  ...exhibit('steps/new-passkey', {
    default: NEW_PASSKEY,
    'long name': { ...NEW_PASSKEY, values: { name: 'x'.repeat(41) }, ...problems('name', 'name_too_long') },
  }),
  ...exhibit('steps/passkey-offer', {
    default: { ...NEW_PASSKEY, days: 30, last: false },
    'sign-up': { ...NEW_PASSKEY, days: 30, last: true },
    'not made': { ...NEW_PASSKEY, days: 30, last: false, ...problems('form', 'passkey_not_made') },
  }),
  ...exhibit('sign-in/password', {
    default: { signUpUrl: '/users/sign_up', resendUrl: '/users/confirmation/new', options: ASKED },
    wrong: {
      options: ASKED,
      signUpUrl: '/users/sign_up',
      resendUrl: '/users/confirmation/new',
      values: { email: 'ana.lopez@example.com' },
      ...problems('form', 'sign_in_failed'),
    },
    empty: {
      options: ASKED,
      signUpUrl: '/x',
      resendUrl: '/y',
      problems: { email: { key: 'problems.email_required' }, password: { key: 'problems.password_required' } },
    },
  }),
  ...exhibit('sign-in/choose-method', {
    default: {
      methods: [
        { id: 'email', method: 'email', to: 'a•••@example.com' },
        { id: 'b', method: 'text', to: '•••12' },
        { id: 'c', method: 'app' },
        { id: 'passkey', method: 'passkey' },
      ],
      values: { method: 'b' },
    },
    'none chosen': {
      methods: [
        { id: 'email', method: 'email', to: 'a•••@example.com' },
        { id: 'c', method: 'app' },
      ],
      ...problems('method', 'one_method_required'),
    },
  }),
  ...SIGN_IN_EXHIBITS,
  ...recoveryExhibits(QUESTIONS.map(({ id }) => id)),
  ...exhibit('sign-in/too-weak', { default: { clientName: 'myUSCIS' } }),
  ...exhibit('service-entry/account-type', {
    default: { serviceName: 'myUSCIS', types: TYPES() },
    'none chosen': { serviceName: 'myUSCIS', types: TYPES(), ...problems('account_type', 'account_type_required') },
  }),
  ...exhibit('consent/consent', {
    default: {
      clientName: 'Casa & Hogar',
      clientUri: 'https://casa.example',
      policyUri: 'https://casa.example/privacy',
      tosUri: 'https://casa.example/terms',
      scopes: ['openid', 'email', 'account_type', 'offline_access', 'x:y'],
    },
    bare: { clientName: 'Casa & Hogar', clientUri: undefined, policyUri: undefined, tosUri: undefined, scopes: ['openid'] },
  }),
  ...ACCOUNT_CHANGES(),
  ...exhibit('account-pages/declined', { default: {} }),
  ...exhibit('account-pages/welcome', {
    default: {
      idleMinutes: 30,
      email: 'ana.lopez@example.com',
      services: [{ id: 'myuscis', name: 'myUSCIS', url: 'http://localhost:3001/login' }],
    },
    'no services': { idleMinutes: 30, email: LONG, services: [] },
  }).map((shown) => ({ ...shown, signedIn: true })),
  ...ACCOUNT_EXHIBITS.map((shown) => ({ ...shown, signedIn: true })),
  ...exhibit('account-pages/secured', { default: {} }),
  ...exhibit('alerts/alert', ALERTS()),
  ...exhibit('errors/error', Object.fromEntries(Object.keys(ERRORS).map((code) => [code, errorModel(code)]))),
  ...exhibit('oidc/logout', { default: { form: form('op.logoutForm') }, service: { form: form('op.logoutForm'), clientName: 'myUSCIS' } }),
  ...exhibit('oidc/signed-out', { default: {} }),
  ...exhibit('oidc/still-signed-in', { default: {}, service: { clientName: 'myUSCIS' } }),
  ...exhibit('oidc/form-post', { default: { form: form('form-post'), formId: 'form-post' } }),
  ...exhibit('oidc/signing-out', { default: { form: form('op.form'), formId: 'op.form' } }),
  ...exhibit('oidc/account-switch', { default: { form: form('op.logoutForm'), formId: 'op.logoutForm' } }),
  ...exhibit('static/help', { default: { facts: { days: 7, holdHours: 24, coolingOffHours: 72 } } }),
  ...exhibit('static/terms', { default: TERMS }),
  ...exhibit('static/privacy', { default: { facts: { days: 7, idleMinutes: 30, absoluteHours: 12, closingDays: 14 } } }),
  ...exhibit('static/accessibility', { default: { facts: {} } }),
];

/** Changes of an account: their owner is signed in. */
function ACCOUNT_CHANGES(): Exhibit[] {
  const [present, second] = ['ana.lopez@example.com', 'ana.notices@example.org'];
  const settling = { present: 'new.address@example.org', former: 'a•••@example.com' };
  const former = [
    { id: 'email', method: 'email', to: 'a•••@example.com' },
    { id: 'b', method: 'text', name: 'My old phone', to: '•••12' },
    { id: 'c', method: 'app' },
    { id: 'backup-code', method: 'backup-code' },
  ];
  return [
    ...exhibit('account-changes/new-address', {
      default: { present },
      same: { present, values: { email: present }, ...problems('email', 'email_same') },
      'moved too often': { present, values: { email: present }, ...problems('email', 'email_moved_often', { until: AT }) },
      long: { present: LONG, values: { email: LONG }, ...problems('email', 'email_invalid') },
    }),
    ...exhibit('account-changes/address-code', {
      default: { ...sentCode, sentTo: 'new.address@example.org', changeStep: 'new-address' },
      'wrong code, long address': { ...sentCode, sentTo: LONG, changeStep: 'new-address', ...problems('code', 'code_wrong', { count: 4 }) },
      refused: { ...sentCode, sentTo: second, changeStep: 'notice-address', refused: 'rejected' },
      'slow, wait': {
        ...sentCode,
        sentTo: second,
        slow: true,
        until: AT,
        notice: { key: 'notices.wait_before_sending', until: AT.toISOString(), tone: 'warning' },
      },
      'not sent': { ...sentCode, sentTo: second, sent: false, sentAt: undefined, changeStep: 'notice-address' },
    }),
    ...exhibit('account-changes/frozen', { default: { settleUrl: '/account/change/settle-email' } }),
    ...exhibit('account-changes/notice-address', {
      default: { address: present, present: null },
      'there is one': { address: present, present: second },
      'long, the main one': { address: LONG, present: LONG, values: { email: LONG }, ...problems('email', 'notice_email_main') },
    }),
    ...exhibit('account-changes/replace-backup-code', { default: { spent: false }, spent: { spent: true } }),
    ...exhibit('account-changes/settle', {
      default: settling,
      'none chosen': { ...settling, ...problems('address', 'settle_required') },
      long: { ...settling, present: LONG, values: { address: 'restore' } },
      'nothing to sign in with': { ...settling, values: { address: 'restore' }, ...problems('address', 'restore_by_recovery') },
    }),
    ...exhibit('account-changes/nothing-to-settle', { default: {} }),
    ...exhibit('account-changes/nothing-from-before', { default: {} }),
    ...exhibit('account-changes/former-method', {
      default: { methods: former, values: { method: 'b' } },
      'none chosen': { methods: former.slice(1), ...problems('method', 'former_method_required') },
    }),
  ].map((shown) => ({ ...shown, signedIn: true }));
}

function TYPES() {
  const [service] = JSON.parse(readFileSync(join(ROOT, 'config/development/services.json'), 'utf8'));
  return service.accountTypes;
}

function ALERTS(): Record<string, PageModel> {
  const alert = (purpose: string, state: string) => ({ purpose, state, until: AT, address: 'l•••@example.net', units: 3 });
  return {
    ...Object.fromEntries(['ready', 'done', 'over', 'limit', 'expired'].map((state) => [`not me, ${state}`, alert('not-me', state)])),
    ...Object.fromEntries(['ready', 'done', 'over', 'expired'].map((state) => [`recovery, ${state}`, alert('cancel-recovery', state)])),
    ...Object.fromEntries(['ready', 'done', 'over', 'expired'].map((state) => [`change, ${state}`, alert('freeze-email', state)])),
    closed: alert('not-me', 'closed'),
  };
}

function errorModel(code: string): PageModel {
  const until = code === 'too_many' || code === 'busy' ? AT : undefined;
  return {
    code,
    reference: '8F3K-22QD',
    until,
    params: {},
    ...(code === 'oauth' && { details: 'invalid_request: redirect_uri is not registered' }),
  };
}

function form(id: string): string {
  return `<form id="${id}" method="post" action="/logout/confirm"><input type="hidden" name="xsrf" value="0a1b2c"></form>`;
}

export const nameOf = ({ view, state }: Exhibit): string => (state === 'default' ? view : `${view} (${state})`);

/** The exhibit as a whole document. */
export function renderExhibit({ view, model, signedIn }: Exhibit, language: Language, nonce?: string): string {
  const service = /^(steps|sign-in|sign-up\/email)/.test(view) ? { service: 'myUSCIS' } : {};
  const page = { language, path: '/here', signedIn: signedIn ?? false, ...service, ...(nonce && { nonce }) };
  return VIEWS.render(view, typeof model === 'function' ? model(language) : model, page);
}
