/**
 * The keys that tokens are signed with: RSA-3072 (RS256), P-256 (ES256) and Ed25519 (EdDSA), made once for all processes by whichever
 * comes first, sealed in the database, the same after every restart.
 *
 * What a key is follows from the time alone, so that no process has to tell another: `next` (published, signs from `signsFrom` on),
 * `current` (the newest that signs), `retired` (signs no more; it is published until no token of its needs it, and verifies for 13 months
 * the ID tokens that relying parties hand back as hints). Each key of an algorithm has the number after its predecessor's, and a unique
 * index on it decides who of several makes the next.
 */
import type { Connection } from 'mongoose';
import type { Clock } from '../clock.ts';
import type { Seal } from '../crypto/seal.ts';
import { isDuplicateKey } from '../mongo/duplicate-key.ts';
import { generateKey, type PrivateJwk } from './new-key.ts';

export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];
export type KeyState = 'next' | 'current' | 'retired';

interface StoredKey {
  /** The `kid`: the key's own thumbprint (RFC 7638). */
  _id: string;
  algorithm: SigningAlgorithm;
  number: number;
  /** The private JWK, sealed under `signing_keys/<kid>/jwk`. */
  sealed: string;
  createdAt: Date;
  signsFrom: Date;
  /** Where the one after it, whose `signsFrom` says it otherwise, was removed: when it signed no more. */
  retiredAt?: Date;
}

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: KeyState;
  readonly createdAt: Date;
  readonly signsFrom: Date;
  /** Whether relying parties find it at `jwks_uri`. */
  readonly published: boolean;
}

type JudgedKey = StoredKey & SigningKey & { readonly over: boolean };
const ORDER: Readonly<Record<KeyState, number>> = { current: 0, next: 1, retired: 2 };

export interface KeySet {
  /** Private keys, ready for the provider: for each algorithm the current one first, since the first that fits signs. */
  readonly keys: PrivateJwk[];
  /** The `kid`s of those that are at `jwks_uri`. */
  readonly published: ReadonlySet<string>;
  /** Another one where anything of the above is another. */
  readonly version: string;
}

/** In seconds. */
export interface KeyTimes {
  /** How long a key signs. */
  readonly rotate: number;
  /** How long a key is published before it signs: longer than relying parties may keep what they have read. */
  readonly publish: number;
}

/** A command that cannot be done; the message says why. */
export class KeysRefused extends Error {
  override readonly name = 'KeysRefused';
}

export interface SigningKeys {
  init(): Promise<void>;
  /** Makes what is missing. */
  load(): Promise<KeySet>;
  /** All keys, in the order in which they are tried. */
  list(): Promise<SigningKey[]>;
  /**
   * Publishes the next key of each algorithm, which signs after `KeyTimes.publish`; at once where `now` is asked for, a next one included.
   * Throws KeysRefused where a next one of each is published already, or where the present ones cannot be opened.
   */
  rotate(options?: { readonly now?: boolean }): Promise<void>;
  /**
   * Publishes the next keys where the current ones will have signed for long enough, and says whether there were any; removes those that no
   * hint needs any more.
   */
  rotateIfDue(): Promise<boolean>;
  /** Removes a key that does not sign, before its time: nothing that it has signed is believed any more. Throws KeysRefused. */
  retire(kid: string): Promise<void>;
}

const NOT_OPENED = 'None of the ENCRYPTION_KEYS opens the keys that sign now. Are these the settings of the provider? Nothing was done.';

const DAY_MS = 24 * 3600_000;
/** Longer than anything lives that is verified by a published key (an ID token 10 minutes, a JWT access token 5). */
const PUBLISHED_AFTER_MS = DAY_MS;
/** For hints, which may be older than the session (RP-Initiated Logout 1.0, 2). */
const KEPT_AFTER_MS = 396 * DAY_MS;

interface Given {
  readonly db: Connection;
  readonly seal: Seal;
  readonly times: KeyTimes;
  readonly clock?: Clock;
}

export function createSigningKeys({ db, seal, times, clock = () => new Date() }: Given): SigningKeys {
  const stored = db.collection<StoredKey>('signing_keys');
  const context = (kid: string) => `signing_keys/${kid}/jwk`;

  /** A key that signs in so many seconds. Somebody else may be first: theirs is the key then, and ours is forgotten. Says whether ours it is. */
  const publish = async (algorithm: SigningAlgorithm, number: number, seconds: number): Promise<boolean> => {
    const jwk = await generateKey(algorithm);
    const sealed = seal.seal(JSON.stringify(jwk), context(jwk.kid));
    try {
      const now = clock();
      const signsFrom = new Date(now.getTime() + seconds * 1000);
      await stored.insertOne({ _id: jwk.kid, algorithm, number, sealed, createdAt: now, signsFrom });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
    return true;
  };

  /** Of one algorithm, the newest first. */
  const judge = (newestFirst: readonly StoredKey[]): JudgedKey[] => {
    const now = clock().getTime();
    const current = newestFirst.find(({ signsFrom, retiredAt }) => signsFrom.getTime() <= now && !retiredAt);
    return newestFirst.map((key, index) => {
      const state = key.signsFrom.getTime() > now ? 'next' : key === current ? 'current' : 'retired';
      // What came after a retired one signs since then.
      const retiredFor = state === 'retired' ? now - (key.retiredAt ?? newestFirst[index - 1]!.signsFrom).getTime() : 0;
      return { ...key, kid: key._id, state, published: retiredFor < PUBLISHED_AFTER_MS, over: retiredFor >= KEPT_AFTER_MS };
    });
  };
  /** By algorithm, the newest first. */
  const all = async (): Promise<JudgedKey[][]> => {
    const found = await stored.find({}).sort({ number: -1 }).toArray();
    return SIGNING_ALGORITHMS.map((algorithm) => judge(found.filter((key) => key.algorithm === algorithm)));
  };
  const ordered = async () => (await all()).flatMap((keys) => keys.sort((a, b) => ORDER[a.state] - ORDER[b.state]));

  return {
    async init() {
      // As they were kept before keys were rotated.
      await stored.updateMany({ number: { $exists: false } }, [{ $set: { number: 1, signsFrom: '$createdAt' } }, { $unset: 'state' }]);
      await stored.createIndex({ algorithm: 1, number: 1 }, { name: 'one_of_each_number', unique: true });
    },

    async load() {
      for (const [index, [newest]] of (await all()).entries()) if (!newest) await publish(SIGNING_ALGORITHMS[index]!, 1, 0);
      const judged = await ordered();
      const published = new Set(judged.filter((key) => key.published).map(({ kid }) => kid));
      return {
        keys: judged.map(({ kid, sealed }) => JSON.parse(seal.open(sealed, context(kid)))),
        published,
        version: judged.map(({ kid }) => `${kid}${published.has(kid) ? '' : ' hidden'}`).join(),
      };
    },

    list: async () => (await ordered()).map(({ _id, number: _, sealed: __, over: ___, ...key }) => key),

    async rotate({ now = false } = {}) {
      const newest = (await all()).flatMap((keys) => keys.slice(0, 1));
      // Closed under the keys of other settings, a new one would stop every process that starts.
      try {
        for (const { kid, sealed } of newest) seal.open(sealed, context(kid));
      } catch (cause) {
        throw new KeysRefused(NOT_OPENED, { cause });
      }
      const next = newest.filter(({ state }) => state === 'next');
      if (now) await stored.updateMany({ _id: { $in: next.map(({ kid }) => kid) } }, { $set: { signsFrom: clock() } });
      else if (next[0] && next.length === newest.length)
        throw new KeysRefused(`The next keys are published, and sign from ${next[0].signsFrom.toISOString()} on.`);
      for (const { algorithm, number, state } of newest) {
        if (state !== 'next') await publish(algorithm, number + 1, now ? 0 : times.publish);
      }
    },

    async rotateIfDue() {
      let rotated = false;
      for (const [newest, ...others] of await all()) {
        const over = others.filter((key) => key.over);
        if (over.length > 0) await stored.deleteMany({ _id: { $in: over.map(({ kid }) => kid) } });
        if (!newest || clock().getTime() < newest.signsFrom.getTime() + (times.rotate - times.publish) * 1000) continue;
        rotated = (await publish(newest.algorithm, newest.number + 1, times.publish)) || rotated;
      }
      return rotated;
    },

    async retire(kid) {
      const key = (await ordered()).find((one) => one.kid === kid);
      if (!key) throw new KeysRefused('There is no key of this id.');
      if (key.state === 'current') throw new KeysRefused('This key signs now. Rotate first: at once with --now.');
      const before = { algorithm: key.algorithm, number: { $lt: key.number } };
      const retiredAt = { $ifNull: ['$retiredAt', key.signsFrom] };
      if (key.state === 'retired') await stored.findOneAndUpdate(before, [{ $set: { retiredAt } }], { sort: { number: -1 } });
      await stored.deleteOne({ _id: kid });
    },
  };
}
