/** How the library is set. What stands here and nowhere else is policy; the reasons are beside it. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { errors } from 'oidc-provider';
import { createAssurance } from '../accounts/assurance.ts';
import type { Attempts } from '../attempts/attempts.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { RootSecret } from '../crypto/digest.ts';
import type { Views } from '../http/views.ts';
import { LANGUAGES } from '../language.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../oidc-store/signing-keys.ts';
import { CLAIMS, createFindAccount, findActive, SCOPES, type TokenAccounts } from './claims.ts';
import { createClientMetadata } from './clients/client-metadata.ts';
import { assertAssertion, isFapi, needsNonce } from './clients/fapi.ts';
import { isSectorAsked, sectorOf } from './clients/sector.ts';
import { accountPagesClient, audiencesOf, isFirstParty } from './clients.ts';
import { faultOfClaims } from './demand.ts';
import type { Grants } from './grants.ts';
import { createLibraryPages } from './library-pages.ts';
import { API_TOKEN, type Lifetimes } from './lifetimes.ts';
import { createFetch, FETCH_LIMITS } from './outgoing.ts';
import { createPolicy } from './policy.ts';
import { createRequestCheck, isConfidential } from './requests/check-request.ts';
import { ROUTES } from './routes.ts';
import { nameAnew } from './sessions/name-anew.ts';

const CONFIDENTIAL_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;
const CLIENT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;

interface Given {
  readonly config: Pick<Config, 'production' | 'issuer' | 'cookieKeys' | 'services'> & {
    readonly policy: Pick<Config['policy'], 'acrValues'>;
  };
  readonly accounts: TokenAccounts;
  readonly attempts: Pick<Attempts, 'spend'>;
  readonly grants: Pick<Grants, 'loadExistingGrant'>;
  readonly rootSecret: RootSecret;
  readonly views: Views;
  readonly lifetimes: Lifetimes;
  readonly sessionId: (uid: string) => string;
  readonly clock: Clock;
}

/** Without `adapter` and `jwks`, which come from the database. */
export function createConfiguration(given: Given): Configuration {
  const { config, accounts, attempts, grants, rootSecret, views, lifetimes, sessionId, clock } = given;
  const { issuer, production, policy, services } = config;
  const assurance = createAssurance(policy.acrValues);
  const checkRequest = createRequestCheck({ attempts });
  const pages = createLibraryPages({ issuer, views });
  const secure = issuer.startsWith('https:');
  // The cookie of an interaction is bound to its path, which `__Host-` forbids.
  const names = secure
    ? { session: '__Host-session', interaction: '__Secure-interaction', resume: '__Secure-resume' }
    : { session: 'session', interaction: 'interaction', resume: 'resume' };
  const cookie = { httpOnly: true, sameSite: 'lax' as const, secure };

  return {
    clients: [accountPagesClient(issuer)],
    extraClientMetadata: createClientMetadata(production),
    assertJwtClientAuthClaimsAndHeader: assertAssertion,
    clientDefaults: { subject_type: 'pairwise' },
    clientAuthMethods: [...CONFIDENTIAL_METHODS, 'none'],
    // Scripts have no secret: only a public client's own pages may read answers (RFC 9700 2.6).
    clientBasedCORS: (_ctx, origin, client) =>
      !isConfidential(client) && origin !== 'null' && (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    cookies: { keys: [...config.cookieKeys], names, long: cookie, short: cookie },
    discovery: {
      prompt_values_supported: ['none', 'create', 'login', 'select_account', 'consent'],
      ui_locales_supported: [...LANGUAGES],
      op_policy_uri: new URL('/privacy', issuer).href,
      op_tos_uri: new URL('/terms', issuer).href,
      // Without these others may take it that it is client_secret_basic alone (RFC 8414 2).
      introspection_endpoint_auth_methods_supported: CONFIDENTIAL_METHODS,
      introspection_endpoint_auth_signing_alg_values_supported: CLIENT_ALGORITHMS,
      revocation_endpoint_auth_methods_supported: [...CONFIDENTIAL_METHODS, 'none'],
      revocation_endpoint_auth_signing_alg_values_supported: CLIENT_ALGORITHMS,
    },
    enabledJWA: {
      clientAuthSigningAlgValues: [...CLIENT_ALGORITHMS],
      idTokenSigningAlgValues: [...SIGNING_ALGORITHMS],
      dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
    },
    fetch: createFetch(production),
    fetchResponseBodyLimits: FETCH_LIMITS,
    routes: ROUTES,
    ttl: lifetimes.ttl,

    // Exactly what was registered, always named (RFC 9700 2.1).
    allowOmittingSingleRegisteredRedirectUri: false,
    // The operator may exempt a confidential client, which then binds its requests by a nonce (RFC 9700 2.1.1).
    pkce: { required: ({ oidc }, client) => client.require_pkce !== false || !oidc.params?.nonce },
    // `none` is for our own pages; discovery does not name it and no other client can have it.
    responseTypes: ['code', 'none'],
    scopes: [...SCOPES],
    claims: CLAIMS,
    acrValues: [...policy.acrValues],
    subjectTypes: ['pairwise', 'public'],
    sectorIdentifierUriValidate: isSectorAsked,
    pairwiseIdentifier: (_ctx, accountId, client) => rootSecret.digest('pairwise', `${sectorOf(client)} ${accountId}`),
    findAccount: createFindAccount({ accounts, services, sessionId }),
    loadExistingGrant: (ctx) => {
      nameAnew(ctx, sessionId);
      return grants.loadExistingGrant(ctx);
    },
    interactions: {
      url: (_ctx, { uid }) => `/interaction/${uid}`,
      policy: createPolicy({ assurance, lifetimes, services, sessionId, clock }),
    },

    // The operator's services get refresh tokens that live with the session; everybody else asks for `offline_access` and consent.
    issueRefreshToken: async (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') && (isFirstParty(client) || source.scopes.has('offline_access')),
    expiresWithSession: async ({ oidc }, source) => isFirstParty(oidc.client) || !source.scopes.has('offline_access'),
    // One that is bound to a key of the client's is worth nothing to a thief (FAPI 2.0 5.3.2.1 (9)); all others are used once.
    rotateRefreshToken: ({ oidc }) => {
      refuseOtherResources(oidc);
      return !isFapi(oidc.client) && !oidc.entities.RefreshToken?.isSenderConstrained();
    },
    extraTokenClaims: (ctx, token) => tokenClaims(ctx, token.scope),
    renderError: pages.renderError,

    // `journey` is a parameter of our own pages (`journeyOf`, `policy.ts`). What stands beside it is called for every request, whether or not
    // that has the parameter, after all other checks: the library offers no other place for one of ours.
    extraParams: { journey: checkRequest },

    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: {
        enabled: true,
        assertClaimsParameter: async (_ctx, claims) => {
          const fault = faultOfClaims(claims as Record<string, unknown>);
          if (fault) throw new errors.InvalidRequest(fault);
        },
      },
      dPoP: { enabled: true, nonceSecret: rootSecret.key('dpop-nonce', 32), requireNonce: needsNonce },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) =>
          isConfidential(client) &&
          token.clientId === client.clientId &&
          Boolean(await findActive(accounts, String((token as { accountId?: string }).accountId))),
      },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // A client is authorized for its APIs from the start. The code gives an opaque token for UserInfo all the same; a refresh that
        // names the API gives the API's token.
        // Without `openid` there is no UserInfo, and the only API needs no naming.
        defaultResource: async (_ctx, client, oneOf) => (oneOf?.length === 1 ? oneOf[0]! : [...(oneOf ?? audiencesOf(client))]),
        getResourceServerInfo: async (_ctx, resource, client) => {
          if (!audiencesOf(client).includes(resource)) throw new errors.InvalidTarget();
          return {
            scope: 'account_type',
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: API_TOKEN,
            jwt: { sign: { alg: client.idTokenSignedResponseAlg as SigningAlgorithm } },
          };
        },
      },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: true, logoutSource: pages.logoutSource, postLogoutSuccessSource: pages.postLogoutSuccessSource },
    },
  };
}

/** The library finds only when it has used a refresh token up that the request names what the token is not for (RFC 8707 2.2). */
function refuseOtherResources({ client, entities, params }: KoaContextWithOIDC['oidc']): void {
  const wanted = [params?.resource ?? []].flat() as string[];
  const { resourceIndicators: own } = entities.RefreshToken as unknown as { readonly resourceIndicators: ReadonlySet<string> };
  if (wanted.length > 1) throw new errors.InvalidTarget('only one resource can be named');
  if (wanted.some((resource) => !own.has(resource) || !audiencesOf(client).includes(resource))) throw new errors.InvalidTarget();
}

/** What an API, or whoever introspects, learns of the sign-in (RFC 9068 2.2.1, RFC 9470 6). */
function tokenClaims({ oidc }: KoaContextWithOIDC, scope: string | undefined): Record<string, unknown> {
  const source = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode;
  const account = oidc.account as { accountType(): string | undefined } | undefined;
  const type = scope?.split(' ').includes('account_type') ? account?.accountType() : undefined;
  return { acr: source?.acr, amr: source?.amr, auth_time: source?.authTime, ...(type !== undefined && { account_type: type }) };
}
