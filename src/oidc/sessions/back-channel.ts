/** Telling services that a session of theirs has ended (OpenID Connect Back-Channel Logout 1.0 2.5). */
import type Provider from 'oidc-provider';
import type { Logger } from 'pino';

/** What a session holds for a client, as the library keeps it. */
export interface ClientAuthorization {
  readonly sid?: string;
  readonly grantId?: string;
  /** What it gave outlives the session (scope `offline_access`). */
  readonly persistsLogout?: boolean;
}

export interface Ended {
  readonly accountId: string;
  readonly clientId: string;
  readonly sid: string | undefined;
}

/** For all services together: a sign-out does not wait for the slowest. */
const BOUND_MS = 2500;

/** Tells every service that wants to be told; one try each. Never throws: what fails is logged. */
export async function tellServices({ provider, log }: { provider: Provider; log: Logger }, ended: readonly Ended[]): Promise<void> {
  const tell = async ({ accountId, clientId, sid }: Ended) => {
    try {
      const client = await provider.Client.find(clientId);
      if (!client?.backchannelLogoutUri) return;
      await (client as unknown as { backchannelLogout(accountId: string, sid: string | undefined): Promise<void> }).backchannelLogout(
        accountId,
        sid,
      );
    } catch (error) {
      log.warn({ client: clientId, error }, 'back-channel logout failed');
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, BOUND_MS);
  });
  await Promise.race([Promise.all(ended.map(tell)), bound]);
  clearTimeout(timer);
}
