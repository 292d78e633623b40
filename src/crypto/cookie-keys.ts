/**
 * The keys that cookies are signed with, as Koa and the provider take them instead of the Keygrip that they would make of the secrets:
 * with the same signatures, and compared in one go. Keygrip compares by two more digests under a random key given as
 * bytes, for which Node takes ten times as long, and each request brings several cookies.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { sameDigest } from './digest.ts';

export interface CookieKeys {
  /** HMAC-SHA-1 under the newest key, as base64url (27 characters). */
  sign(data: string): string;
  verify(data: string, signature: string): boolean;
  /** Which key, the newest first, gave this signature; -1 if none. What an older one gave is signed again by whoever asks. */
  index(data: string, signature: string): number;
}

/** `secrets`: newest first. Throws when there is none. */
export function createCookieKeys(secrets: readonly string[]): CookieKeys {
  const keys = secrets.map((secret) => createSecretKey(secret, 'utf8'));
  const [newest] = keys;
  if (!newest) throw new Error('at least one cookie key is needed');
  const signed = (data: string, key: typeof newest) => createHmac('sha1', key).update(data).digest('base64url');
  const index = (data: string, signature: string) => keys.findIndex((key) => sameDigest(signed(data, key), signature));
  return { sign: (data) => signed(data, newest), verify: (data, signature) => index(data, signature) > -1, index };
}
