/**
 * U.S. phone numbers: the fifty states, D.C., Puerto Rico, Guam, the U.S. Virgin Islands, American Samoa and the Northern Mariana
 * Islands. All share +1 with Canada and the Caribbean, so the area code decides (`max` metadata: the smaller builds tell only +1).
 * A number is never refused for being a landline or an internet number: the metadata does not know, and the code proves it.
 */
import parse from 'libphonenumber-js/max';
import { plainDigits } from './digits.ts';

const TERRITORIES: ReadonlySet<string> = new Set(['US', 'PR', 'GU', 'VI', 'AS', 'MP']);

/** Area codes that belong to no person: 800 and its kin, 900, 500. A text to them reaches nobody, or costs somebody. */
const NOT_PERSONAL: ReadonlySet<string> = new Set([
  'TOLL_FREE',
  'PREMIUM_RATE',
  'SHARED_COST',
  'PERSONAL_NUMBER',
  'UAN',
  'PAGER',
  'VOICEMAIL',
]);

/** Digits and what people put between them; a letter, `#`, `;` or `,` would be an extension, a vanity word or a second number. */
const NUMBER = /^[\d\s().+/\p{Pd}]{10,30}$/u;

/** Reads a U.S. number in any usual spelling (`(202) 555-0112`, `1-202-555-0112`, `+1 202 555 0112`) as E.164, or answers undefined. */
export function parsePhoneNumber(text: string): string | undefined {
  if (text.length > 200) return undefined;
  const typed = plainDigits(text).trim();
  if (!NUMBER.test(typed)) return undefined;
  const number = parse(typed, { defaultCountry: 'US', extract: false });
  if (!number?.isValid() || number.ext || number.countryCallingCode !== '1') return undefined;
  if (!TERRITORIES.has(number.country ?? '') || NOT_PERSONAL.has(number.getType() ?? '')) return undefined;
  return number.number;
}

/** `+12025550112` → `•••12`: enough to tell one's phones apart. */
export const maskPhone = (number: string): string => `•••${number.slice(-2)}`;
