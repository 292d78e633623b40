/** Clients authenticate by the method that they registered, and by no other (RFC 9700 2.5). */
import Provider, { type Client } from 'oidc-provider';

type Compare = (this: Client, secret: string) => boolean | Promise<boolean>;

/** The library takes a secret from the header and from the form alike, whichever the client has registered. */
export function demandRegisteredMethod(provider: Provider): void {
  const prototype = provider.Client.prototype as unknown as { compareClientSecret: Compare };
  const compare = prototype.compareClientSecret;
  prototype.compareClientSecret = async function compareAsRegistered(secret) {
    const method = Provider.ctx?.get('authorization') ? 'client_secret_basic' : 'client_secret_post';
    return this.clientAuthMethod === method && compare.call(this, secret);
  };
}
