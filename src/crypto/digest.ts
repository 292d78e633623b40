/**
 * Digests: what is only ever compared (e-mail addresses as keys, link tokens, codes, the provider's token ids) is kept as a keyed
 * digest. Everything derives from one root secret by HKDF (RFC 5869), so that turning `ENCRYPTION_KEYS` over changes no digest.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

export interface RootSecret {
  /** HMAC-SHA-256 under a key of this purpose alone, as base64url (43 characters). */
  digest(purpose: string, value: string): string;
  /** A key of this purpose alone. */
  key(purpose: string, bytes?: number): Buffer;
}

/** `secret`: the 32 bytes or more that every key of this installation hangs on. */
export function createRootSecret(secret: Buffer): RootSecret {
  const key = (purpose: string, bytes = 32) => Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purpose, bytes));
  // Node takes ten times as long with a key that it is given as bytes each time.
  const keys = new Map<string, KeyObject>();
  return {
    key,
    digest(purpose, value) {
      const known = keys.get(purpose) ?? createSecretKey(key(`digest/${purpose}`));
      keys.set(purpose, known);
      return createHmac('sha256', known).update(value).digest('base64url');
    },
  };
}

/** Compares two digests without telling by its time where they differ. */
export const sameDigest = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
