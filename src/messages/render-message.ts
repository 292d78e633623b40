/**
 * From a typed message to what the person reads. Mails: `views/mail/<template>.html.ejs` and `<template>.txt.ejs`, each set into its
 * layout; of the first, what `scripts/inline-mails.ts` made of it, with the style in its elements. Texts: one sentence of the locale file
 * and no link.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs, { type TemplateFunction } from 'ejs';
import type { Language } from '../language.ts';
import { type Localized, localize, type Params, type Texts } from '../texts.ts';
import { channelOf, type Message } from './message.ts';

/** The brand configuration, as far as messages show it. */
export interface MessageBrand {
  readonly systemName: Localized;
  readonly accountName: Localized;
  readonly shortName: Localized;
  readonly demonstration: boolean;
  readonly colors: { readonly primary: string };
}

export interface RenderedMail {
  readonly channel: 'mail';
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

export interface RenderedText {
  readonly channel: 'text';
  readonly text: string;
}

export type RenderMessage = (message: Message) => RenderedMail | RenderedText;

export interface RenderOptions {
  readonly texts: Texts;
  readonly brand: MessageBrand;
  /** The public base URL: mails name its host, texts are bound to it. */
  readonly issuer: string;
  /** The folder that holds `mail/`. */
  readonly viewsDir: string;
}

type TextMessage = Extract<Message, { kind: `text-${string}` }>;
type MailMessage = Exclude<Message, TextMessage>;
type MailKind = MailMessage['kind'];

/** Which template shows a mail: many say what happened, when and from what, and differ in their words alone. */
const TEMPLATES = {
  'confirm-sign-up': 'confirm-sign-up',
  'account-exists': 'account-exists',
  'account-created': 'account-created',
  'email-code': 'email-code',
  'recovery-code': 'email-code',
  'address-code': 'email-code',
  'account-closing': 'account-closing',
  'recovery-requested': 'notice',
  'recovery-waiting': 'notice',
  'recovery-cancelled': 'notice',
  'password-changed': 'notice',
  'security-change': 'notice',
  'email-change-requested': 'notice',
  'email-changed': 'notice',
  'email-frozen': 'notice',
  'email-restored': 'notice',
  'email-settling': 'notice',
  'email-settled': 'notice',
  'address-taken': 'notice',
  'address-reserved': 'notice',
  'new-device': 'notice',
  'code-failures': 'notice',
  'account-kept': 'notice',
  'account-closed': 'notice',
  'account-locked': 'notice',
  'account-unlocked': 'notice',
} as const satisfies Record<MailKind, string>;

/** Of a kind that says one thing or another: which. Its words are looked for under that name first. */
function variantOf(message: MailMessage): string | undefined {
  switch (message.kind) {
    case 'security-change':
      return message.what;
    case 'password-changed':
      return message.how;
    case 'recovery-waiting':
      return message.proof;
    case 'recovery-requested':
    case 'recovery-cancelled':
      return message.by;
    case 'email-changed':
    case 'account-closing':
      return message.freezeUrl === undefined ? undefined : 'former';
    default:
      return undefined;
  }
}

/** The link of a mail with which its reader objects: what it is called, and where it leads. */
function objectionOf(message: MailMessage): { readonly name: string; readonly url: string } | undefined {
  if ('notMeUrl' in message) return { name: 'not-me', url: message.notMeUrl };
  if ('cancelUrl' in message) return { name: 'cancel-recovery', url: message.cancelUrl };
  if ('freezeUrl' in message && message.freezeUrl !== undefined) return { name: 'freeze-email', url: message.freezeUrl };
  return undefined;
}

/** Reads and compiles every template. Throws when one is missing; rendering throws when words or fields are. */
export function createRenderMessage({ texts, brand, issuer, viewsDir }: RenderOptions): RenderMessage {
  const read = (name: string) => readFileSync(join(viewsDir, 'mail', name), 'utf8');
  const textLayout = read('layout.txt.ejs');
  const compiled = (name: string): { html: TemplateFunction; text: TemplateFunction } => ({
    html: ejs.compile(read(`inlined/${name}.html.ejs`).replaceAll('var(--primary)', brand.colors.primary), {
      filename: `${name}.html.ejs`,
    }),
    text: ejs.compile(
      textLayout.replace('<!-- body -->', () => read(`${name}.txt.ejs`).trim()),
      { filename: `${name}.txt.ejs`, escape: String },
    ),
  });
  const templates = new Map([...new Set(Object.values(TEMPLATES))].map((name) => [name, compiled(name)]));
  const { host, hostname, protocol } = new URL(issuer);

  const named = (language: Language) => ({
    systemName: localize(brand.systemName, language),
    accountName: localize(brand.accountName, language),
    shortName: localize(brand.shortName, language),
    help: `${host}/help`,
  });

  function mail(message: MailMessage): RenderedMail {
    const { kind, language, to: _to, ...fields } = message;
    const words = texts.in(language);
    const names = named(language);
    const variant = variantOf(message);
    const t = (key: string, params?: Params) => {
      const special = `mail.${kind}.${variant}.${key}`;
      const said = variant !== undefined && texts.has(special, language) ? special : `mail.${kind}.${key}`;
      return words.t(said, { ...names, ...fields, ...params });
    };
    const layout = (key: string, params?: Params) => words.t(`mail.layout.${key}`, { ...names, ...params });
    const objection = objectionOf(message);
    const model = { ...fields, t, layout, objection, lang: language, dir: 'ltr', brand: { ...names, demonstration: brand.demonstration } };
    const { html, text } = templates.get(TEMPLATES[kind]) as { html: TemplateFunction; text: TemplateFunction };
    return { channel: 'mail', subject: t('subject'), html: html(model), text: tidy(text(model)) };
  }

  function text(message: TextMessage): RenderedText {
    const { kind, language, to: _to, ...fields } = message;
    const count = 'minutes' in message ? { count: message.minutes } : {};
    const sentence = texts.in(language).t(`text.${kind}`, { ...named(language), ...fields, ...count });
    if (message.kind !== 'text-code') return { channel: 'text', text: sentence };
    // The last line binds the code to this origin, so that a phone offers it on our pages only (WICG, origin-bound one-time codes).
    const bound = `${sentence}\n\n@${hostname} #${message.code}`;
    const length = protocol === 'https:' ? septets(bound) : undefined;
    return { channel: 'text', text: length !== undefined && length <= ONE_TEXT ? bound : sentence };
  }

  return (message) => (isText(message) ? text(message) : mail(message));
}

const isText = (message: Message): message is TextMessage => channelOf(message) === 'text';

/** The lines that hold template code alone leave empty ones behind. */
const tidy = (text: string): string =>
  `${text
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;

/**
 * How long a text message is. Up to 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038, 6.2.1) are one text; one character outside
 * of it (á, í, ó and ú are) makes all of them UCS-2, 70 to a text, and the person or the operator pays for each.
 */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENDED = new Set('\f^{}\\[~]|€');

/** Characters of one text message. */
export const ONE_TEXT = 160;

/** The number of septets, or undefined when the GSM 7-bit alphabet cannot write it. */
export function septets(text: string): number | undefined {
  let count = 0;
  for (const character of text) {
    if (BASIC.has(character)) count += 1;
    else if (EXTENDED.has(character)) count += 2;
    else return undefined;
  }
  return count;
}
