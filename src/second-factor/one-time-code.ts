/** One-time codes as people type and paste them; what they are worth is decided in `code-store.ts` and `authenticator.ts`. */
import { randomDigits } from '../crypto/random.ts';
import { plainDigits } from './digits.ts';

export const CODE_DIGITS = 6;

/** Six digits, each equally likely, leading zeros included (NIST SP 800-63B 3.1.3.2 asks for at least six). */
export const createCode = (): string => randomDigits(CODE_DIGITS);

/** Six digits out of what was typed, spaces, dashes and other keyboards' digits allowed (`123 456`, `１２３-４５６`), or undefined. */
export function readCode(text: string): string | undefined {
  if (text.length > 100) return undefined;
  const code = plainDigits(text).replace(/[\s\p{Pd}]/gu, '');
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}
