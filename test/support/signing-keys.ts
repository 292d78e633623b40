/**
 * Keys to sign with, put where a provider looks for them. It would make its own, and an RSA key takes a quarter of a second of processor
 * time for each of some two hundred databases; so each process of the tests has them made once, by the same code, and the others get a
 * copy. How they are made is tried by `test/oidc-store/signing-keys.test.ts`.
 */
import type { Connection } from 'mongoose';
import type { Clock } from '../../src/clock.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { createSigningKeys } from '../../src/oidc-store/signing-keys.ts';

interface Stored {
  readonly _id: string;
}

/** By what they are sealed with. */
const made = new Map<string, Promise<readonly Stored[]>>();

async function make(db: Connection, encryptionKey: string, clock: Clock): Promise<readonly Stored[]> {
  const keys = createSigningKeys({ db, seal: createSeal([encryptionKey]), clock, times: { rotate: Infinity, publish: Infinity } });
  await keys.init();
  await keys.load();
  return db.collection<Stored>('signing_keys').find().toArray();
}

/** As if a provider with this encryption key had just made them; where one has, nothing is changed. */
export async function putSigningKeys(db: Connection, encryptionKey: string, clock: Clock = () => new Date()): Promise<void> {
  const stored = db.collection<Stored>('signing_keys');
  if ((await stored.countDocuments()) > 0) return;
  const before = made.get(encryptionKey);
  made.set(encryptionKey, before ?? make(db, encryptionKey, clock));
  const keys = await made.get(encryptionKey)!;
  if (before) await stored.insertMany(keys.map((key) => ({ ...key, createdAt: clock(), signsFrom: clock() })));
}
