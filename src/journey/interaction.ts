/**
 * What the journeys know of the authorization endpoint: the interaction that a person was sent here to resolve, and how it ends.
 * `oidc/interactions.ts` is what stands behind it; nothing here speaks the library's own words.
 */
import type { Context } from 'koa';

export interface Interaction {
  readonly uid: string;
  readonly prompt: 'login' | 'create' | 'account-type' | 'consent';
  /** The parameters of the authorization request, as they came. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly client: {
    readonly id: string;
    readonly name: string;
    readonly firstParty: boolean;
    readonly uri?: string | undefined;
    readonly policyUri?: string | undefined;
    readonly tosUri?: string | undefined;
    readonly redirectOrigins: readonly string[];
  };
  /** The id of the service in `services.json` that this client is. */
  readonly serviceId?: string | undefined;
  /** Who is signed in already, if anybody. */
  readonly sessionAccountId?: string | undefined;
  /**
   * The weakest `acr` that would do. Where it is essential nothing weaker will; as `acr_values` it is a wish, and what the account can
   * give is taken (OpenID Connect Core 5.5.1.1).
   */
  readonly wanted?: { readonly acr: string; readonly essential: boolean } | undefined;
  readonly scopesMissing?: readonly string[] | undefined;
}

/** How a journey leaves its interaction: what was established, or the error of RFC 6749 4.1.2.1 that the client is told. */
export type InteractionResult =
  | {
      readonly login?: {
        readonly accountId: string;
        readonly acr: string;
        readonly amr: readonly string[] /** When the last factor was proven, in seconds. */;
        readonly ts: number;
      };
      readonly accountType?: true;
      readonly consent?: { readonly accountId: string };
    }
  | { readonly error: string; readonly error_description?: string };

export interface Interactions {
  /** The interaction named in the URL, if it lives and this browser is the one that started it. */
  read(ctx: Context): Promise<Interaction | undefined>;
  /** Records the result and returns the URL to send the browser to, with a 303. */
  finish(ctx: Context, result: InteractionResult): Promise<string>;
  /** Who is signed in in this browser, as our own pages see it. */
  signedIn(ctx: Context): Promise<{ readonly accountId: string } | undefined>;
  /** Ends the session of this browser and all that hangs on it; says whose it was. */
  signOut(ctx: Context): Promise<string | undefined>;
  /** The URL of an authorization request with these parameters, to begin it anew. */
  restartUrl(params: Readonly<Record<string, unknown>>): string;
  /** The URL that signs in (or, with `create`, signs up) for our own pages and comes back to `/`. */
  startUrl(options?: { create?: boolean; language?: string }): string;
}
