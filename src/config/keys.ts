import { z } from 'zod';

/** How many bytes of randomness a key can carry, judged by the alphabet that it is written in. */
function bytesOf(key: string): number {
  if (/^[0-9a-f]+$/i.test(key)) return Math.floor(key.length / 2);
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(key)) return Math.floor((key.replace(/=+$/, '').length * 3) / 4);
  return Buffer.byteLength(key);
}

const ADVICE = 'make one with: openssl rand -base64 32';

function faultOf(key: string, index: number): string | undefined {
  const which = `key ${index + 1}`;
  if (/change.?me|example|secret|password|default/i.test(key)) return `${which} is a placeholder; ${ADVICE}`;
  if (bytesOf(key) < 32) return `${which} carries fewer than 32 bytes; ${ADVICE}`;
  // Twelve different characters: 32 random bytes have them in any alphabet of 16 or more, all but never fewer.
  if (new Set(key).size < 12) return `${which} repeats itself; ${ADVICE}`;
  return undefined;
}

/** A comma-separated list of keys, newest first. */
export const keyRing = z
  .string()
  .transform((value) => value.split(',').map((key) => key.trim()))
  .superRefine((keys, context) => {
    for (const [index, key] of keys.entries()) {
      const fault = faultOf(key, index);
      if (fault) context.addIssue({ code: 'custom', message: fault });
    }
    if (new Set(keys).size < keys.length) context.addIssue({ code: 'custom', message: 'has a key twice' });
  });

export const sharedKeys = (one: readonly string[], other: readonly string[]): boolean => one.some((key) => other.includes(key));
