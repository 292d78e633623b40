/** While a secret is being changed at the service, the one before it is good, too. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import type { Logger } from 'pino';
import { randomToken } from '../../crypto/random.ts';
import type { ClientStore } from '../../oidc-store/client-store.ts';

type Compare = (this: Client, actual: string) => boolean | Promise<boolean>;

/** Both are compared always, so that time tells nobody which of them was right, or whether there are two. */
export function acceptFormerSecrets(provider: Provider, clients: Pick<ClientStore, 'formerSecret'>, log: Pick<Logger, 'info'>): void {
  const prototype = provider.Client.prototype as unknown as { compareClientSecret: Compare };
  const compare = prototype.compareClientSecret;
  prototype.compareClientSecret = async function compareBoth(actual) {
    const former = await clients.formerSecret(this.clientId);
    const isCurrent = await compare.call(this, actual);
    const isFormer = equal(former ?? randomToken(), actual);
    // So that the operator sees who has not changed it yet.
    if (isFormer && !isCurrent) log.info({ client: this.clientId }, 'a client used the secret before its current one');
    return isCurrent || isFormer;
  };
}

const equal = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
