/**
 * The root secret: 32 random bytes made once, at the very first start, and kept sealed under `ENCRYPTION_KEYS`. Every digest, pairwise
 * subject and pepper hangs on it, so it must never change: losing it (or every key that opens it) loses all accounts.
 */
import { randomBytes } from 'node:crypto';
import { type Connection, type Model, MongooseError, Schema } from 'mongoose';
import { createRootSecret, type RootSecret } from './digest.ts';
import type { Seal } from './seal.ts';

interface SecretRow {
  _id: string;
  sealed: string;
}

const ID = 'root';
const CONTEXT = 'secrets/root/sealed';

const secretSchema = new Schema<SecretRow>(
  { _id: String, sealed: { type: String, required: true } },
  { versionKey: false, autoIndex: false },
);

/**
 * Opens the secret, and makes it first where there is none. Processes that start at once all get the same one: only one insert can
 * win. When the newest key did not seal it, it is sealed again. Throws when none of the keys opens it: better no start than a second
 * root secret. The collection `secrets` holds one document and is not sharded.
 */
export async function openRootSecret(db: Connection, seal: Seal): Promise<RootSecret> {
  const Secret: Model<SecretRow> = db.models['Secret'] ?? db.model<SecretRow>('Secret', secretSchema, 'secrets');
  const stored = (await Secret.findById(ID).lean<SecretRow>()) ?? (await make());
  const secret = open(stored.sealed);
  if (!seal.isCurrent(stored.sealed)) {
    // Conditional, so that of two processes with different key lists neither overwrites what it has not read.
    await Secret.updateOne({ _id: ID, sealed: stored.sealed }, { $set: { sealed: seal.seal(secret, CONTEXT) } });
  }
  return createRootSecret(Buffer.from(secret, 'base64url'));

  async function make(): Promise<SecretRow> {
    const row = { _id: ID, sealed: seal.seal(randomBytes(32).toString('base64url'), CONTEXT) };
    const found = await Secret.findOneAndUpdate({ _id: ID }, { $setOnInsert: row }, { upsert: true, returnDocument: 'after' })
      .lean<SecretRow>()
      // Two upserts at once: one inserts, the other may meet its key.
      .catch((error: { code?: number }) => (error.code === 11_000 ? Secret.findById(ID).lean<SecretRow>() : Promise.reject(error)));
    if (!found) throw new MongooseError('the root secret vanished while it was made');
    return found;
  }

  function open(sealed: string): string {
    try {
      return seal.open(sealed, CONTEXT);
    } catch (cause) {
      throw new Error(
        'None of the ENCRYPTION_KEYS opens the root secret of this database. Put the key that sealed it back, as an older one.',
        { cause },
      );
    }
  }
}
