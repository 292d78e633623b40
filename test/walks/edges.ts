/**
 * What people meet at each page when they do not simply go on. The compiler checks that no step of any journey is missing; `edges-cells.ts`
 * walks every cell.
 */
import type { JOURNEYS } from '../../src/app.ts';
import type { Journey } from '../../src/journey/journey.ts';

type AnyJourney = (typeof JOURNEYS)[number];
export type Kind = AnyJourney['kind'];
type NamesOf<Found> = Found extends Journey<string, infer Names> ? Names : never;
export type StepOf<Of extends Kind> = NamesOf<Extract<AnyJourney, { readonly kind: Of }>>;

/** A page of a journey, the welcome page, or back at the service with a code. */
export type Place = { [Of in Kind]: `${Of}/${StepOf<Of>}` }[Kind] | 'welcome' | 'account' | 'closed' | 'service';

export interface Row {
  /** Submitted once, as meant. */
  readonly next: Place;
  /** The page before is opened again, and, where it is shown, submitted again. `first`: there is none. */
  readonly back: { readonly shows: Place; readonly submitted: Place } | 'first';
  readonly reload: Place;
  /** The same page in a second tab goes on; then the first tab is reloaded. */
  readonly secondTab: Place;
  /** Something else is begun in a second tab; then the first tab is reloaded. */
  readonly otherBegun: Place;
  /** Two clicks at once, and the same form once more. */
  readonly doubleSubmit: Place;
  /** The authorization's time is over: the page is opened; its form is sent, and these fields still hold what was typed. */
  readonly expired: { readonly opened: Place; readonly submitted: Place; readonly keeps: readonly string[] };
  /** Opened again 24 hours later. */
  readonly nextDay: Place;
}

/** Where nothing is special: it stays this page until it is submitted, then it is the next one; before it is the page `before`. */
const usual = <At extends Place>(at: At, next: Place, change: Partial<Row> = {}): Row => ({
  next,
  back: { shows: at, submitted: at },
  reload: at,
  secondTab: next === 'service' ? 'welcome' : next,
  otherBegun: at,
  doubleSubmit: next,
  expired: { opened: at, submitted: at, keeps: [] },
  nextDay: at,
  ...change,
});
/** This page may be changed: opened again, it is shown, until then. */
const changeable = (at: Place): Pick<Row, 'secondTab'> => ({ secondTab: at });
/** The page before may be changed: it is shown, and leads here again. */
const backTo = (before: Place, at: Place): Pick<Row, 'back'> => ({ back: { shows: before, submitted: at } });
/** A sign-in is not continued the next day. */
const ANEW = { nextDay: 'sign-in/password' } as const;
/** A recovery begins again the next day; what of it has to wait is kept elsewhere. */
const ASKED_AGAIN = { nextDay: 'recovery/email' } as const;
/** One of the proofs that a recovery offers. */
const proofOfRecovery = <At extends Place>(at: At, next: Place) =>
  usual(at, next, { ...backTo('recovery/choose-proof', at), ...ASKED_AGAIN });

export const EDGES: { readonly [Of in Kind]: { readonly [Step in StepOf<Of>]: Row } } = {
  'sign-up': {
    email: usual('sign-up/email', 'sign-up/confirm', {
      back: 'first',
      ...changeable('sign-up/email'),
      expired: { opened: 'sign-up/email', submitted: 'sign-up/email', keeps: ['Email address'] },
    }),
    confirm: usual('sign-up/confirm', 'sign-up/resume', backTo('sign-up/email', 'sign-up/confirm')),
    resume: usual('sign-up/resume', 'sign-up/terms'),
    terms: usual('sign-up/terms', 'sign-up/new-password', changeable('sign-up/terms')),
    'new-password': usual('sign-up/new-password', 'sign-up/delivery', {
      ...backTo('sign-up/terms', 'sign-up/new-password'),
      ...changeable('sign-up/new-password'),
    }),
    delivery: usual('sign-up/delivery', 'sign-up/email-code', {
      ...backTo('sign-up/new-password', 'sign-up/delivery'),
      ...changeable('sign-up/delivery'),
      expired: {
        opened: 'sign-up/delivery',
        submitted: 'sign-up/delivery',
        keeps: ['Email', 'Text message', 'Authentication app', 'U.S. mobile phone number'],
      },
    }),
    'email-code': usual('sign-up/email-code', 'sign-up/text-code', backTo('sign-up/delivery', 'sign-up/email-code')),
    'text-code': usual('sign-up/text-code', 'sign-up/authenticator'),
    authenticator: usual('sign-up/authenticator', 'sign-up/new-backup-code'),
    'new-backup-code': usual('sign-up/new-backup-code', 'sign-up/questions'),
    questions: usual('sign-up/questions', 'sign-up/passkey-offer', {
      expired: {
        opened: 'sign-up/questions',
        submitted: 'sign-up/questions',
        keeps: ['Question 1', 'Question 2', 'Question 3', 'Question 4', 'Question 5'],
      },
    }),
    'passkey-offer': usual('sign-up/passkey-offer', 'welcome'),
  },
  'sign-in': {
    password: usual('sign-in/password', 'sign-in/choose-method', {
      back: 'first',
      ...changeable('sign-in/password'),
      expired: { opened: 'sign-in/password', submitted: 'sign-in/password', keeps: ['Email address'] },
    }),
    // Turned away, nobody is signed in.
    'too-weak': usual('sign-in/too-weak', 'service', {
      ...backTo('sign-in/password', 'sign-in/too-weak'),
      ...ANEW,
      secondTab: 'sign-in/password',
    }),
    'choose-method': usual('sign-in/choose-method', 'sign-in/email-code', {
      ...changeable('sign-in/choose-method'),
      ...backTo('sign-in/password', 'sign-in/choose-method'),
      ...ANEW,
    }),
    'email-code': usual('sign-in/email-code', 'sign-in/terms', { ...backTo('sign-in/choose-method', 'sign-in/email-code'), ...ANEW }),
    'text-code': usual('sign-in/text-code', 'sign-in/terms', { ...backTo('sign-in/choose-method', 'sign-in/text-code'), ...ANEW }),
    'backup-code': usual('sign-in/backup-code', 'sign-in/keep-account', {
      ...backTo('sign-in/authenticator', 'sign-in/backup-code'),
      ...ANEW,
    }),
    // Nobody is signed in: from our own pages it is the sign-in again.
    locked: usual('sign-in/locked', 'sign-in/password', ANEW),
    'keep-account': usual('sign-in/keep-account', 'sign-in/new-method', ANEW),
    'new-method': usual('sign-in/new-method', 'sign-in/new-text-code', {
      ...changeable('sign-in/new-method'),
      expired: { opened: 'sign-in/new-method', submitted: 'sign-in/new-method', keeps: ['Text message', 'U.S. mobile phone number'] },
      ...ANEW,
    }),
    'new-text-code': usual('sign-in/new-text-code', 'sign-in/new-backup-code', {
      ...backTo('sign-in/new-method', 'sign-in/new-text-code'),
      ...ANEW,
    }),
    'new-email-code': usual('sign-in/new-email-code', 'sign-in/new-backup-code', {
      ...backTo('sign-in/new-method', 'sign-in/new-email-code'),
      ...ANEW,
    }),
    'new-authenticator': usual('sign-in/new-authenticator', 'sign-in/new-backup-code', {
      ...backTo('sign-in/new-method', 'sign-in/new-authenticator'),
      ...ANEW,
    }),
    'new-backup-code': usual('sign-in/new-backup-code', 'sign-in/new-password', ANEW),
    'new-password': usual('sign-in/new-password', 'sign-in/terms', { ...changeable('sign-in/new-password'), ...ANEW }),
    authenticator: usual('sign-in/authenticator', 'sign-in/terms', {
      ...backTo('sign-in/choose-method', 'sign-in/authenticator'),
      ...ANEW,
    }),
    passkey: usual('sign-in/passkey', 'sign-in/terms', { ...backTo('sign-in/choose-method', 'sign-in/passkey'), ...ANEW }),
    terms: usual('sign-in/terms', 'welcome', ANEW),
    'passkey-offer': usual('sign-in/passkey-offer', 'welcome', { ...backTo('sign-in/terms', 'sign-in/passkey-offer'), ...ANEW }),
  },
  recovery: {
    email: usual('recovery/email', 'recovery/recovery-code', {
      back: 'first',
      ...changeable('recovery/email'),
      expired: { opened: 'recovery/email', submitted: 'recovery/email', keeps: ['Email address'] },
      ...ASKED_AGAIN,
    }),
    'recovery-code': usual('recovery/recovery-code', 'recovery/choose-proof', {
      ...backTo('recovery/email', 'recovery/recovery-code'),
      ...ASKED_AGAIN,
    }),
    frozen: usual('recovery/frozen', 'sign-in/password', ASKED_AGAIN),
    'choose-proof': usual('recovery/choose-proof', 'recovery/answer-questions', {
      ...changeable('recovery/choose-proof'),
      expired: { opened: 'recovery/choose-proof', submitted: 'recovery/choose-proof', keeps: ['The answers to my five'] },
      ...ASKED_AGAIN,
    }),
    'answer-questions': proofOfRecovery('recovery/answer-questions', 'recovery/new-password'),
    'backup-code': proofOfRecovery('recovery/backup-code', 'recovery/new-password'),
    'text-code': proofOfRecovery('recovery/text-code', 'recovery/waiting'),
    authenticator: proofOfRecovery('recovery/authenticator', 'recovery/waiting'),
    passkey: proofOfRecovery('recovery/passkey', 'recovery/waiting'),
    'support-code': proofOfRecovery('recovery/support-code', 'recovery/waiting'),
    support: proofOfRecovery('recovery/support', 'sign-in/password'),
    waiting: usual('recovery/waiting', 'sign-in/password', ASKED_AGAIN),
    'new-password': usual('recovery/new-password', 'sign-in/password', ASKED_AGAIN),
    'new-method': usual('recovery/new-method', 'recovery/new-text-code', {
      ...changeable('recovery/new-method'),
      expired: { opened: 'recovery/new-method', submitted: 'recovery/new-method', keeps: ['Text message', 'U.S. mobile phone number'] },
      ...ASKED_AGAIN,
    }),
    'new-email-code': usual('recovery/new-email-code', 'recovery/new-backup-code', {
      ...backTo('recovery/new-method', 'recovery/new-email-code'),
      ...ASKED_AGAIN,
    }),
    'new-text-code': usual('recovery/new-text-code', 'recovery/new-backup-code', {
      ...backTo('recovery/new-method', 'recovery/new-text-code'),
      ...ASKED_AGAIN,
    }),
    'new-authenticator': usual('recovery/new-authenticator', 'recovery/new-backup-code', {
      ...backTo('recovery/new-method', 'recovery/new-authenticator'),
      ...ASKED_AGAIN,
    }),
    'new-backup-code': usual('recovery/new-backup-code', 'sign-in/password', ASKED_AGAIN),
  },
  'service-entry': {
    'account-type': usual('service-entry/account-type', 'service', {
      back: 'first',
      expired: {
        opened: 'service-entry/account-type',
        submitted: 'service-entry/account-type',
        keeps: ['I am an applicant, petitioner, or requestor'],
      },
      ...ANEW,
    }),
  },
  'add-passkey': { 'new-passkey': usual('add-passkey/new-passkey', 'account', { back: 'first', ...ANEW }) },
  // It ends its own session: only a page for everybody is left.
  'close-account': { confirm: usual('close-account/confirm', 'closed', { back: 'first', ...ANEW }) },
  'change-password': { 'new-password': usual('change-password/new-password', 'account', { back: 'first', ...ANEW }) },
  'change-email': {
    frozen: usual('change-email/frozen', 'account', { back: 'first', ...ANEW }),
    'new-address': usual('change-email/new-address', 'change-email/address-code', {
      back: 'first',
      ...changeable('change-email/new-address'),
      expired: { opened: 'change-email/new-address', submitted: 'change-email/new-address', keeps: ['New email address'] },
      ...ANEW,
    }),
    'address-code': usual('change-email/address-code', 'account', {
      ...backTo('change-email/new-address', 'change-email/address-code'),
      ...ANEW,
    }),
  },
  'change-notice-email': {
    'notice-address': usual('change-notice-email/notice-address', 'change-notice-email/address-code', {
      back: 'first',
      ...changeable('change-notice-email/notice-address'),
      expired: {
        opened: 'change-notice-email/notice-address',
        submitted: 'change-notice-email/notice-address',
        keeps: ['Second email address'],
      },
      ...ANEW,
    }),
    'address-code': usual('change-notice-email/address-code', 'account', {
      ...backTo('change-notice-email/notice-address', 'change-notice-email/address-code'),
      ...ANEW,
    }),
  },
  'add-method': {
    'new-method': usual('add-method/new-method', 'add-method/new-text-code', {
      back: 'first',
      ...changeable('add-method/new-method'),
      expired: {
        opened: 'add-method/new-method',
        submitted: 'add-method/new-method',
        keeps: ['Text message', 'U.S. mobile phone number'],
      },
      ...ANEW,
    }),
    'new-text-code': usual('add-method/new-text-code', 'account', {
      ...backTo('add-method/new-method', 'add-method/new-text-code'),
      ...ANEW,
    }),
    'new-email-code': usual('add-method/new-email-code', 'account', {
      ...backTo('add-method/new-method', 'add-method/new-email-code'),
      ...ANEW,
    }),
    'new-authenticator': usual('add-method/new-authenticator', 'account', {
      ...backTo('add-method/new-method', 'add-method/new-authenticator'),
      ...ANEW,
    }),
  },
  'change-backup-code': {
    'replace-backup-code': usual('change-backup-code/replace-backup-code', 'change-backup-code/new-backup-code', {
      back: 'first',
      ...ANEW,
    }),
    'new-backup-code': usual('change-backup-code/new-backup-code', 'account', ANEW),
  },
  'change-questions': {
    questions: usual('change-questions/questions', 'account', {
      back: 'first',
      expired: {
        opened: 'change-questions/questions',
        submitted: 'change-questions/questions',
        keeps: [1, 2, 3, 4, 5].map((n) => `Question ${n}`),
      },
      ...ANEW,
    }),
  },
  'settle-email': {
    'nothing-to-settle': usual('settle-email/nothing-to-settle', 'account', { back: 'first', ...ANEW }),
    'nothing-from-before': usual('settle-email/nothing-from-before', 'account', { back: 'first', ...ANEW }),
    settle: usual('settle-email/settle', 'settle-email/former-method', {
      back: 'first',
      ...changeable('settle-email/settle'),
      expired: { opened: 'settle-email/settle', submitted: 'settle-email/settle', keeps: ['The former one'] },
      ...ANEW,
    }),
    'former-method': usual('settle-email/former-method', 'settle-email/email-code', {
      ...backTo('settle-email/settle', 'settle-email/former-method'),
      ...changeable('settle-email/former-method'),
      expired: { opened: 'settle-email/former-method', submitted: 'settle-email/former-method', keeps: ['A code by email'] },
      ...ANEW,
    }),
    'email-code': usual('settle-email/email-code', 'account', {
      ...backTo('settle-email/former-method', 'settle-email/email-code'),
      ...ANEW,
    }),
    'text-code': usual('settle-email/text-code', 'account', { ...backTo('settle-email/former-method', 'settle-email/text-code'), ...ANEW }),
    authenticator: usual('settle-email/authenticator', 'account', {
      ...backTo('settle-email/former-method', 'settle-email/authenticator'),
      ...ANEW,
    }),
    'backup-code': usual('settle-email/backup-code', 'settle-email/new-backup-code', {
      ...backTo('settle-email/former-method', 'settle-email/backup-code'),
      ...ANEW,
    }),
    'new-backup-code': usual('settle-email/new-backup-code', 'account', ANEW),
  },
  consent: { consent: usual('consent/consent', 'service', { back: 'first', ...ANEW }) },
};

export const ROWS = Object.entries(EDGES).flatMap(([kind, steps]) =>
  Object.entries(steps).map(([step, row]) => ({ kind: kind as Kind, step, place: `${kind}/${step}` as Place, row })),
);
