/**
 * What the journeys know of the authorization endpoint: the interaction that a person was sent here to resolve, and how it ends.
 * `oidc/interactions.ts` is what stands behind it; nothing here speaks the library's own words.
 */
import type { Context } from 'koa';
import type { Text } from '../language.ts';

export interface Interaction {
  readonly uid: string;
  readonly prompt: 'login' | 'create' | 'account-type' | 'consent' | 'change';
  /** The journey that our own pages ask for: a change of the account, or the recovery in place of a sign-in. */
  readonly journey?: string | undefined;
  /** The parameters of the authorization request, as they came. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What begins this request anew, whenever it is opened; undefined where the client's requests must be pushed. */
  readonly requestUrl?: string | undefined;
  readonly client: {
    readonly id: string;
    readonly name: string;
    readonly firstParty: boolean;
    readonly uri?: string | undefined;
    readonly policyUri?: string | undefined;
    readonly tosUri?: string | undefined;
    /** Where the answer to a form may lead in the end: the address of this request alone, whose port an app chooses (RFC 8252 7.3). */
    readonly redirectOrigins: readonly string[];
  };
  /** The id of the service in `services.json` that this client is. */
  readonly serviceId?: string | undefined;
  /** Who is signed in already, if anybody. */
  readonly sessionAccountId?: string | undefined;
  /** The session that is signed in; a change may leave it alone and end all others. */
  readonly sessionUid?: string | undefined;
  /**
   * The weakest `acr` that would do. Where it is essential nothing weaker will; as `acr_values` it is a wish, and what the account can
   * give is taken (OpenID Connect Core 5.5.1.1).
   */
  readonly wanted?: { readonly acr: string; readonly essential: boolean } | undefined;
  /** Somebody who gave their password to this very session, and of whom nothing but a stronger second factor is asked. */
  readonly stepUp?:
    | {
        readonly accountId: string;
        /** Seconds since 1970. */
        readonly authTime: number;
      }
    | undefined;
  /** What a third party's question is about. */
  readonly scopesAsked?: readonly string[] | undefined;
}

/** How a journey leaves its interaction: what was established, or the error of RFC 6749 4.1.2.1 that the client is told. */
export type InteractionResult =
  | {
      readonly login?: {
        readonly accountId: string;
        readonly acr: string;
        readonly amr: readonly string[];
        /** When the last factor was proven, in seconds since 1970. */
        readonly ts: number;
      };
      readonly accountType?: true;
      /** The change of the account that was asked for is done. */
      readonly changed?: true;
      readonly consent?: { readonly accountId: string };
    }
  | { readonly error: string; readonly error_description?: string };

/** A journey that leaves its interaction to another one, e.g. a recovery to the sign-in: nothing is told to the client yet. */
export interface GoOn {
  readonly goOn: string;
  /** Said on the page that comes next. */
  readonly notice?: Text;
  /** What was given here already, to be shown on a page of the other one. */
  readonly draft?: { readonly step: string; readonly values: Readonly<Record<string, string>> };
}

/**
 * A journey that ends with the session it belongs to: there is no authorization to go back to, so it leaves to a public page of ours
 * (same-site path).
 */
export interface GoAway {
  readonly goTo: string;
}

export interface StartOptions {
  /** Sign up rather than in. */
  readonly create?: boolean;
  readonly language?: string;
  /** The same-site path to go on to when signed in; `/` otherwise. */
  readonly returnTo?: string;
  /** Seconds that the sign-in may be old; 0 asks for a new one. */
  readonly maxAge?: number;
  /** The weakest level that will do: asked for, but what was reached is for the page to judge (`signedIn`). */
  readonly acr?: string;
  /** The journey to begin with: `recovery`, or a change of the account, which comes after a fresh sign-in. */
  readonly journey?: string;
}

/** Who is signed in, and how. */
export interface SignedIn {
  readonly accountId: string;
  /** When the last factor was proven, in seconds since 1970. */
  readonly authTime: number;
  readonly acr: string;
  readonly amr: readonly string[];
  /** Tells this session from the account's others. */
  readonly sessionUid: string;
}

export interface Interactions {
  /** The interaction named in the URL, if it lives and this browser is the one that started it. */
  read(ctx: Context): Promise<Interaction | undefined>;
  /** Records the result and returns the URL to send the browser to, with a 303. */
  finish(ctx: Context, result: InteractionResult): Promise<string>;
  /** Who is signed in in this browser, as our own pages see it. */
  signedIn(ctx: Context): Promise<SignedIn | undefined>;
  /** Ends the session of this browser and all that hangs on it; says whose it was. */
  signOut(ctx: Context): Promise<string | undefined>;
  /** The URL that begins the request of these parameters anew, to be opened at once. */
  restartUrl(params: Readonly<Record<string, unknown>>): Promise<string>;
  /** The URL that signs in (or, with `create`, signs up) for our own pages and comes back to them. */
  startUrl(options?: StartOptions): string;
}
