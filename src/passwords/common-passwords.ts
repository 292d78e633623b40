/**
 * Passwords that are guessed first: the whole password is looked up in a list of 49,000 that were found in breaches (NIST SP 800-63B
 * 3.1.1.2), and so is the word that is left when what people hang on it to please a rule is taken away: `P@ssw0rd2026!` is `password`.
 * A long phrase that merely contains a listed word is not on the list.
 */
import { join } from 'node:path';
import { fold } from './fold.ts';
import { readWordList } from './word-list.ts';

/** The list, folded, from the package `@zxcvbn-ts/language-common`; `npm run passwords` writes it. */
export const COMMON_PASSWORDS = join(import.meta.dirname, 'common-passwords.txt');

/** How many signs before and after a word are decoration rather than a secret of their own. */
const DECORATION = 6;
const SHORTEST_WORD = 3;

/** Words that the list lacks, above all those of Spanish speakers (folded: no accents). */
const MORE_WORDS = [
  ...[
    'contrasena',
    'clave',
    'bienvenido',
    'bienvenida',
    'verano',
    'invierno',
    'primavera',
    'otono',
    'teamo',
    'tequiero',
    'temporal',
    'cambiame',
  ],
  ...['enero', 'febrero', 'marzo', 'abril', 'mayo', 'junio', 'julio', 'agosto', 'septiembre', 'octubre', 'noviembre', 'diciembre'],
  ...[
    'lunes',
    'martes',
    'miercoles',
    'jueves',
    'viernes',
    'sabado',
    'domingo',
    'estadosunidos',
    'mexico',
    'autumn',
    'usa',
    'america',
    'unitedstates',
  ],
  ...['immigration', 'inmigracion', 'greencard', 'citizenship', 'ciudadania', 'naturalization', 'account', 'cuenta'],
];

/** What a finger slides along. */
const ROWS = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1qaz2wsx3edc4rfv5tgb6yhn7ujm'].map(fold);

const LISTED = readWordList(COMMON_PASSWORDS);
const ALSO_LISTED: ReadonlySet<string> = new Set(MORE_WORDS.map(fold));

const isSlide = (folded: string): boolean =>
  folded.length > 3 && ROWS.some((row) => row.includes(folded) || [...row].reverse().join('').includes(folded));

/** `word` is folded. A word written several times over is as common as the word, and one or two signs repeated are common by themselves. */
function isCommonWord(word: string, personal: ReadonlySet<string>): boolean {
  const once = word.replace(/^(.+?)\1+$/u, '$1');
  if (once !== word && (once.length <= 2 || isCommonWord(once, personal))) return true;
  return LISTED.has(word) || ALSO_LISTED.has(word) || personal.has(word) || isSlide(word);
}

/** Whether what is left beside a word is decoration: digits and signs, and at most one letter more. */
const isDecoration = (rest: string): boolean => rest.length <= DECORATION && (rest.match(/\p{L}/gu)?.length ?? 0) <= 1;

/** The e-mail address and its parts, as words that make a poor password for this person. */
function wordsOf(email: string): string[] {
  const local = email.split('@')[0] ?? '';
  const plain = local.split('+')[0] ?? '';
  return [email, local, plain, ...plain.split(/[._-]+/), plain.replace(/[._-]+/g, ''), plain.replace(/\d+$/, '')];
}

/**
 * Whether `password` is one of the first that somebody would try who knows the lists, the `email` address and the `serviceWords` (names
 * of the system and its services). At most 128 characters are expected; takes well under a millisecond.
 */
export function isCommonPassword(password: string, email: string, serviceWords: readonly string[]): boolean {
  const personal = new Set([...wordsOf(email), ...serviceWords].map(fold).filter((word) => word.length >= SHORTEST_WORD));
  const signs = Array.from(password.normalize('NFC'));
  if (isCommonWord(fold(password), personal)) return true;
  for (let before = 0; before <= Math.min(DECORATION, signs.length); before += 1) {
    for (let after = 0; before + after <= DECORATION && before + after < signs.length; after += 1) {
      if (!isDecoration([...signs.slice(0, before), ...signs.slice(signs.length - after)].join(''))) continue;
      const word = fold(signs.slice(before, signs.length - after).join(''));
      if (word.length >= SHORTEST_WORD && isCommonWord(word, personal)) return true;
    }
  }
  return false;
}
