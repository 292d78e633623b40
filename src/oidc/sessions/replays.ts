/** Ending everything that one grant gave, and the one replay that the library lets pass. */
import type Provider from 'oidc-provider';
import type { AuthorizationCode, KoaContextWithOIDC } from 'oidc-provider';

/** Ends a grant with its code, opaque access tokens and refresh tokens; JWT access tokens live until their `exp`. */
export async function revokeGrant(provider: Provider, grantId: string): Promise<void> {
  await provider.AccessToken.revokeByGrantId(grantId);
  await provider.RefreshToken.revokeByGrantId(grantId);
  await provider.AuthorizationCode.revokeByGrantId(grantId);
  await (provider.Grant as unknown as { adapter: { destroy(id: string): Promise<void> } }).adapter.destroy(grantId);
}

/**
 * A code used again within its minute ends the tokens it gave; of one used again later the library says only that it has expired. The
 * thief of a code may take longer than a minute (RFC 9700 4.5.2), so that case ends them here. To be called when the token endpoint has
 * refused an authenticated client.
 */
export async function revokeReplayedCode({ oidc }: KoaContextWithOIDC): Promise<void> {
  const { provider, client, params } = oidc;
  if (params?.grant_type !== 'authorization_code' || typeof params.code !== 'string') return;
  const code = (await provider.AuthorizationCode.find(params.code, { ignoreExpiration: true })) as
    | (AuthorizationCode & { consumed?: unknown })
    | undefined;
  if (code?.consumed && code.clientId === client?.clientId && code.grantId) await revokeGrant(provider, code.grantId);
}
