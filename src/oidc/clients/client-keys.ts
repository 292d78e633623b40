/**
 * Keys that a client serves itself (`jwks_uri`). The library reads them again only where none that it knows fits an assertion: one that was
 * taken away there, because it was stolen, would count for as long as the process runs.
 */
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import type { Client } from 'oidc-provider';

/** As the library keeps them; its types do not say. */
interface KnownKeys {
  /** Seconds since 1970. */
  freshUntil?: number;
  /** True where the keys stand in the record. */
  fresh(): boolean;
  refresh(): Promise<void>;
  selectForVerify(wanted: { readonly alg: string; readonly kid: string | undefined }): readonly JWK[];
}

/** Seconds until a host that gave no keys is asked again. */
const PAUSE = 60;

/**
 * Whether the key of an assertion that the library has just found right is still one of the client's, by what its host has said no longer
 * ago than that may be kept (`max-age`, a minute at least). Where the host gives no answer what is known counts: its outage locks nobody out.
 */
export async function isStillServed(client: Client, assertion: string): Promise<boolean> {
  const { asymmetricKeyStore: keys } = client as unknown as { readonly asymmetricKeyStore: KnownKeys };
  if (keys.fresh()) return true;
  try {
    await keys.refresh();
  } catch {
    keys.freshUntil = Math.floor(Date.now() / 1000) + PAUSE;
    return true;
  }
  const { alg = '', kid } = decodeProtectedHeader(assertion);
  for (const jwk of keys.selectForVerify({ alg, kid })) if (await isSignedBy(jwk, alg, assertion)) return true;
  return false;
}

const isSignedBy = async (jwk: JWK, alg: string, assertion: string): Promise<boolean> => {
  try {
    await compactVerify(assertion, await importJWK(jwk, alg));
    return true;
  } catch {
    return false;
  }
};
