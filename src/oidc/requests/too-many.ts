/** How a client is told that there were too many requests of a kind (RFC 6585 4; RFC 9126 2.3 for those that are pushed). */
import { errors } from 'oidc-provider';

/** `what`: in the plural. Says by a header when the next one may come. */
export function tooMany(ctx: { set(name: string, value: string): void }, what: string, until: Date): errors.CustomOIDCProviderError {
  ctx.set('retry-after', String(Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000))));
  const refusal = new errors.CustomOIDCProviderError('temporarily_unavailable', `too many ${what}; try again later`);
  return Object.assign(refusal, { status: 429, statusCode: 429 });
}
