/** The messages that tell the owner of an account what happened to it, as types. None carries a secret, none says what was typed. */
import type { ToPerson } from './message.ts';

/** When, and from what. */
export interface Told {
  readonly at: Date;
  /** Browser and system, such as `Chrome (Android)`; empty if unknown: then nothing is said of it. */
  readonly device: string;
}

interface NoticeTo extends ToPerson, Told {}

/** With the link "this wasn't me", which works without signing in. */
interface Objectionable extends NoticeTo {
  readonly notMeUrl: string;
}

/** The code of a recovery, to the address of the account and nowhere else: it proves that mailbox. */
export interface RecoveryCode extends Objectionable {
  readonly kind: 'recovery-code';
  readonly code: string;
  readonly minutes: number;
}

/** That such a code was asked for, to the other addresses. */
export interface RecoveryRequested extends Objectionable {
  readonly kind: 'recovery-requested';
  /** By a former address, which would take the account back. */
  readonly by?: 'former' | undefined;
}

/** What a recovery that waits rests on. */
export type WaitingFor = 'method' | 'questions' | 'operators';

/** A recovery waits until `until`; the link stops that one. */
export interface RecoveryWaiting extends NoticeTo {
  readonly kind: 'recovery-waiting';
  readonly proof: WaitingFor;
  readonly until: Date;
  readonly cancelUrl: string;
}

/** The same as a text: no link, and nobody's name, for the phone may be in other hands. */
export interface TextRecoveryWaiting extends ToPerson {
  readonly kind: 'text-recovery-waiting';
  readonly until: Date;
}

export interface RecoveryCancelled extends NoticeTo {
  readonly kind: 'recovery-cancelled';
  /** By operators who have taken it back, and not by somebody with a link or a sign-in. */
  readonly by?: 'operators' | undefined;
}

export interface PasswordChanged extends Objectionable {
  readonly kind: 'password-changed';
  /** By its owner who was signed in, or by a recovery. */
  readonly how: 'changed' | 'recovered';
}

export const SECURITY_CHANGES = [
  'method-added',
  'method-removed',
  'mailed-codes-ended',
  'passkey-added',
  'passkey-removed',
  'passkey-refused',
  'backup-code-used',
  'backup-code-replaced',
  'questions-changed',
  'questions-off',
  'questions-on',
  'notice-email-changed',
  'sessions-ended',
  'service-withdrawn',
  'data-downloaded',
  'account-secured',
] as const;
export type SecurityChange = (typeof SECURITY_CHANGES)[number];

export interface SecurityChanged extends Objectionable {
  readonly kind: 'security-change';
  readonly what: SecurityChange;
}

/** To the address that is about to be replaced. */
export interface EmailChangeRequested extends Objectionable {
  readonly kind: 'email-change-requested';
  readonly newAddressMasked: string;
}

export interface EmailChanged extends NoticeTo {
  readonly kind: 'email-changed';
  readonly newAddressMasked: string;
  /** In the mail to the former address alone: stops the change. */
  readonly freezeUrl?: string | undefined;
}

export interface EmailFrozen extends NoticeTo {
  readonly kind: 'email-frozen';
}

export interface EmailRestored extends NoticeTo {
  readonly kind: 'email-restored';
}

/** Support will hand an account whose change of address was stopped to this address, from `until` on. No link stops it: both sides have mailboxes. */
export interface EmailSettling extends NoticeTo {
  readonly kind: 'email-settling';
  readonly addressMasked: string;
  readonly until: Date;
}

/** The same as a text: no link, and nobody's name. */
export interface TextEmailSettling extends ToPerson {
  readonly kind: 'text-email-settling';
  readonly until: Date;
}

/** The objection of the former address is over: somebody proved what the account had before, or support has checked who they are, and the new address stays. */
export interface EmailSettled extends NoticeTo {
  readonly kind: 'email-settled';
}

/** Confirms a new address, or one for notices. */
export interface AddressCode extends ToPerson {
  readonly kind: 'address-code';
  readonly code: string;
  readonly minutes: number;
}

/** To the owner of an address that somebody wanted to change theirs to. */
export interface AddressTaken extends ToPerson {
  readonly kind: 'address-taken';
}

/** To an address that somebody entered for an account, while another one may still be taken back to it. */
export interface AddressReserved extends ToPerson {
  readonly kind: 'address-reserved';
}

/** A sign-in in a browser that this account has not been used in. */
export interface NewDevice extends Objectionable {
  readonly kind: 'new-device';
}

/** The right password, then wrong codes. */
export interface CodeFailures extends Objectionable {
  readonly kind: 'code-failures';
}

/** It will be erased at `until`, unless its owner signs in before. */
export interface AccountClosing extends NoticeTo {
  readonly kind: 'account-closing';
  readonly until: Date;
  /** For whoever can sign in with the address. */
  readonly signInUrl?: string | undefined;
  /** For a former address that may still object: what it freezes is not erased. */
  readonly freezeUrl?: string | undefined;
}

export interface AccountKept extends Objectionable {
  readonly kind: 'account-kept';
}

export interface AccountClosed extends NoticeTo {
  readonly kind: 'account-closed';
}

/** By support. Nothing but support unlocks it, so the mail has no link. */
export type AccountLocked = NoticeTo & { readonly kind: 'account-locked' };
export type AccountUnlocked = NoticeTo & { readonly kind: 'account-unlocked' };

export type AccountMessage =
  | RecoveryCode
  | RecoveryRequested
  | RecoveryWaiting
  | TextRecoveryWaiting
  | RecoveryCancelled
  | PasswordChanged
  | SecurityChanged
  | EmailChangeRequested
  | EmailChanged
  | EmailFrozen
  | EmailRestored
  | EmailSettling
  | TextEmailSettling
  | EmailSettled
  | AddressCode
  | AddressTaken
  | AddressReserved
  | NewDevice
  | CodeFailures
  | AccountClosing
  | AccountKept
  | AccountClosed
  | AccountLocked
  | AccountUnlocked;
