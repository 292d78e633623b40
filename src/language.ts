/** The languages of all pages and messages. A new one begins with an entry here; CONTRIBUTING.md has the rest. */
export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A sentence to be said in the reader's language: a key of the locale files and its parameters. */
export interface Text {
  readonly key: string;
  readonly [param: string]: unknown;
}

export const isLanguage = (value: unknown): value is Language => LANGUAGES.includes(value as Language);

/** The first supported language in a list of BCP 47 tags such as `es-MX fr`, most wanted first (OpenID Connect Core 3.1.2.1, `ui_locales`). */
export function firstLanguage(tags: string | undefined): Language | undefined {
  return tags
    ?.split(/[\s,]+/)
    .map((tag) => tag.split('-')[0]?.toLowerCase())
    .find(isLanguage);
}
