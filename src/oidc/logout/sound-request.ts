/**
 * What a request to sign out says and cannot be relied on counts as not said (OpenID Connect RP-Initiated Logout 1.0, 4), so that whoever is
 * sent here is asked, signed out and told so: a fault of a service's must not keep anybody signed in. The service's people find it in the log.
 */
import { decodeJwt } from 'jose';
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { Logger } from 'pino';
import type { LogoutClient } from './delivery.ts';

/** What the log says of such requests. */
export const FAULTS = 'a request to sign out has faults';

/** Leaves in the query what the library takes. */
export async function keepWhatIsSound(provider: Provider, log: Pick<Logger, 'info'>, ctx: Context): Promise<void> {
  const query = { ...ctx.query };
  const ignored: Record<string, string> = {};
  const ignore = (name: string, why: string) => {
    delete query[name];
    ignored[name] = why;
  };
  const given = (name: string): string | undefined => {
    const value = query[name];
    if (Array.isArray(value)) ignore(name, 'given more than once');
    return typeof value === 'string' ? value : undefined;
  };
  for (const name of ['state', 'ui_locales', 'logout_hint']) given(name);
  const [hint, clientId, back] = [given('id_token_hint'), given('client_id'), given('post_logout_redirect_uri')];

  const hinted = hint === undefined ? undefined : await clientOfHint(provider, hint);
  if (hint !== undefined && !hinted) ignore('id_token_hint', 'cannot be verified');
  let client = hinted ?? (clientId === undefined ? undefined : await find(provider, clientId));
  if (clientId !== undefined && !client) ignore('client_id', 'unknown');
  if (clientId !== undefined && client && client.clientId !== clientId) {
    // Which of them is meant is not for us to say.
    ignore('client_id', 'not the client that the hint was given to');
    ignore('id_token_hint', 'not given to this client');
    client = undefined;
  }
  // Without a client the library leaves it alone.
  if (back !== undefined && !client?.postLogoutRedirectUriAllowed(back))
    ignore('post_logout_redirect_uri', client ? 'not registered' : 'of no client that is known');

  if (Object.keys(ignored).length === 0) return;
  log.info({ client: client?.clientId, ignored }, FAULTS);
  ctx.query = query;
}

/** A client whose record cannot be used counts as unknown; an outage does not. */
async function find(provider: Provider, id: string): Promise<LogoutClient | undefined> {
  try {
    return (await provider.Client.find(id)) as LogoutClient | undefined;
  } catch (error) {
    if (error instanceof errors.OIDCProviderError) return undefined;
    throw error;
  }
}

/** The client that the hint was given to; undefined when we have not given it. That it has expired is no matter. */
async function clientOfHint(provider: Provider, hint: string): Promise<LogoutClient | undefined> {
  const aud = audienceOf(hint);
  const client = typeof aud === 'string' ? await find(provider, aud) : undefined;
  const { IdToken } = provider as unknown as { IdToken: { validate(jwt: string, client: unknown): Promise<unknown> } };
  return (
    client &&
    IdToken.validate(hint, client).then(
      () => client,
      () => undefined,
    )
  );
}

function audienceOf(hint: string): unknown {
  try {
    return decodeJwt(hint).aud;
  } catch {
    return undefined;
  }
}
