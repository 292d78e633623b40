/**
 * The library tells services of a sign-out itself, once, and makes the person wait for it. Here its own way of telling is kept for the
 * queue (it makes the token: OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.5), and what it calls only notes who is to be told, to be
 * written down with the end of the session.
 */
import Provider, { type Client, type Session } from 'oidc-provider';
import type { Ended } from '../../oidc-store/logout-notice-store.ts';

/** A service as the library has it, beyond what its types say. */
export interface LogoutClient extends Client {
  backchannelLogoutSessionRequired: boolean;
  includeSid(): boolean;
  readonly postLogoutRedirectUris?: readonly string[];
  backchannelLogout(accountId: string, sid: string | undefined): Promise<void>;
  postLogoutRedirectUriAllowed(uri: string): boolean;
}

/**
 * `rests`: it gave no answer, or one that others for it would get as well, so that these can wait. A 400 is about the one that was told
 * (Back-Channel Logout 1.0, 2.8: it was invalid, or that person's logout failed), and must hold up no other.
 */
export type Told =
  | { readonly outcome: 'told'; readonly detail: string }
  | { readonly outcome: 'nobody'; readonly detail: string }
  | { readonly outcome: 'later'; readonly detail: string; readonly rests: boolean };

export interface Delivery {
  /** Those whose service wants to be told. One whose record cannot be read just now counts: it is asked again when it is told. */
  wanting(ended: readonly Ended[]): Promise<readonly Ended[]>;
  /** Tells one service, in 2.5 seconds at most. Never throws. */
  tell(ended: Ended): Promise<Told>;
}

/** A session as the library has it. */
interface EndingSession extends Session {
  destroyed?: boolean;
  destroy(): Promise<void>;
}

interface Diversion {
  /** Writes down whom to tell where the session goes on: the person has signed out at this service alone. */
  write(ended: readonly Ended[]): Promise<void>;
  /** Ends a session and writes down whom to tell, both or neither. */
  end(session: { readonly accountId: string; readonly uid: string }, ended: readonly Ended[]): Promise<void>;
}

/** From now on this provider's sign-outs call these in place of the services. */
export function divertLogout(provider: Provider, { write, end }: Diversion): Delivery {
  const { Client, Session } = provider as unknown as {
    Client: { prototype: LogoutClient; find(id: string): Promise<LogoutClient | undefined> };
    Session: { prototype: EndingSession };
  };
  const { backchannelLogout: call } = Client.prototype;
  /** By request. */
  const noted = new WeakMap<object, Ended[]>();
  Client.prototype.backchannelLogout = async function (accountId, sid) {
    const ended = { accountId, clientId: this.clientId, sid };
    const request = Provider.ctx?.oidc;
    if (request?.params?.logout) noted.set(request, [...(noted.get(request) ?? []), ended]);
    else await write([ended]);
  };

  // After it has called that for each service. It does so at such a sign-out alone.
  const { destroy } = Session.prototype;
  Session.prototype.destroy = async function () {
    const { accountId, uid } = this;
    if (accountId === undefined) return destroy.call(this);
    const request = Provider.ctx?.oidc;
    await end({ accountId, uid }, (request && noted.get(request)) ?? []);
    this.destroyed = true;
  };

  // Discovery says that sessions are told apart, and then ID tokens have `sid` (Back-Channel Logout 1.0, 2.1), whoever demands it.
  Client.prototype.includeSid = function () {
    return this.backchannelLogoutUri !== undefined;
  };

  // By the letter alone (RP-Initiated Logout 1.0, 3); the library lets the port of a native app's loopback address vary.
  Client.prototype.postLogoutRedirectUriAllowed = function (uri) {
    return this.postLogoutRedirectUris?.includes(uri) ?? false;
  };

  /** Without `sid` it would mean all sessions of the person. The library names it, before it first waits, to whoever demands it. */
  function callWithSid(client: LogoutClient, accountId: string, sid: string | undefined): Promise<void> {
    const { backchannelLogoutSessionRequired: demanded } = client;
    client.backchannelLogoutSessionRequired = sid !== undefined;
    const called = call.call(client, accountId, sid);
    client.backchannelLogoutSessionRequired = demanded;
    return called;
  }

  return {
    async wanting(ended) {
      const wants = new Map<string, boolean>();
      for (const clientId of new Set(ended.map((one) => one.clientId)))
        wants.set(
          clientId,
          await Client.find(clientId).then(
            (client) => Boolean(client?.backchannelLogoutUri),
            () => true,
          ),
        );
      return ended.filter(({ clientId }) => wants.get(clientId));
    },

    async tell({ accountId, clientId, sid }) {
      try {
        const client = await Client.find(clientId);
        if (!client) return { outcome: 'nobody', detail: 'client gone' };
        if (!client.backchannelLogoutUri) return { outcome: 'nobody', detail: 'no address' };
        await callWithSid(client, accountId, sid);
        return { outcome: 'told', detail: 'taken' };
      } catch (error) {
        const { response } = error as { response?: { status: number } };
        if (response) return { outcome: 'later', detail: String(response.status), rests: response.status !== 400 };
        return { outcome: 'later', detail: wordOf(error), rests: true };
      }
    },
  };
}

/** What was wrong, in a word that holds nothing of the token. */
function wordOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown; message?: unknown }; name?: unknown };
  if (name === 'TimeoutError') return 'no answer in time';
  return String(cause?.code ?? cause?.message ?? name ?? 'unknown').slice(0, 100);
}
