/** One of every kind of message, for tests that must hold for all of them; a kind without an entry does not compile. */
import type { Language } from '../../src/language.ts';
import {
  type AccountClosing,
  type EmailChanged,
  type PasswordChanged,
  type RecoveryWaiting,
  SECURITY_CHANGES,
  type SecurityChanged,
} from '../../src/messages/account-messages.ts';
import type { Message, MessageKind } from '../../src/messages/message.ts';

export const SAMPLE_CODE = '012345';
export const SAMPLE_LINK = 'https://myaccount.example.org/users/confirmation?token=Zm9v&x=1';

const linkTo = (purpose: string) => `https://myaccount.example.org/users/alerts/${purpose}?token=Zm9v`;

export function sampleMessages(language: Language, to = 'ana@example.org'): Message[] {
  const signInUrl = 'https://myaccount.example.org/';
  const until = new Date('2026-11-29T20:15:00Z');
  const told = { to, language, at: new Date('2026-11-22T18:15:00Z'), device: 'Firefox (Windows)' };
  const objectionable = { ...told, notMeUrl: linkTo('not-me') };
  const newAddressMasked = 'l•••@example.net';
  const samples: { readonly [Kind in MessageKind]: Extract<Message, { kind: Kind }> } = {
    'confirm-sign-up': { kind: 'confirm-sign-up', to, language, link: SAMPLE_LINK, code: SAMPLE_CODE, linkHours: 24, minutes: 30, until },
    'account-exists': { kind: 'account-exists', to, language, signInUrl },
    'account-created': { kind: 'account-created', to, language, signInUrl },
    'email-code': { kind: 'email-code', to, language, code: SAMPLE_CODE, minutes: 30 },
    'text-code': { kind: 'text-code', to: '+12025550123', language, code: SAMPLE_CODE, minutes: 10 },
    'recovery-code': { kind: 'recovery-code', ...objectionable, code: SAMPLE_CODE, minutes: 30 },
    'recovery-requested': { kind: 'recovery-requested', ...objectionable },
    'recovery-waiting': { kind: 'recovery-waiting', ...told, proof: 'method', until, cancelUrl: linkTo('cancel-recovery') },
    'text-recovery-waiting': { kind: 'text-recovery-waiting', to: '+12025550123', language, until },
    'recovery-cancelled': { kind: 'recovery-cancelled', ...told },
    'password-changed': { kind: 'password-changed', ...objectionable, how: 'changed' },
    'security-change': { kind: 'security-change', ...objectionable, what: 'method-added' },
    'email-change-requested': { kind: 'email-change-requested', ...objectionable, newAddressMasked },
    'email-changed': { kind: 'email-changed', ...told, newAddressMasked, freezeUrl: linkTo('freeze-email') },
    'email-frozen': { kind: 'email-frozen', ...told },
    'email-restored': { kind: 'email-restored', ...told },
    'email-settling': { kind: 'email-settling', ...told, addressMasked: newAddressMasked, until },
    'text-email-settling': { kind: 'text-email-settling', to: '+12025550123', language, until },
    'email-settled': { kind: 'email-settled', ...told },
    'address-code': { kind: 'address-code', to, language, code: SAMPLE_CODE, minutes: 30 },
    'address-taken': { kind: 'address-taken', to, language },
    'address-reserved': { kind: 'address-reserved', to, language },
    'new-device': { kind: 'new-device', ...objectionable },
    'code-failures': { kind: 'code-failures', ...objectionable },
    'account-closing': { kind: 'account-closing', ...told, until, signInUrl },
    'account-kept': { kind: 'account-kept', ...objectionable },
    'account-closed': { kind: 'account-closed', ...told },
    'account-locked': { kind: 'account-locked', ...told },
    'account-unlocked': { kind: 'account-unlocked', ...told },
  };
  return Object.values(samples);
}

export function sampleMessage<Kind extends MessageKind>(
  kind: Kind,
  language: Language = 'en',
  to?: string,
): Extract<Message, { kind: Kind }> {
  const found = sampleMessages(language, to).find((message) => message.kind === kind) as Extract<Message, { kind: Kind }>;
  return to ? { ...found, to } : found;
}

/** Of those kinds that say one thing or another, every one that `sampleMessages` has not. */
export function sampleVariants(language: Language): Message[] {
  const [password, change, waiting, changed] = (['password-changed', 'security-change', 'recovery-waiting', 'email-changed'] as const).map(
    (kind) => sampleMessage(kind, language),
  ) as [PasswordChanged, SecurityChanged, RecoveryWaiting, EmailChanged];
  const { freezeUrl: _, ...withoutLink } = changed;
  const { signInUrl: __, ...closing } = sampleMessage('account-closing', language) as AccountClosing;
  return [
    { ...password, how: 'recovered' },
    ...(['questions', 'operators'] as const).map((proof) => ({ ...waiting, proof })),
    withoutLink,
    { ...sampleMessage('recovery-cancelled', language), by: 'operators' },
    { ...sampleMessage('recovery-requested', language), by: 'former' },
    { ...closing, freezeUrl: linkTo('freeze-email') },
    ...SECURITY_CHANGES.slice(1).map((what) => ({ ...change, what })),
  ];
}
