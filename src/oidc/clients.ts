/** The client that is built in. What a record may say: `clients/client-rules.ts`. */

import type { Client, ClientMetadata } from 'oidc-provider';

/** Our own pages are a client too: there is one way to sign in. */
export const ACCOUNT_PAGES = 'account-pages';
/** Where an authorization of our own pages ends; `state` is the path to go on to. */
export const SIGNED_IN_PATH = '/signed-in';

/** The journey that our own pages ask for. What anybody else sends under that name is nothing to us. */
export const journeyOf = (params: Readonly<Record<string, unknown>>): string | undefined =>
  params.client_id === ACCOUNT_PAGES && typeof params.journey === 'string' ? params.journey : undefined;

/** The change of the account that is asked for: any journey but the recovery, which is for people who cannot sign in. */
export const changeOf = (params: Readonly<Record<string, unknown>>): string | undefined => {
  const journey = journeyOf(params);
  return journey === 'recovery' ? undefined : journey;
};

export const isFirstParty = (client: Client | undefined): boolean => client?.first_party === true;

/** The APIs a client may get JWT access tokens for. */
export const audiencesOf = (client: Client | undefined): readonly string[] => (client?.audiences as readonly string[] | undefined) ?? [];

export const accountPagesClient = (issuer: string): ClientMetadata => ({
  client_id: ACCOUNT_PAGES,
  client_name: ACCOUNT_PAGES,
  // No code and no token: whoever comes back has a session, and that is all that is wanted.
  response_types: ['none'],
  grant_types: [],
  redirect_uris: [new URL(SIGNED_IN_PATH, issuer).href],
  token_endpoint_auth_method: 'none',
  first_party: true,
});
