/** What every authorization request is held to beside the library's rules, when it comes in or is pushed. */
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Attempts } from '../../attempts/attempts.ts';
import { knownScopes } from '../claims.ts';
import { LONGEST_REQUEST } from '../routes.ts';
import { tooMany } from './too-many.ts';

/** Proves who it is, wherever it calls. */
export const isConfidential = (client: Client): boolean => client.clientAuthMethod !== 'none';

/** To be called when all else of the request is right. */
export function createRequestCheck({ attempts }: { readonly attempts: Pick<Attempts, 'spend'> }) {
  return async (ctx: KoaContextWithOIDC): Promise<void> => {
    const { client, params, route } = ctx.oidc;
    // Else people would sign in first, and the client be told that they denied it (RFC 6749 3.3).
    if (knownScopes(params?.scope).length === 0)
      throw new errors.InvalidScope('the scope parameter names nothing that is known here', 'openid');
    if (route !== 'pushed_authorization_request' || isConfidential(client!)) return;
    // Anybody can send what is kept then, for days.
    if (Buffer.byteLength(JSON.stringify(params)) > LONGEST_REQUEST)
      throw new errors.InvalidRequest(`clients without authentication may push ${LONGEST_REQUEST} bytes`);
    const spent = await attempts.spend('push-network', ctx.ip);
    if (!spent.ok) throw tooMany(ctx, 'pushed requests', spent.until);
  };
}
