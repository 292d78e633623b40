/** What is known of an initial access token beside what the library keeps of it: how often it may still be used, and for whom it is. */
import type { Connection } from 'mongoose';
import type { Clock } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import { MODELS } from './models.ts';
import { oidcDigest, type StoredDocument } from './mongo-adapter.ts';

interface StoredToken extends StoredDocument {
  uses?: number;
  /** Without it (a crash between the two writes) there is none left. */
  usesLeft?: number;
  note?: string;
}

export interface KeptInitialAccess {
  /** By which it is revoked; opens nothing. */
  readonly id: string;
  readonly note: string;
  readonly uses: number;
  readonly usesLeft: number;
  readonly expiresAt: Date;
}

export interface InitialAccessStore {
  /** Completes the token that the library has just saved. */
  describe(token: string, said: { readonly uses: number; readonly note: string }): Promise<KeptInitialAccess>;
  /** Those that have not expired, the next to expire first. */
  list(): Promise<readonly KeptInitialAccess[]>;
  /** False where none has this id. */
  revoke(id: string): Promise<boolean>;
  hasUses(token: string): Promise<boolean>;
  /** Takes one, once. False where none is left. */
  spend(token: string): Promise<boolean>;
}

/** So much of a digest names it among those that there are, from where no command takes it for an option. */
const nameOf = (digest: string): string => digest.replace(/^-+/, '').slice(0, 12);

export function createInitialAccessStore(given: {
  readonly db: Connection;
  readonly rootSecret: RootSecret;
  readonly clock: Clock;
}): InitialAccessStore {
  const { db, rootSecret, clock } = given;
  const tokens = db.collection<StoredToken>(MODELS.InitialAccessToken!.collection);
  const idOf = (token: string) => oidcDigest(rootSecret, 'InitialAccessToken', token);
  const seconds = () => Math.floor(clock().getTime() / 1000);

  const open = ({ _id, payload, note = '', uses = 0, usesLeft = 0 }: StoredToken): KeptInitialAccess => {
    return { id: nameOf(_id), note, uses, usesLeft, expiresAt: new Date(Number(payload?.exp) * 1000) };
  };
  const all = () =>
    tokens
      .find({ 'payload.exp': { $gt: seconds() } })
      .sort({ 'payload.exp': 1 })
      .toArray();

  return {
    async describe(token, { uses, note }) {
      const change = { $set: { uses, usesLeft: uses, note } };
      return open((await tokens.findOneAndUpdate({ _id: idOf(token) }, change, { returnDocument: 'after' }))!);
    },
    list: async () => (await all()).map(open),
    async revoke(id) {
      const found = (await all()).find((token) => open(token).id === id);
      return found !== undefined && (await tokens.deleteOne({ _id: found._id })).deletedCount === 1;
    },
    hasUses: async (token) => Number((await tokens.findOne({ _id: idOf(token) }))?.usesLeft ?? 0) > 0,
    async spend(token) {
      const left = { _id: idOf(token), usesLeft: { $gt: 0 } };
      return (await tokens.updateOne(left, { $inc: { usesLeft: -1 } }, { writeConcern: { w: 'majority' } })).modifiedCount === 1;
    },
  };
}
