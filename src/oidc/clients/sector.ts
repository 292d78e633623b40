/** The sector of a client: within it a person's pairwise subject is the same (OpenID Connect Core 8.1). */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Client } from 'oidc-provider';

/** The host of it, or what stands for one; worked out by the library, which its types do not say. */
export function sectorOf(client: Client): string {
  const [uri = ''] = client.redirectUris ?? [];
  // Of apps whose address is on the device itself: all of them would share one, or have none.
  if (client.applicationType === 'native' && !client.sectorIdentifierUri && !uri.startsWith('https:')) return `app ${client.clientId}`;
  return String((client as unknown as { sectorIdentifier: unknown }).sectorIdentifier);
}

const checking = new AsyncLocalStorage<true>();

/**
 * Whether the library is to ask `sector_identifier_uri` for the addresses that it lists. It would whenever it reads a client that it does
 * not remember: a host that is away would take its services along, and anybody could have it asked without end. They are asked for when a
 * record is made or changed (OpenID Connect Dynamic Client Registration 5).
 */
export const isSectorAsked = (): boolean => checking.getStore() === true;

/** Asks for them in whatever this does. */
export const askingSector = <Result>(check: () => Promise<Result>): Promise<Result> => checking.run(true, check);
