/** One of every kind of message, for tests that must hold for all of them; a kind without an entry does not compile. */
import type { Language } from '../../src/language.ts';
import type { Message, MessageKind } from '../../src/messages/message.ts';

export const SAMPLE_CODE = '012345';
export const SAMPLE_LINK = 'https://myaccount.example.org/users/confirmation?token=Zm9v&x=1';

export function sampleMessages(language: Language, to = 'ana@example.org'): Message[] {
  const signInUrl = 'https://myaccount.example.org/';
  const until = new Date('2026-11-29T20:15:00Z');
  const samples: { readonly [Kind in MessageKind]: Extract<Message, { kind: Kind }> } = {
    'confirm-sign-up': { kind: 'confirm-sign-up', to, language, link: SAMPLE_LINK, code: SAMPLE_CODE, linkHours: 24, minutes: 30, until },
    'account-exists': { kind: 'account-exists', to, language, signInUrl },
    'account-created': { kind: 'account-created', to, language, signInUrl },
    'email-code': { kind: 'email-code', to, language, code: SAMPLE_CODE, minutes: 30 },
    'text-code': { kind: 'text-code', to: '+12025550123', language, code: SAMPLE_CODE, minutes: 10 },
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
