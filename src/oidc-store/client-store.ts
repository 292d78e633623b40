/**
 * Clients, as one record wherever they come from: the operator's file, the operator's command, or their own registration.
 *
 * A secret stands beside the metadata, sealed, and so may the one before it, for a while: what the library reads and hands out has no
 * place for the latter. What the library writes after an update is made of what it had read before, so that never changes a secret.
 */
import type { Connection, mongo } from 'mongoose';
import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Clock } from '../clock.ts';
import type { Seal } from '../crypto/seal.ts';
import { isDuplicateKey } from '../mongo/duplicate-key.ts';
import { type ClientOrigin, type KeptClient, type Metadata, type StoredClient, split } from './kept-client.ts';
import { MODELS } from './models.ts';
import { createRecentlyRead } from './recently-read.ts';

export interface ClientStore {
  init(): Promise<void>;
  /** For the library. What it finds was read less than a second ago. */
  readonly adapter: Adapter;
  /** The secret before the current one while it counts; as recent as what the adapter finds. */
  formerSecret(clientId: string): Promise<string | undefined>;
  /** By id. */
  list(): Promise<readonly KeptClient[]>;
  get(clientId: string): Promise<KeptClient | undefined>;
  /** False where the id is taken. What an earlier client of this id has left is ended. */
  add(clientId: string, metadata: Metadata, origin: ClientOrigin): Promise<boolean>;
  /**
   * Puts other metadata in the place of those that were read. A secret that is another takes effect at once; the one before it stays good
   * until `formerUntil`, or not at all. False where the client has been changed or removed meanwhile.
   */
  replace(was: KeptClient, metadata: Metadata, formerUntil: Date | undefined): Promise<boolean>;
  /** Of several at once each makes the one before it the former one. False where there is no client of this id with a secret. */
  rotateSecret(clientId: string, secret: string, formerUntil: Date | undefined): Promise<boolean>;
  /** False where there is no client of this id. */
  endFormerSecret(clientId: string): Promise<boolean>;
  /** Ends the registration access token with which it changes its own record (RFC 7592). False where it has none. */
  endManagement(clientId: string): Promise<boolean>;
  /** Removes it with its grants, codes and tokens. False where there is none (of this origin). JWT access tokens live until their `exp`. */
  remove(clientId: string, origin?: ClientOrigin): Promise<boolean>;
}

interface Given {
  readonly db: Connection;
  readonly seal: Seal;
  readonly clock?: Clock;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic?: () => number;
}

type Change = mongo.UpdateFilter<StoredClient> | mongo.Document[];

export function createClientStore({ db, seal, clock = () => new Date(), monotonic }: Given): ClientStore {
  const clients = db.collection<StoredClient>('clients');
  const context = (id: string) => `clients/${id}/client_secret`;
  const sealed = (id: string, secret: string) => seal.seal(secret, context(id));

  const open = ({ _id, payload, secret, former, origin, createdAt, updatedAt }: StoredClient): KeptClient => ({
    clientId: _id,
    metadata: { ...payload, ...(secret !== undefined && { client_secret: seal.open(secret, context(_id)) }) },
    origin,
    createdAt,
    updatedAt,
    ...(former && { formerUntil: former.until }),
  });

  const recent = createRecentlyRead(async (_id) => {
    const found = await clients.findOne({ _id });
    return found ? { metadata: open(found).metadata, former: found.former } : undefined;
  }, monotonic);

  /** Afterwards nobody here has what was read before it. */
  async function written<Result>(id: string, write: Promise<Result>): Promise<Result> {
    try {
      return await write;
    } finally {
      recent.forget(id);
    }
  }
  const update = async (_id: string, filter: mongo.Filter<StoredClient>, change: Change) =>
    (await written(_id, clients.updateOne({ _id, ...filter }, change))).matchedCount === 1;

  async function endTokens(clientId: string): Promise<void> {
    for (const { collection, indexes = [] } of Object.values(MODELS))
      if (indexes.some((index) => 'clientId' in index)) await db.collection(collection).deleteMany({ clientId });
  }

  async function remove(_id: string, origin?: ClientOrigin): Promise<boolean> {
    const { deletedCount } = await written(_id, clients.deleteOne({ _id, ...(origin && { origin }) }));
    // A process that still has it may write another one for a moment, which is worth nothing without it (and see `add`).
    if (deletedCount > 0) await endTokens(_id);
    return deletedCount > 0;
  }

  return {
    async init() {
      // As they were kept while the file was the only way to register.
      await clients.updateMany({ origin: { $exists: false } }, [
        { $set: { origin: 'file', createdAt: clock(), updatedAt: clock(), secret: '$payload.client_secret' } },
        { $unset: 'payload.client_secret' },
      ]);
    },

    adapter: {
      async find(id) {
        const found = await recent.get(id);
        return found && (structuredClone(found.metadata) as AdapterPayload);
      },
      async upsert(id, metadata) {
        const { payload, secret } = split(metadata);
        const now = clock();
        const once = { origin: 'registration', createdAt: now, ...(secret !== undefined && { secret: sealed(id, secret) }) };
        const unlessThere = Object.entries(once).map(([field, value]) => [field, { $ifNull: [`$${field}`, value] }]);
        const fields = { payload: { $literal: payload }, updatedAt: now, ...Object.fromEntries(unlessThere) };
        // What is being changed, not made: where it is gone, somebody has removed it, and it stays so, however long the request took.
        const upsert = Provider.ctx?.method !== 'PUT';
        const { matchedCount } = await written(id, clients.updateOne({ _id: id }, [{ $set: fields }], { upsert }));
        if (!upsert && matchedCount === 0) throw new errors.InvalidToken('the client was removed');
      },
      destroy: async (id) => void (await remove(id)),
      // Asked of no client.
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
      consume: async () => undefined,
      revokeByGrantId: async () => undefined,
    },

    async formerSecret(clientId) {
      const former = (await recent.get(clientId))?.former;
      return former && former.until > clock() ? seal.open(former.secret, context(clientId)) : undefined;
    },

    list: async () => (await clients.find({}).sort({ _id: 1 }).toArray()).map(open),

    async get(clientId) {
      const found = await clients.findOne({ _id: clientId });
      return found ? open(found) : undefined;
    },

    async add(_id, metadata, origin) {
      if (await clients.findOne({ _id }, { projection: { _id: 1 } })) return false;
      await endTokens(_id);
      const { payload, secret } = split(metadata);
      const now = clock();
      const kept = { _id, payload, origin, createdAt: now, updatedAt: now, ...(secret !== undefined && { secret: sealed(_id, secret) }) };
      try {
        await written(_id, clients.insertOne(kept));
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
      return true;
    },

    replace({ clientId, metadata: old, origin, updatedAt }, metadata, until) {
      const { payload, secret } = split(metadata);
      const set = { payload, updatedAt: clock(), ...(secret !== undefined && { secret: sealed(clientId, secret) }) };
      const keep = typeof old.client_secret === 'string' && until && { former: { secret: sealed(clientId, old.client_secret), until } };
      const unset = { ...(secret === undefined && { secret: true as const }), ...(!keep && { former: true as const }) };
      const change = secret === old.client_secret ? { $set: set } : { $set: { ...set, ...keep }, $unset: unset };
      return update(clientId, { origin, updatedAt }, change);
    },

    rotateSecret(clientId, secret, until) {
      const set = { secret: sealed(clientId, secret), updatedAt: clock() };
      const withSecret = { secret: { $exists: true } };
      if (!until) return update(clientId, withSecret, { $set: set, $unset: { former: true } });
      return update(clientId, withSecret, [{ $set: { ...set, former: { secret: '$secret', until } } }]);
    },

    async endManagement(clientId) {
      const { deletedCount } = await db.collection(MODELS.RegistrationAccessToken!.collection).deleteMany({ clientId });
      return deletedCount > 0;
    },

    endFormerSecret: (clientId) => update(clientId, {}, { $unset: { former: true } }),

    remove,
  };
}
