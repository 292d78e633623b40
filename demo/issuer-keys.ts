/** The provider's public keys, fetched from its JWKS and kept; an unknown key id fetches them again, at most every 30 seconds. */
import { createRemoteJWKSet } from 'jose';
import type { RelyingParty } from './relying-party.ts';

export interface IssuerKeys {
  /** The key finder for jose. Throws `not_ready` until the provider has been found. */
  get(): ReturnType<typeof createRemoteJWKSet>;
  issuer(): string;
  /** What the provider signs with; a list of our own, never what a token's header asks for. */
  readonly algorithms: readonly string[];
}

export const createIssuerKeys = (relyingParty: Pick<RelyingParty, 'provider'>): IssuerKeys => {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  return {
    get() {
      keys ??= createRemoteJWKSet(new URL(relyingParty.provider().jwks_uri!), { timeoutDuration: 5000 });
      return keys;
    },
    issuer: () => relyingParty.provider().issuer,
    algorithms: ['RS256', 'ES256'],
  };
};
