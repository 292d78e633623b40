/**
 * Every visible word: `config/locales/<language>.json`, read once at start. Keys are dotted paths, plurals end in `_one` and `_other`
 * (i18next), parameters stand in double braces. Escaping is the template's job, never done here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInstance } from 'i18next';
import { LANGUAGES, type Language } from './language.ts';

export type Params = Readonly<Record<string, unknown>>;

export interface Words {
  readonly language: Language;
  /**
   * The sentence under `key`. A parameter may be a string, a number (`count` chooses the plural), a `Date` (said as date and time;
   * `{{until, time}}` and `{{until, date}}` say one of them, `{{until, later time}}` and `{{until, later date}}` the minute from which
   * something may be done again), words by language (`{ en, es }`), or another `Text`.
   * A key or parameter that is missing throws, except where `strict` is off: then English, then the key itself.
   */
  t(key: string, params?: Params): string;
}

export interface Texts {
  in(language: Language): Words;
  has(key: string, language?: Language): boolean;
}

/** Times are said in this zone and name it: the pages work without JavaScript, so the reader's own zone is not known. */
export const ZONE = 'America/New_York';
const LOCALES = { en: 'en-US', es: 'es-US' } as const satisfies Record<Language, string>;

const formatters = (language: Language) => ({
  date: new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: ZONE }),
  time: new Intl.DateTimeFormat(LOCALES[language], { hour: 'numeric', minute: '2-digit', timeZone: ZONE, timeZoneName: 'longGeneric' }),
});
const byLanguage = <T>(make: (language: Language) => T) =>
  Object.fromEntries(LANGUAGES.map((language) => [language, make(language)])) as Record<Language, T>;
const FORMATTERS = byLanguage(formatters);

/** "November 22, 2026" */
export const formatDate = (date: Date, language: Language): string => FORMATTERS[language].date.format(date);

/** "3:15 PM Eastern Time" */
export const formatTime = (date: Date, language: Language): string =>
  FORMATTERS[language].time
    .format(date)
    .replace(/[\u00a0\u202f]/g, ' ')
    // Unicode's locale data say so; in the United States the zone is called "hora del Este".
    .replace('hora oriental', 'hora del Este');

/** As it stands in a sentence: in Spanish with its article, which differs for one o'clock ("la 1:15 p.m.", "las 3:15 p.m."). */
function sayTime(date: Date, language: Language): string {
  const time = formatTime(date, language);
  return language === 'en' ? time : `${time.startsWith('1:') ? 'la' : 'las'} ${time}`;
}

/** "November 22, 2026, 3:15 PM Eastern Time" */
const formatMoment = (date: Date, language: Language): string =>
  [formatDate(date, language), sayTime(date, language)].join(language === 'en' ? ', ' : ' a ');

/** What may be done from 10:00:25 on is promised for 10:01: at 10:00 it would still be refused. */
const nextMinute = (date: Date): Date => new Date(Math.ceil(date.getTime() / 60_000) * 60_000);

/** A text that was stored has its dates as strings (ISO 8601). A day without a time is that day in the zone of the service. */
const readDate = (text: string): Date => new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T12:00:00-05:00` : text);

/** Words that configuration may give once for all languages or per language. */
export type Localized = string | Readonly<Partial<Record<Language, string>>>;

export const localize = (value: Localized, language: Language): string =>
  typeof value === 'string' ? value : (value[language] ?? value.en ?? '');

export interface TextsOptions {
  /** Whether a missing key or parameter throws (the default). Production says what it can instead. */
  readonly strict?: boolean;
  /** The profile of the operator: where there is `<key>_<profile>`, it is said in the place of `<key>`. */
  readonly profile?: string;
}

/** Reads `<dir>/<language>.json` of all languages. Throws when a file is missing or not JSON. */
export function createTexts(dir: string, { strict = true, profile = '' }: TextsOptions = {}): Texts {
  const i18n = createInstance();
  const say = (given: unknown, format: string | undefined, language: Language): unknown => {
    const [, later, part] = /^(later )?(time|date)$/.exec(format ?? '') ?? [];
    const value = part && typeof given === 'string' ? readDate(given) : given;
    if (value instanceof Date) {
      const when = later ? nextMinute(value) : value;
      if (part === 'time') return sayTime(when, language);
      return part === 'date' ? formatDate(when, language) : formatMoment(when, language);
    }
    if (typeof value !== 'object' || value === null) return value;
    const words = value as Record<string, unknown>;
    return typeof words['key'] === 'string' ? all[language].t(words['key'], words) : localize(words as Localized, language);
  };

  i18n.use({
    type: 'formatter',
    init: () => undefined,
    add: () => undefined,
    addCached: () => undefined,
    format: (value: unknown, format: string | undefined, language: string) => say(value, format, language as Language) as string,
  });
  i18n.init({
    initAsync: false,
    fallbackLng: strict ? false : 'en',
    nsSeparator: false,
    returnEmptyString: true,
    resources: Object.fromEntries(
      LANGUAGES.map((language) => [language, { translation: JSON.parse(readFileSync(join(dir, `${language}.json`), 'utf8')) }]),
    ),
    returnedObjectHandler: (key: string) => missing(key),
    parseMissingKeyHandler: (key: string) => missing(key),
    missingInterpolationHandler: (sentence: string, match: RegExpExecArray) => {
      if (strict) throw new Error(`missing parameter ${match[1]} for "${sentence}"`);
      return '';
    },
    interpolation: { escapeValue: false, alwaysFormat: true },
  });
  const missing = (key: string): string => {
    if (strict) throw new Error(`no words for "${key}"`);
    return key;
  };
  const words = (language: Language): Words => {
    const translate = i18n.getFixedT(language);
    return {
      language,
      // In `replace`, so that no parameter's name can be taken for an option; `nest: false`, so that no value is looked up as a key.
      t: (key, params = {}) =>
        translate(key, {
          replace: params,
          nest: false,
          context: profile,
          ...(typeof params['count'] === 'number' ? { count: params['count'] } : {}),
        }),
    };
  };
  const all = byLanguage(words);
  return { in: (language) => all[language], has: (key, language = 'en') => i18n.exists(key, { lngs: [language] }) };
}
