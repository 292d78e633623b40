/**
 * The FAPI 2.0 Security Profile, for clients that say `fapi2: true`. The library's own switch asks for little of it; so the record of such a
 * client must ask for all of it, which the endpoints then enforce, and what is left is here.
 */
import { decodeJwt } from 'jose';
import { type Client, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Metadata } from '../../oidc-store/kept-client.ts';
import type { Fault } from './check-client.ts';
import { isStillServed } from './client-keys.ts';

/** FAPI 2.0 5.4.1. */
const ASSERTIONS = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];
const ID_TOKENS = ['ES256', 'EdDSA'];

const DEMANDS: readonly (readonly [field: string, values: readonly unknown[]])[] = [
  ['token_endpoint_auth_method', ['private_key_jwt']],
  ['token_endpoint_auth_signing_alg', ASSERTIONS],
  ['id_token_signed_response_alg', ID_TOKENS],
  ['require_pushed_authorization_requests', [true]],
  ['dpop_bound_access_tokens', [true]],
];

/** What such a record says that the profile forbids, or does not say that it demands. */
export function fapiFault(record: Metadata): Fault | undefined {
  const unmet = DEMANDS.find(([field, values]) => !values.includes(record[field]));
  if (unmet) return { field: unmet[0], reason: `must be ${unmet[1].join(' or ')} with "fapi2": true` };
  const uris: readonly unknown[] = Array.isArray(record.redirect_uris) ? record.redirect_uris : [];
  if (uris.some((uri) => !String(uri).startsWith('https:')))
    return { field: 'redirect_uris', reason: 'must begin with https:// with "fapi2": true' };
  return record.require_pkce === false ? { field: 'require_pkce', reason: 'must not be false with "fapi2": true' } : undefined;
}

export const isFapi = (client: Client | undefined): boolean => client?.fapi2 === true;

/** Seconds: FAPI 2.0 5.3.2.1 (13) wants what is said to be from up to 10 s ahead accepted, and refused from more than 60 s ahead. */
const AHEAD = 15;
/** So far ahead a proof is too old before its id is forgotten (`slack` in `oidc-store/models.ts`). */
const PROOF_AHEAD = 30;
/** An assertion is remembered until its end, lest it be used twice; that should be in sight. */
const LONGEST_ASSERTION = 3600;

/** What the library does not judge of an assertion (`private_key_jwt`): it has no limit for `exp`, and does not look at `iat`, or for keys that are gone. */
export const assertAssertion: NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']> = async (
  { oidc },
  claims,
  _header,
  client,
) => {
  const now = Math.floor(Date.now() / 1000);
  const { exp, iat, aud } = claims;
  if (Number(exp) > now + LONGEST_ASSERTION + AHEAD) throw new errors.InvalidClientAuth('exp of the client_assertion is too far ahead');
  if (iat !== undefined && Number(iat) > now + AHEAD) throw new errors.InvalidClientAuth('iat of the client_assertion is in the future');
  // FAPI 2.0 5.3.2.1 (8): as a string, and of nothing else, lest it serve at another server.
  if (isFapi(client) && aud !== oidc.issuer) throw new errors.InvalidClientAuth('aud of the client_assertion must be the issuer alone');
  if (!(await isStillServed(client, String(oidc.params?.client_assertion))))
    throw new errors.InvalidClientAuth('the key of the client_assertion is no longer at jwks_uri');
};

/**
 * Whether a DPoP proof needs a nonce. The library takes one from up to 5 minutes ahead, which it then forgets before the proof is too old,
 * and with a nonce from any time. So whoever's clock is ahead is told ours by a nonce (RFC 9449 8), and of the profile's clients refused.
 */
export const needsNonce = (ctx: KoaContextWithOIDC): boolean => {
  if (aheadOf(ctx.get('dpop')) <= PROOF_AHEAD) return false;
  if (isFapi(ctx.oidc.client)) throw new errors.InvalidDpopProof('iat of the DPoP proof is in the future');
  return true;
};

/** Seconds from now to when a proof says it was made; what is no proof is left to the library. */
function aheadOf(proof: string): number {
  try {
    return Number(decodeJwt(proof).iat ?? 0) - Math.floor(Date.now() / 1000);
  } catch {
    return 0;
  }
}
