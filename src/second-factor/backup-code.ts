/**
 * The two-step verification backup code: 16 signs of 32, 80 random bits (NIST SP 800-63B 4.2.1.1 asks for 64). It is kept as a hash
 * like a password's; this file only makes it, shows it and reads it.
 */
import { randomFrom } from '../crypto/random.ts';

/** No 0 and O, no 1 and I: a handwritten copy cannot be read in two ways. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const LENGTH = 16;
const CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/** As it is shown, four groups of four with dashes between them; what is hashed is what `readBackupCode` makes of it. */
export const createBackupCode = (): string => Array.from({ length: LENGTH / 4 }, () => randomFrom(ALPHABET, 4)).join('-');

/** Four groups with dashes between them, whatever stands before: a field joins the lines of a file that is pasted into it. */
const GROUPS = /(?<!\p{Pd})[\p{L}\p{N}]{4}(?:\p{Pd}[\p{L}\p{N}]{4}){3}(?![\p{Pd}\p{L}\p{N}])/gu;
/** Four groups with spaces between them, at the end: as it is copied off its page together with what stands before it. */
const LAST_GROUPS = /(?<!\p{Pd})[\p{L}\p{N}]{4}(?:\s+[\p{L}\p{N}]{4}){3}\s*$/gu;

/**
 * Reads a backup code in any case, with spaces, dashes or line breaks in it, as one types it off paper; or out of a text that it was
 * pasted with, such as the file we gave: in groups with dashes, at its end, or on a line of its own. In the form that is hashed, or undefined. An `I`
 * or `1` can only be a misread `L`, the one sign left that looks like it.
 */
export function readBackupCode(text: string): string | undefined {
  if (text.length > 200) return undefined;
  const parts = [text, ...[GROUPS, LAST_GROUPS].flatMap((groups) => text.match(groups) ?? []), ...text.split(/[\r\n:]+/)];
  const found = new Set(parts.flatMap((part) => read(part) ?? []));
  // Two different ones: nobody can tell which was meant.
  return found.size === 1 ? [...found][0] : undefined;
}

function read(part: string): string | undefined {
  const code = part
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\p{Cf}_.]/gu, '')
    .toUpperCase()
    .replace(/[I1]/g, 'L');
  return CODE.test(code) ? code : undefined;
}
