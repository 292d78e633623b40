/** Prompts of the authorization endpoint as the journeys know them: which page is due for whom, and how it ended. */

import { UnsecuredJWT } from 'jose';
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import { type Client, errors, type InteractionResults, type Interaction as LibraryInteraction } from 'oidc-provider';
import type { Assurance } from '../accounts/assurance.ts';
import { AppError } from '../errors.ts';
import { sameSitePath } from '../http/same-origin.ts';
import { formTarget } from '../http/security-headers.ts';
import type { Interaction, InteractionResult, Interactions } from '../journey/interaction.ts';
import { knownScopes, type ServiceEntry } from './claims.ts';
import { ACCOUNT_PAGES, changeOf, isFirstParty, journeyOf, SIGNED_IN_PATH } from './clients.ts';
import { demandOf } from './demand.ts';
import type { Grants } from './grants.ts';
import { ROUTES } from './routes.ts';
import type { SessionCare } from './sessions/browser-session.ts';

/** Seconds. The browser comes with it at once. */
const PUSHED_FOR = 60;

interface InteractionDeps {
  readonly provider: Provider;
  readonly grants: Grants;
  readonly assurance: Assurance;
  readonly services: readonly ServiceEntry[];
  readonly issuer: string;
  readonly sessions: SessionCare;
}

export function createInteractions({ provider, grants, assurance, services, issuer, sessions }: InteractionDeps): Interactions {
  /** The interaction of this browser, if it is the one that the URL names; undefined also when its session ended meanwhile. */
  const details = async (ctx: Context): Promise<LibraryInteraction | undefined> => {
    try {
      const found = await provider.interactionDetails(ctx.req, ctx.res);
      return found.uid === ctx.params.uid ? found : undefined;
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  };

  return {
    async read(ctx) {
      const found = await details(ctx);
      const client = found && (await provider.Client.find(String(found.params.client_id)));
      if (!found || !client || !(await standsOn(ctx, found))) return undefined;
      const demand = demandOf(found.params) ?? (changeOf(found.params) && { values: [assurance.second], essential: false });
      const acr = demand && assurance.weakest(demand.values);
      return {
        uid: found.uid,
        // The page to sign in is where people say who they are.
        prompt: (found.prompt.name === 'select_account' ? 'login' : found.prompt.name) as Interaction['prompt'],
        journey: journeyOf(found.params),
        params: found.params,
        requestUrl: client.requirePushedAuthorizationRequests ? undefined : authorizeUrl(found.params),
        client: {
          id: client.clientId,
          name: client.clientName ?? client.clientId,
          firstParty: isFirstParty(client),
          uri: linkOf(client.clientUri),
          policyUri: linkOf(client.policyUri),
          tosUri: linkOf(client.tosUri),
          redirectOrigins: [formTarget(String(found.params.redirect_uri)) ?? []].flat(),
        },
        serviceId: services.find(({ clientId }) => clientId === client.clientId)?.id,
        sessionAccountId: found.session?.accountId,
        sessionUid: found.session?.uid,
        wanted: demand && acr ? { acr, essential: demand.essential } : undefined,
        stepUp: await stepUpOf(ctx, found),
        scopesAsked: scopesOf(found),
      };
    },

    async finish(ctx, result) {
      const found = await details(ctx);
      if (!found) throw new AppError('page_expired');
      // What earlier pages of this authorization gave is kept, else `prompt=create` and `prompt=login` would ask again after the next one.
      const mergeWithLastSubmission = !('error' in result);
      const results = await resultsOf(found, result);
      return provider.interactionResult(ctx.req, ctx.res, results, { mergeWithLastSubmission }).catch((cause: unknown) => {
        // Resolved by another request since it was read.
        throw cause instanceof errors.SessionNotFound ? new AppError('page_expired', { cause }) : cause;
      });
    },

    signedIn: sessions.signedIn,
    signOut: sessions.signOut,

    async restartUrl(params) {
      const client = await provider.Client.find(String(params.client_id));
      return authorizeUrl(client?.requirePushedAuthorizationRequests ? await pushAgain(provider, client, params) : params);
    },

    startUrl({ create, language, returnTo, maxAge, acr, journey } = {}) {
      return authorizeUrl({
        client_id: ACCOUNT_PAGES,
        response_type: 'none',
        redirect_uri: new URL(SIGNED_IN_PATH, issuer).href,
        scope: 'openid',
        state: sameSitePath(returnTo),
        prompt: create ? 'create' : undefined,
        ui_locales: language,
        max_age: maxAge,
        acr_values: acr,
        journey,
      });
    },
  };

  /**
   * Whether what the interaction rests on is still there. A change is done on the word of a session alone, which may have been ended since;
   * all others are judged again when they go back.
   */
  async function standsOn(ctx: Context, { prompt, session }: LibraryInteraction): Promise<boolean> {
    return prompt.name !== 'change' || (await sessions.signedIn(ctx))?.sessionUid === session?.uid;
  }

  /** Where the level is the only thing that is missing. A change of the account asks for both factors, however lately they were given. */
  async function stepUpOf(ctx: Context, { prompt, params, session }: LibraryInteraction): Promise<Interaction['stepUp']> {
    if (prompt.name !== 'login' || prompt.reasons.some((reason) => reason !== 'acr') || params.client_id === ACCOUNT_PAGES)
      return undefined;
    const signedIn = await sessions.signedIn(ctx);
    if (!signedIn || signedIn.sessionUid !== session?.uid || !signedIn.amr.includes('pwd')) return undefined;
    return { accountId: signedIn.accountId, authTime: signedIn.authTime };
  }

  async function resultsOf(found: LibraryInteraction, result: InteractionResult): Promise<InteractionResults> {
    if ('error' in result) return { ...result };
    const { login, accountType, consent, changed } = result;
    if (consent && consent.accountId !== found.session?.accountId) throw new AppError('page_expired');
    return {
      // No session outlives its browser. A sign-in answers `prompt=create` as well: whoever signs in instead has an account.
      ...(login && { login: { ...login, amr: [...login.amr], remember: false }, create: {}, select_account: {} }),
      ...(accountType && { 'account-type': {} }),
      ...(changed && { change: {} }),
      ...(consent && { consent: { grantId: await grants.allow(provider, found, consent.accountId) } }),
    };
  }
}

/** An address of the client's that people are led to: never one of another kind, such as `javascript:`. */
const linkOf = (uri: string | undefined): string | undefined => (uri?.startsWith('https://') && URL.canParse(uri) ? uri : undefined);

/** What is new; where the client wants all to be thought about again (`prompt=consent`), all that it asks for. */
function scopesOf({ prompt: { name, reasons, details }, params }: LibraryInteraction): readonly string[] | undefined {
  if (name !== 'consent') return undefined;
  const { missingOIDCScope: missing } = details as { missingOIDCScope?: readonly string[] };
  return missing && !reasons.includes('consent_prompt') ? missing : knownScopes(params.scope);
}

/**
 * Pushes a request again, as it came, and says how it is named then: who demands that requests are pushed (RFC 9126 4) takes no other, and
 * its client knows nothing of the page that has expired.
 */
async function pushAgain(provider: Provider, { clientId }: Client, params: Readonly<Record<string, unknown>>) {
  const request = new UnsecuredJWT(JSON.parse(JSON.stringify(params)))
    .setIssuer(clientId)
    .setAudience(provider.issuer)
    .setIssuedAt()
    .setExpirationTime(`${PUSHED_FOR}s`)
    .encode();
  // The library's types have a list where it keeps a yes: the client had authenticated, as it demands.
  const pushed = new provider.PushedAuthorizationRequest({ request, trusted: true as never });
  return { client_id: clientId, request_uri: `urn:ietf:params:oauth:request_uri:${await pushed.save(PUSHED_FOR)}` };
}

/** An authorization request with these parameters; what is undefined is left out, an array is repeated. */
function authorizeUrl(params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    for (const one of Array.isArray(value) ? value : [value])
      if (typeof one === 'string' || typeof one === 'number') query.append(name, String(one));
  return `${ROUTES.authorization}?${query}`;
}
