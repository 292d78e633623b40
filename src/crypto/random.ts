/** All randomness of this system comes from here, and from the operating system's generator. */
import { randomBytes, randomInt } from 'node:crypto';

/** `bytes` random bytes as base64url; 16 bytes are the 128 bits that ids and link tokens need (ASVS 11.5.1). */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('base64url');

/** An id of 128 bits that can be named in a command, which takes what begins with a hyphen for an option. */
export function randomId(): string {
  const id = randomToken(16);
  return id.startsWith('-') ? randomId() : id;
}

/** A decimal code, leading zeros kept, every digit equally likely (`randomInt` has no modulo bias). */
export const randomDigits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

/** So many characters of `alphabet`, each equally likely. */
export const randomFrom = (alphabet: string, count: number): string =>
  Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');
