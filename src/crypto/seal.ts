/**
 * Sealing: what must be read again (addresses, phone numbers, authenticator secrets, sessions) is kept so that a copy of the
 * database is worth nothing without the keys. AES-256-GCM (NIST SP 800-38D) with a random 96-bit IV; the context (collection, id and
 * field) is authenticated with it, so a sealed value cannot be moved to another place.
 */
import { createCipheriv, createDecipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';

export interface Seal {
  /** `context` names the one place where the result may be opened again, e.g. `accounts/<id>/email`. */
  seal(plain: string, context: string): string;
  /** Throws when the value was altered, belongs elsewhere, or its key is not among the keys any more. */
  open(sealed: string, context: string): string;
  /** Whether the newest key closed it; a value closed by an older one should be sealed again. */
  isCurrent(sealed: string): boolean;
}

/** `keys`: secrets of at least 32 random bytes in any encoding, newest first. The first seals; all open what they once sealed. */
export function createSeal(keys: readonly string[]): Seal {
  const ring = keys.map((secret) => {
    const key = createHash('sha256').update('seal\0').update(secret).digest();
    // Node takes ten times as long with a key that it is given as bytes each time.
    return { id: createHash('sha256').update(key).digest('base64url').slice(0, 8), key: createSecretKey(key) };
  });
  const newest = ring[0];
  if (!newest) throw new Error('at least one encryption key is needed');

  return {
    seal(plain, context) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', newest.key, iv).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${newest.id}.${sealed.toString('base64url')}`;
    },
    open(sealed, context) {
      const [id, body] = sealed.split('.');
      const entry = ring.find((candidate) => candidate.id === id);
      if (!entry || !body) throw new Error(`sealed under a key that is not in ENCRYPTION_KEYS (${context.split('/')[0]})`);
      const bytes = Buffer.from(body, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', entry.key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
    },
    isCurrent: (sealed) => sealed.startsWith(`${newest.id}.`),
  };
}
