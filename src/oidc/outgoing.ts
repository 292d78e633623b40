/**
 * Requests that the provider makes to addresses that clients gave (keys, sector identifiers, back-channel logout). The library hands us a
 * dispatcher that ends every connection to an internal address, whatever name led there; here it is left in place, except that in
 * development this machine itself may be reached.
 */
import type { Configuration } from 'oidc-provider';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export function createFetch(production: boolean): NonNullable<Configuration['fetch']> {
  return async (url, options) => {
    const free = !production && LOOPBACK.has(new URL(String(url)).hostname);
    // What was registered and judged is that address, not another that it leads to.
    const here: RequestInit & { dispatcher?: unknown } = { ...options, redirect: 'manual' };
    const { dispatcher: _, ...direct } = here;
    const answer = await globalThis.fetch(url, free ? direct : here);
    // What is posted are logout tokens, of which the status says all: nobody reads, or waits for, what else a service sends.
    if (direct.method === 'POST') await answer.body?.cancel().catch(() => undefined);
    return answer;
  };
}

/** Bytes of an answer that are read at most. */
export const FETCH_LIMITS = { jwks_uri: 64 * 1024, sector_identifier_uri: 64 * 1024 };
