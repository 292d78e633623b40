/**
 * From a typed message to what the person reads. Mails: `views/mail/<kind>.html.ejs` and `<kind>.txt.ejs`, each set into its layout; of
 * the first, what `scripts/inline-mails.ts` made of it, with the style in its elements. Texts: one sentence of the locale file and no link.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs, { type TemplateFunction } from 'ejs';
import type { Language } from '../language.ts';
import { type Localized, localize, type Params, type Texts } from '../texts.ts';
import { CHANNELS, type Message, type MessageKind, type TextCode } from './message.ts';

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

type MailMessage = Exclude<Message, TextCode>;
type MailKind = MailMessage['kind'];

/** Reads and compiles every template. Throws when one is missing; rendering throws when words or fields are. */
export function createRenderMessage({ texts, brand, issuer, viewsDir }: RenderOptions): RenderMessage {
  const read = (name: string) => readFileSync(join(viewsDir, 'mail', name), 'utf8');
  const textLayout = read('layout.txt.ejs');
  const compiled = (kind: MailKind): { html: TemplateFunction; text: TemplateFunction } => ({
    html: ejs.compile(read(`inlined/${kind}.html.ejs`).replaceAll('var(--primary)', brand.colors.primary), {
      filename: `${kind}.html.ejs`,
    }),
    text: ejs.compile(
      textLayout.replace('<!-- body -->', () => read(`${kind}.txt.ejs`).trim()),
      { filename: `${kind}.txt.ejs`, escape: String },
    ),
  });
  const kinds = (Object.keys(CHANNELS) as MessageKind[]).filter((kind): kind is MailKind => CHANNELS[kind] === 'mail');
  const templates = new Map(kinds.map((kind) => [kind, compiled(kind)]));
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
    const t = (key: string, params?: Params) => words.t(`mail.${kind}.${key}`, { ...names, ...params });
    const layout = (key: string) => words.t(`mail.layout.${key}`, names);
    const model = { ...fields, t, layout, lang: language, dir: 'ltr', brand: { ...names, demonstration: brand.demonstration } };
    const { html, text } = templates.get(kind) as { html: TemplateFunction; text: TemplateFunction };
    return { channel: 'mail', subject: t('subject'), html: html(model), text: tidy(text(model)) };
  }

  function text({ language, code, minutes }: TextCode): RenderedText {
    const sentence = texts.in(language).t('text.text-code', { ...named(language), code, count: minutes });
    // The last line binds the code to this origin, so that a phone offers it on our pages only (WICG, origin-bound one-time codes).
    const bound = `${sentence}\n\n@${hostname} #${code}`;
    const length = protocol === 'https:' ? septets(bound) : undefined;
    return { channel: 'text', text: length !== undefined && length <= ONE_TEXT ? bound : sentence };
  }

  return (message) => (message.kind === 'text-code' ? text(message) : mail(message));
}

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
