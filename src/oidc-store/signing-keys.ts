/**
 * The keys that tokens are signed with: one RSA-3072 (RS256) and one P-256 (ES256), made once for all processes by whichever comes
 * first, sealed in the database, the same after every restart.
 *
 * A key is `next` (published, does not sign yet), `current` (signs) or `retired` (signs no more; still verifies the ID tokens that
 * relying parties hand back as hints). A unique index admits one current key for each algorithm, which decides the race.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Connection } from 'mongoose';
import type { Clock } from '../clock.ts';
import type { Seal } from '../crypto/seal.ts';

export const SIGNING_ALGORITHMS = ['RS256', 'ES256'] as const;
type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];
type KeyState = 'next' | 'current' | 'retired';

interface StoredKey {
  /** The `kid`: the key's own thumbprint (RFC 7638). */
  _id: string;
  algorithm: SigningAlgorithm;
  state: KeyState;
  /** The private JWK, sealed under `signing_keys/<kid>/jwk`. */
  sealed: string;
  createdAt: Date;
}

export interface SigningKeys {
  init(): Promise<void>;
  /** Private keys, ready for the provider: for each algorithm the current one first, since the first that fits signs. Makes what is missing. */
  load(): Promise<{ keys: (JWK & { kty: string; kid: string })[] }>;
}

const ORDER: Readonly<Record<KeyState, number>> = { current: 0, next: 1, retired: 2 };

async function generate(algorithm: SigningAlgorithm): Promise<JWK & { kty: string; kid: string }> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true, modulusLength: 3072 });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kty: jwk.kty!, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: 'sig' };
}

export function createSigningKeys({ db, seal, clock = () => new Date() }: { db: Connection; seal: Seal; clock?: Clock }): SigningKeys {
  const stored = db.collection<StoredKey>('signing_keys');
  const context = (kid: string) => `signing_keys/${kid}/jwk`;

  const ensure = async (algorithm: SigningAlgorithm): Promise<void> => {
    if (await stored.findOne({ algorithm, state: 'current' }, { projection: { _id: 1 } })) return;
    const jwk = await generate(algorithm);
    const document = {
      _id: jwk.kid,
      algorithm,
      state: 'current' as const,
      sealed: seal.seal(JSON.stringify(jwk), context(jwk.kid)),
      createdAt: clock(),
    };
    // Somebody else was first: theirs is the key, ours is forgotten.
    await stored.insertOne(document).catch((error: { code?: unknown }) => {
      if (error.code !== 11000) throw error;
    });
  };

  return {
    async init() {
      await stored.createIndexes([
        { key: { algorithm: 1 }, name: 'one_current', unique: true, partialFilterExpression: { state: 'current' } },
      ]);
    },
    async load() {
      for (const algorithm of SIGNING_ALGORITHMS) await ensure(algorithm);
      const found = await stored.find({}).toArray();
      found.sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.createdAt.getTime() - b.createdAt.getTime());
      return { keys: found.map(({ _id, sealed }) => JSON.parse(seal.open(sealed, context(_id)))) };
    },
  };
}
