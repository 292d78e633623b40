/** English where there must be none: how a test of pages and messages in Spanish finds what was forgotten. */
import { readFileSync } from 'node:fs';
import { parse } from 'node-html-parser';
import type { Received } from './server.ts';

type Values = readonly string[];
const valuesOf = (tree: object): Values => Object.values(tree).flatMap((value) => (typeof value === 'string' ? [value] : valuesOf(value)));
const read = (language: string): Values =>
  ['config/locales', 'demo/locales'].flatMap((dir) => valuesOf(JSON.parse(readFileSync(`${dir}/${language}.json`, 'utf8'))));
const wordsIn = (text: string) => text.match(/\p{L}+/gu)?.length ?? 0;

/** What only English says: whole short values, and what stands between the parameters of longer ones. */
function englishOnly(): { short: ReadonlySet<string>; long: Values } {
  const spanish = read('es');
  const whole = new Set(spanish);
  const parts = read('en').flatMap((value) => value.split(/\{\{[^}]*\}\}/).map((part) => part.trim()));
  return {
    // "Español" is on English pages, as the name of the other language.
    short: new Set(read('en').filter((value) => !whole.has(value) && value !== 'Español' && /\p{L}{2}/u.test(value))),
    long: parts.filter((part) => wordsIn(part) >= 3 && !spanish.some((value) => value.includes(part))),
  };
}
/** Small words that no Spanish sentence has. */
const SMALL_WORDS = /\b(?:the|your|you|and|with|this|from|please|of|to be|is not)\b/i;

const { short, long } = englishOnly();
/** Which of these lines, of a page or a message in Spanish, have English in them. */
export const englishIn = (lines: readonly string[]): string[] =>
  lines.filter((line) => short.has(line) || long.some((part) => line.includes(part)) || SMALL_WORDS.test(line));

/** Every line of a message that its reader sees. */
export const linesOf = ({ subject, text, html = '' }: Received): string[] =>
  [subject, ...text.split('\n'), ...parse(html).structuredText.split('\n')].map((line) => line.trim());
