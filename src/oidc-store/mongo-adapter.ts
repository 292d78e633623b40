/**
 * The provider's storage on MongoDB. What it must hold, because the library relies on it without saying so:
 *
 * - an id is a bearer value (session cookie, code, token): only its keyed digest is stored, and the id is put back when found;
 * - `consume` happens once: one conditional update that throws when somebody else was first. The library reads `consumed`, then
 *   consumes and ignores the result, so nothing else stands between two redemptions of one code;
 * - `find` hides nothing: used and expired documents come back, else a replay looks like an unknown value and revokes nothing.
 */
import type { Connection } from 'mongoose';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Clock } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import type { Seal } from '../crypto/seal.ts';
import { isDuplicateKey } from '../mongo/duplicate-key.ts';
import { type ClientStore, createClientStore } from './client-store.ts';
import { type KeptModel, MODELS } from './models.ts';

export interface OidcStoreDeps {
  readonly db: Connection;
  readonly seal: Seal;
  readonly rootSecret: RootSecret;
  readonly clock?: Clock;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic?: () => number;
}

/**
 * As it lies in the database. `exp` of a session stands outside of what is sealed, so that it can be moved by one update; so does what it
 * holds for each client (keyed by its id as base64url, since ids may have dots), so that two clients' requests at once do not write over
 * each other: what was lost would end that client's tokens.
 */
export interface StoredDocument {
  _id: string;
  payload?: AdapterPayload;
  sealed?: string;
  uid?: string;
  grantId?: string;
  accountId?: string;
  clientId?: string;
  authorizations?: Record<string, ClientAuthorization>;
  consumed?: Date;
  exp?: number;
  /** Of a session: when a request last came with it. */
  usedAt?: Date;
  /** Of a session somebody is signed in with: its services are to be told when it ends by itself (`expired-sessions.ts`). */
  untold?: true;
  expiresAt?: Date;
}

type ClientAuthorization = NonNullable<AdapterPayload['authorizations']>[string];

export interface MongoAdapter {
  (model: string): Adapter;
  readonly clients: ClientStore;
  /** What a document of this model holds, but for the id that its digest stands for. */
  open(model: string, document: StoredDocument): AdapterPayload;
  /** Creates the collections and builds their indexes; to be awaited before anything is served. */
  init(): Promise<void>;
}

/** The digest of a value that stands in for it in `oidc_*`: `kind` is the model for ids, else the field's name. */
export const oidcDigest = (rootSecret: RootSecret, kind: string, value: string): string => rootSecret.digest(`oidc/${kind}`, value);

function alreadyUsed(model: string): Error {
  if (model === 'PushedAuthorizationRequest') return new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used');
  if (model === 'RegistrationAccessToken') return new errors.InvalidToken('already used');
  return new errors.InvalidGrant('already used');
}

/** Throws for a model that is not in `MODELS`: its feature is off, and nothing says how to keep it. */
export function createMongoAdapter({ db, seal, rootSecret, clock = () => new Date(), monotonic }: OidcStoreDeps): MongoAdapter {
  const create = (model: string): Adapter & { open(document: StoredDocument): AdapterPayload } => {
    const kept = MODELS[model];
    if (!kept) throw new Error(`nothing says how to keep a ${model}`);
    const documents = db.collection<StoredDocument>(kept.collection);
    const idOf = (id: string) => oidcDigest(rootSecret, model, id);
    const context = (_id: string, field: string) => `${kept.collection}/${_id}/${field}`;

    const close = (
      _id: string,
      id: string,
      { consumed: _, jti: __, authorizations: ___, ...rest }: AdapterPayload,
    ): Partial<StoredDocument> => {
      if (kept.sealed) return { sealed: seal.seal(JSON.stringify({ ...rest, jti: id }), context(_id, 'payload')) };
      const { claims } = rest;
      // What a service names in them may be a person's address (OpenID Connect Core 5.5.1).
      return { payload: claims ? { ...rest, claims: seal.seal(JSON.stringify(claims), context(_id, 'claims')) as never } : rest };
    };

    const open = (found: StoredDocument, id?: string): AdapterPayload => {
      const payload: AdapterPayload = found.sealed
        ? JSON.parse(seal.open(found.sealed, context(found._id, 'payload')))
        : { ...found.payload };
      if (typeof payload.claims === 'string') payload.claims = JSON.parse(seal.open(payload.claims, context(found._id, 'claims')));
      if (id !== undefined) payload.jti = id;
      if (found.exp !== undefined) payload.exp = found.exp;
      if (found.authorizations) payload.authorizations = mapKeys(found.authorizations, (key) => Buffer.from(key, 'base64url').toString());
      if (found.consumed) payload.consumed = Math.floor(found.consumed.getTime() / 1000);
      return payload;
    };

    /** Of a session, in seconds since 1970: by our clock, by which it is judged everywhere else. */
    const endOf = (exp: number, expiresIn: number | undefined) =>
      expiresIn === undefined ? exp : Math.floor(clock().getTime() / 1000) + expiresIn;

    const openIf = (found: StoredDocument | null, id?: string) => (found ? open(found, id) : undefined);

    return {
      open,
      async upsert(id, payload, expiresIn) {
        const _id = idOf(id);
        const { uid, grantId, accountId, clientId, exp } = payload;
        const fields: Partial<StoredDocument> = {
          ...close(_id, id, payload),
          ...(uid !== undefined && { uid: oidcDigest(rootSecret, 'uid', uid) }),
          ...(grantId !== undefined && { grantId: oidcDigest(rootSecret, 'Grant', grantId) }),
          ...(accountId !== undefined && { accountId }),
          ...(clientId !== undefined && { clientId }),
          ...mapKeys(payload.authorizations ?? {}, (clientId) => `authorizations.${Buffer.from(clientId).toString('base64url')}`),
          ...(model === 'Session' && exp !== undefined && { exp: endOf(exp, expiresIn), usedAt: clock() }),
          ...(model === 'Session' && accountId !== undefined && { untold: true as const }),
          ...(expiresIn !== undefined && { expiresAt: new Date(clock().getTime() + (expiresIn + kept.slack) * 1000) }),
        };
        if (kept.insertOnly) {
          // The library looks first and saves later; two servers can both have looked.
          await documents.insertOne({ _id, ...fields }).catch((error: unknown) => {
            throw isDuplicateKey(error) ? new errors.InvalidRequest('already used') : error;
          });
          return;
        }
        // Not a replacement: the mark of `consume` stays whatever is written later.
        // Nor does the second click on a last button bring back the interaction that the first has ended: it could be resumed by nobody,
        // and would lead its browser in a circle.
        const resolved = model === 'Interaction' && payload.result !== undefined;
        const { matchedCount } = await documents.updateOne({ _id }, { $set: fields }, { upsert: !resolved });
        if (resolved && matchedCount === 0) throw new errors.SessionNotFound('the interaction is over');
      },
      find: async (id) => openIf(await documents.findOne({ _id: idOf(id) }), id),
      findByUid: async (uid) => openIf(await documents.findOne({ uid: oidcDigest(rootSecret, 'uid', uid) })),
      // The device flow is off.
      findByUserCode: async () => undefined,
      async consume(id) {
        const { modifiedCount } = await documents.updateOne(
          { _id: idOf(id), consumed: { $exists: false } },
          { $set: { consumed: clock() } },
          { writeConcern: { w: 'majority' } },
        );
        if (modifiedCount === 0) throw alreadyUsed(model);
      },
      async destroy(id) {
        await documents.deleteOne({ _id: idOf(id) });
      },
      async revokeByGrantId(grantId) {
        await documents.deleteMany({ grantId: oidcDigest(rootSecret, 'Grant', grantId) });
      },
    };
  };

  const clients = createClientStore({ db, seal, clock, ...(monotonic && { monotonic }) });
  const adapters = new Map<string, ReturnType<typeof create>>();
  const adapterOf = (model: string) => {
    const adapter = adapters.get(model) ?? create(model);
    adapters.set(model, adapter);
    return adapter;
  };
  return Object.assign((model: string) => (model === 'Client' ? clients.adapter : adapterOf(model)), {
    clients,
    open: (model: string, document: StoredDocument) => adapterOf(model).open(document),
    async init() {
      for (const kept of Object.values(MODELS)) await buildIndexes(db, kept);
      await clients.init();
    },
  });
}

const mapKeys = <T>(record: Record<string, T>, rename: (key: string) => string): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [rename(key), value]));

async function buildIndexes(db: Connection, { collection, indexes = [], lasting }: KeptModel): Promise<void> {
  const end = { key: { expiresAt: 1 as const }, expireAfterSeconds: 0 };
  const specifications = [...indexes.map((key) => ({ key: { ...key } })), ...(lasting ? [] : [end])];
  await db.collection(collection).createIndexes(specifications);
}
