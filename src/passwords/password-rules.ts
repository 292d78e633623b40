/**
 * What a new password must be. Every rule is judged, so that a person is told all that is missing at once; the same ids name the rules
 * on the page before anything is typed. Length counts code points of the NFC form (NIST SP 800-63B 3.1.1.2): four emoji and four
 * letters are eight. Nothing is trimmed and nothing truncated.
 */
import { isCommonPassword } from './common-passwords.ts';

export type PasswordRule = 'length' | 'too-long' | 'uppercase' | 'lowercase' | 'special' | 'common';

/** The part of `policy.json` that these rules read. `nist` asks for no composition (SP 800-63B 3.1.1.2 (5)). */
export interface PasswordPolicy {
  readonly profile: 'seed' | 'nist';
  readonly password: { readonly minLength: number; readonly maxLength: number };
}

const COMPOSITION: readonly PasswordRule[] = ['uppercase', 'lowercase', 'special'];

/** The form in which passwords are judged and hashed, so that `é` typed on two keyboards is one letter. Nothing else is changed. */
export const normalisePassword = (password: string): string => password.normalize('NFC');

/**
 * UTF-16 units of a typed password for each code point that its NFC form may have. Two would do for most scripts, four where every letter
 * carries marks; what is longer is not normalised at all: putting thousands of marks in order takes a second in which nothing else runs.
 */
const UNITS_PER_LETTER = 8;

/** The rules that hold, in the order in which a page lists them. */
export const passwordRules = (policy: PasswordPolicy): readonly PasswordRule[] => [
  'length',
  ...(policy.profile === 'seed' ? COMPOSITION : []),
  'common',
  'too-long',
];

/**
 * The rules that `password` breaks, in the order of `passwordRules`; none: it may be used. A special character is one that is neither
 * letter (with its marks) nor digit in Unicode's terms: punctuation, symbols, emoji, and a space too, which phrases are full of.
 */
export function checkNewPassword(
  password: string,
  { email, serviceWords, policy }: { email: string; serviceWords: readonly string[]; policy: PasswordPolicy },
): readonly PasswordRule[] {
  if (password.length > UNITS_PER_LETTER * policy.password.maxLength) return ['too-long'];
  const text = normalisePassword(password);
  const length = [...text].length;
  if (length > policy.password.maxLength) return ['too-long'];
  const broken: Record<PasswordRule, boolean> = {
    length: length < policy.password.minLength,
    uppercase: !/[\p{Lu}\p{Lt}]/u.test(text),
    lowercase: !/\p{Ll}/u.test(text),
    special: !/[^\p{L}\p{M}\p{N}]/u.test(text),
    common: length > 0 && isCommonPassword(text, email, serviceWords),
    'too-long': false,
  };
  return passwordRules(policy).filter((rule) => broken[rule]);
}
