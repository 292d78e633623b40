/** A key pair to sign with, as it is kept and as the library takes it. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

export type PrivateJwk = JWK & { kty: string; kid: string };

/** RSA keys have 3072 bits; the `kid` is the key's own thumbprint (RFC 7638). */
export async function generateKey(algorithm: string): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true, modulusLength: 3072 });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  // An operator could not name it: commands take what begins with a hyphen for an option.
  return kid.startsWith('-') ? generateKey(algorithm) : { ...jwk, kty: jwk.kty!, kid, alg: algorithm, use: 'sig' };
}
