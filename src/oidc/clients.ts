/** Which clients there are: the built-in one, and the operator's file. What a record may say beyond RFC 7591 is declared here. */

import type Provider from 'oidc-provider';
import { type Client, type ClientMetadata, type Configuration, errors } from 'oidc-provider';
import type { Logger } from 'pino';
import type { ClientRecord } from '../config.ts';

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

/**
 * Writes the operator's clients into the database, as at every start: the same records again change nothing. A record that the provider
 * does not accept is logged with its field and reason, and left as it was; the others are not its concern.
 */
export async function applyClients(provider: Provider, clients: readonly ClientRecord[], log: Logger): Promise<void> {
  const { adapter } = provider.Client as unknown as { adapter: { upsert(id: string, payload: ClientMetadata): Promise<void> } };
  for (const record of clients) {
    const metadata = { ...record } as ClientMetadata;
    try {
      if (metadata.client_id === ACCOUNT_PAGES) throw new errors.InvalidClientMetadata(`client_id ${ACCOUNT_PAGES} is built in`);
      await provider.Client.validate(metadata);
    } catch (error) {
      if (!(error instanceof errors.InvalidClientMetadata)) throw error;
      log.error({ client: metadata.client_id, reason: error.error_description }, 'client record refused');
      continue;
    }
    await adapter.upsert(metadata.client_id, metadata);
  }
}
