/**
 * What a person has granted a client. A grant belongs to one session, so that signing out here ends the tokens that came from here and
 * no others. The operator's own services are granted what they may ask for; third parties what the person allowed, which is remembered.
 */
import type Provider from 'oidc-provider';
import type { Client, Configuration, Grant, Interaction } from 'oidc-provider';
import type { RootSecret } from '../crypto/digest.ts';
import { claimsOf, knownScopes } from './claims.ts';
import { isFirstParty } from './clients.ts';
import { CONSENT_REMEMBERED } from './lifetimes.ts';

export interface Grants {
  readonly loadExistingGrant: NonNullable<Configuration['loadExistingGrant']>;
  /** Grants what the interaction's client asks for, remembers it, and returns the grant's id. */
  allow(provider: Provider, interaction: Interaction, accountId: string): Promise<string>;
  /** The grant that stands for what this account is remembered to have allowed this client. */
  memoryId(accountId: string, clientId: string): string;
}

export function createGrants(rootSecret: RootSecret): Grants {
  /** What is remembered is a grant of a name that can be computed again; no token ever belongs to it. */
  const memoryId = (accountId: string, clientId: string) => rootSecret.digest('consent', `${accountId} ${clientId}`);
  /**
   * Computed too, so that two tabs of one session that come at once get one grant, and neither's code is bound to a grant that lost. `from`:
   * the session's uid, or the grant that it had and that was ended: a token that was saved while its family was ended belongs to no grant
   * from then on, and would come to life with another one of that id.
   */
  const grantId = (from: string, accountId: string, clientId: string) => rootSecret.digest('grant', `${from} ${accountId} ${clientId}`);
  const create = (provider: Provider, jti: string, accountId: string, clientId: string, expiresIn?: number) =>
    new provider.Grant({ accountId, clientId, jti, ...(expiresIn && { expiresIn }) } as { accountId: string; clientId: string });

  const found = async (provider: Provider, id: string | undefined, accountId: string, clientId: string): Promise<Grant | undefined> => {
    const grant = id === undefined ? undefined : await provider.Grant.find(id);
    // Of somebody else, it would end the request with a 500.
    return grant?.accountId === accountId && grant.clientId === clientId ? grant : undefined;
  };

  return {
    memoryId,

    async loadExistingGrant(ctx) {
      const { oidc } = ctx;
      const { provider } = oidc;
      const client = oidc.client as Client;
      const accountId = oidc.account!.accountId;
      const had = oidc.session?.grantIdFor(client.clientId);
      const id = oidc.result?.consent?.grantId ?? had;
      const grant = await found(provider, id, accountId, client.clientId);
      const wanted = [...oidc.requestParamOIDCScopes];
      const resources = Object.entries(oidc.resourceServers ?? {}).map(
        ([resource, { scopes }]) => [resource, [...oidc.requestParamScopes].filter((scope) => scopes.has(scope))] as const,
      );

      const fresh = () => create(provider, grantId(had ?? oidc.session!.uid, accountId, client.clientId), accountId, client.clientId);
      if (isFirstParty(client)) return grow(grant ?? fresh(), wanted, resources);

      // Read also where this session has a grant: more may have been allowed in another one since.
      const memory = await found(provider, memoryId(accountId, client.clientId), accountId, client.clientId);
      if (!memory) return grant;
      const allowed = new Set(memory.getOIDCScope().split(' '));
      const allowedAt = (resource: string) => new Set(memory.getResourceScope(resource).split(' '));
      return grow(
        grant ?? fresh(),
        wanted.filter((scope) => allowed.has(scope)),
        resources.map(([resource, scopes]) => [resource, scopes.filter((scope) => allowedAt(resource).has(scope))] as const),
      );
    },

    async allow(provider, { params, prompt, session, grantId: known }, accountId) {
      const clientId = String(params.client_id);
      const scopes = knownScopes(params.scope);
      const resources = Object.entries((prompt.details.missingResourceScopes ?? {}) as Record<string, readonly string[]>);
      const id = grantId(session!.uid, accountId, clientId);
      const grant = await found(provider, known ?? id, accountId, clientId);
      const granted = await grow(grant ?? create(provider, id, accountId, clientId), scopes, resources);

      const memory = await found(provider, memoryId(accountId, clientId), accountId, clientId);
      // Access while nobody is there is allowed each time anew.
      const lasting = scopes.filter((scope) => scope !== 'offline_access');
      await grow(memory ?? create(provider, memoryId(accountId, clientId), accountId, clientId, CONSENT_REMEMBERED), lasting, resources);
      return granted.jti;
    },
  };
}

/** Adds what is missing, and saves the grant when that changed it or it is new. */
async function grow(grant: Grant, scopes: readonly string[], resources: readonly (readonly [string, readonly string[]])[]): Promise<Grant> {
  let changed = !grant.exp;
  const add = (granted: string, wanted: readonly string[], take: (scopes: string) => void) => {
    const has = new Set(granted.split(' '));
    const missing = wanted.filter((scope) => !has.has(scope));
    if (missing.length === 0) return;
    take(missing.join(' '));
    changed = true;
  };
  add(grant.getOIDCScope(), scopes, (missing) => grant.addOIDCScope(missing));
  add(grant.getOIDCClaims().join(' '), claimsOf(scopes), (missing) => grant.addOIDCClaims(missing.split(' ')));
  for (const [resource, wanted] of resources)
    add(grant.getResourceScope(resource), wanted, (missing) => grant.addResourceScope(resource, missing));
  if (changed) await grant.save();
  return grant;
}
