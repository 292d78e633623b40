/** The grants of an account, and everything that was given on them: codes, opaque access tokens, refresh tokens. */
import type { ClientSession, Connection } from 'mongoose';
import type { AdapterPayload } from 'oidc-provider';
import type { Clock } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import { MODELS } from './models.ts';
import { oidcDigest, type StoredDocument } from './mongo-adapter.ts';

export interface KeptGrant {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly since: Date;
}

/** Grants are named by their ids, which are no secrets to us: they are worked out, or stand in a session. */
export type WhichGrants =
  | 'all'
  | { readonly clientId: string }
  | { readonly only: readonly string[] }
  | { readonly allBut: readonly string[] };

export interface GrantStore {
  /** The grants that have not expired; a client may have several. */
  of(accountId: string, session?: ClientSession): Promise<readonly KeptGrant[]>;
  /** Ends these grants of this account, with their codes and tokens. JWT access tokens live until their `exp`. */
  destroy(accountId: string, which: WhichGrants, session: ClientSession): Promise<void>;
}

const GIVEN_ON_GRANTS = ['AuthorizationCode', 'AccessToken', 'RefreshToken'] as const;

export function createGrantStore({
  db,
  rootSecret,
  clock = () => new Date(),
}: {
  readonly db: Connection;
  readonly rootSecret: RootSecret;
  readonly clock?: Clock;
}): GrantStore {
  const documentsOf = (model: string) => db.collection<StoredDocument>(MODELS[model]!.collection);
  const digests = (ids: readonly string[]) => ids.map((id) => oidcDigest(rootSecret, 'Grant', id));
  return {
    async of(accountId, session) {
      const found = await documentsOf('Grant')
        .find({ accountId, 'payload.exp': { $gt: Math.floor(clock().getTime() / 1000) } }, session && { session })
        .toArray();
      return found.map(({ clientId = '', payload = {} as AdapterPayload }) => ({
        clientId,
        scopes: [(payload.openid as { scope?: string } | undefined)?.scope, ...Object.values(payload.resources ?? {})].flatMap((scope) =>
          scope ? String(scope).split(' ') : [],
        ),
        since: new Date((payload.iat ?? 0) * 1000),
      }));
    },
    async destroy(accountId, which, session) {
      const among = (field: '_id' | 'grantId') => {
        if (which === 'all') return {};
        if ('clientId' in which) return { clientId: which.clientId };
        return { [field]: 'only' in which ? { $in: digests(which.only) } : { $nin: digests(which.allBut) } };
      };
      await documentsOf('Grant').deleteMany({ accountId, ...among('_id') }, { session });
      for (const model of GIVEN_ON_GRANTS) await documentsOf(model).deleteMany({ accountId, ...among('grantId') }, { session });
    },
  };
}
