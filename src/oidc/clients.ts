/** The client that is built in, and what a record may say beyond RFC 7591. */

import { type Client, type ClientMetadata, type Configuration, errors } from 'oidc-provider';

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

const FIELDS: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  first_party: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  sandbox: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  audiences: (value) =>
    Array.isArray(value) && value.every((entry) => typeof entry === 'string' && URL.canParse(entry) && !entry.includes('#'))
      ? undefined
      : 'must be an array of absolute URIs without a fragment',
};

/** What this system adds to client metadata, and the one rule that is not about a single field. Synchronous, as the library demands. */
export const extraClientMetadata: NonNullable<Configuration['extraClientMetadata']> = {
  properties: Object.keys(FIELDS),
  validator(_ctx, field, value, metadata) {
    const fault = value === undefined ? undefined : FIELDS[field]?.(value);
    if (fault) throw new errors.InvalidClientMetadata(`${field} ${fault}`);
    const types: readonly unknown[] = Array.isArray(metadata.response_types) ? metadata.response_types : [];
    if (metadata.client_id !== ACCOUNT_PAGES && types.includes('none'))
      throw new errors.InvalidClientMetadata('response_types can only contain code');
  },
};
