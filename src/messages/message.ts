/**
 * Messages: every mail and text this system sends, as types. This folder owns their words, the outbox that loses none of them, and the
 * ways out (SMTP, text message providers, the development inbox). It refuses to know why one is sent: whoever decides that enqueues it
 * in the transaction it belongs to.
 */
import type { Language } from '../language.ts';
import type { AccountMessage } from './account-messages.ts';

export interface ToPerson {
  /** An e-mail address, or for texts a phone number as E.164 (`+12025550123`). */
  readonly to: string;
  readonly language: Language;
}

/** To a new address: a link and a short code that both confirm it. */
export interface ConfirmSignUp extends ToPerson {
  readonly kind: 'confirm-sign-up';
  readonly link: string;
  readonly code: string;
  /** How long the link works. */
  readonly linkHours: number;
  /** How long the code works. */
  readonly minutes: number;
  /** How long the unfinished sign-up is kept. */
  readonly until: Date;
}

/** To the owner of an address that somebody tried to sign up with: a way in, never a way into a sign-up. */
export interface AccountExists extends ToPerson {
  readonly kind: 'account-exists';
  readonly signInUrl: string;
}

/** Once, when an account has come into being; again when its owner asks for confirmation instructions. */
export interface AccountCreated extends ToPerson {
  readonly kind: 'account-created';
  readonly signInUrl: string;
}

/** A one-time code by mail. */
export interface EmailCode extends ToPerson {
  readonly kind: 'email-code';
  readonly code: string;
  readonly minutes: number;
}

/** A one-time code by text message. */
export interface TextCode extends ToPerson {
  readonly kind: 'text-code';
  readonly code: string;
  readonly minutes: number;
}

export type Message = ConfirmSignUp | AccountExists | AccountCreated | EmailCode | TextCode | AccountMessage;
export type MessageKind = Message['kind'];
export type Channel = 'mail' | 'text';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** By which channel each kind goes; a kind without an entry does not compile. */
export const CHANNELS = {
  'confirm-sign-up': 'mail',
  'account-exists': 'mail',
  'account-created': 'mail',
  'email-code': 'mail',
  'text-code': 'text',
  'recovery-code': 'mail',
  'recovery-requested': 'mail',
  'recovery-waiting': 'mail',
  'text-recovery-waiting': 'text',
  'recovery-cancelled': 'mail',
  'password-changed': 'mail',
  'security-change': 'mail',
  'email-change-requested': 'mail',
  'email-changed': 'mail',
  'email-frozen': 'mail',
  'email-restored': 'mail',
  'email-settling': 'mail',
  'text-email-settling': 'text',
  'email-settled': 'mail',
  'address-code': 'mail',
  'address-taken': 'mail',
  'address-reserved': 'mail',
  'new-device': 'mail',
  'code-failures': 'mail',
  'account-closing': 'mail',
  'account-kept': 'mail',
  'account-closed': 'mail',
  'account-locked': 'mail',
  'account-unlocked': 'mail',
} as const satisfies Record<MessageKind, Channel>;

export const channelOf = (message: Message): Channel => CHANNELS[message.kind];

/**
 * For how many seconds a message is worth sending. A code that has expired on its way would only mislead; the outbox drops it.
 */
export function worthSendingFor(message: Message): number {
  switch (message.kind) {
    case 'email-code':
    case 'text-code':
    case 'recovery-code':
    case 'address-code':
      return message.minutes * MINUTE;
    case 'confirm-sign-up':
      return message.linkHours * HOUR;
    case 'text-recovery-waiting':
    case 'text-email-settling':
      return DAY;
    case 'account-exists':
    case 'account-created':
    case 'recovery-requested':
    case 'recovery-waiting':
    case 'recovery-cancelled':
    case 'password-changed':
    case 'security-change':
    case 'email-change-requested':
    case 'email-changed':
    case 'email-frozen':
    case 'email-restored':
    case 'email-settling':
    case 'email-settled':
    case 'address-taken':
    case 'address-reserved':
    case 'new-device':
    case 'code-failures':
    case 'account-closing':
    case 'account-kept':
    case 'account-closed':
    case 'account-locked':
    case 'account-unlocked':
      return 7 * DAY;
  }
}

/** The address as a log line may show it: `a***@example.org`, `***23`. Never the whole of it, however short it is. */
export function maskAddress(to: string): string {
  const at = to.lastIndexOf('@');
  if (at < 0) return `***${to.length > 4 ? to.slice(-2) : ''}`;
  return `${at > 2 ? to.slice(0, 1) : ''}***${to.slice(at)}`;
}

/** A message as the text that is sealed and kept until it has been sent. */
export const writeMessage = (message: Message): string => JSON.stringify(message);

/** The message that `writeMessage` wrote. */
export const readMessage = (json: string): Message =>
  JSON.parse(json, (key, value) => (key === 'until' || key === 'at' ? new Date(value as string) : value)) as Message;
