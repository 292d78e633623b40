import { authlib } from './authlib.ts';
import { goOidc } from './go-oidc.ts';
import { modAuthOpenidc } from './mod-auth-openidc.ts';
import { openidClient } from './openid-client.ts';
import type { Installation, RelyingPartyKind } from './relying-party.ts';

/** Services that nobody here wrote the protocol of, which the tests sign people in to. */
export const RELYING_PARTIES: readonly RelyingPartyKind[] = [openidClient, authlib, goOidc, modAuthOpenidc];

/**
 * Installs those that are not there yet, and says which there are. Throws when one cannot be installed, and says what to do for each: a run
 * without it would pass without having tried it.
 */
export function prepareRelyingParties(installation: Installation, kinds = RELYING_PARTIES): void {
  const missing: string[] = [];
  for (const kind of kinds) {
    let reason = '';
    let found = kind.find(installation);
    if (!found) {
      try {
        kind.install(installation);
        found = kind.find(installation);
      } catch (error) {
        reason = ` (${(error as Error).message})`;
      }
    }
    if (found) installation.log(`Relying party ${kind.name}: ${found.version}`);
    else missing.push(`  - ${kind.name}${reason}: ${kind.advice}`);
  }
  if (missing.length === 0) return;
  throw new Error(['The tests sign people in to services that others wrote, and these cannot be installed here:', ...missing].join('\n'));
}
