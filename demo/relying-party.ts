/** This service as an OpenID Connect relying party. The only file that knows the protocol library; it keeps no state about people. */
import { setTimeout as wait } from 'node:timers/promises';
import * as client from 'openid-client';
import { type Log, Problem } from './problems.ts';
import type { Person, Tokens } from './sessions.ts';
import type { Settings } from './settings.ts';

/** What must be remembered between sending somebody away and their coming back. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Where on this site to go afterwards; a path. */
  readonly target: string;
}

export interface SignInRequest {
  readonly target: string;
  readonly language: string;
  readonly loginHint: string | undefined;
  readonly create: boolean;
}

export type RelyingParty = ReturnType<typeof createRelyingParty>;

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** `log` is told each failed try to find the provider. */
export const createRelyingParty = (settings: Settings, log: Log) => {
  const stopped = new AbortController();
  const audience = `${settings.url}/api`;
  let configuration: client.Configuration | undefined;

  const discover = (): Promise<client.Configuration> =>
    client.discovery(new URL(settings.issuer), settings.clientId, undefined, client.ClientSecretBasic(settings.clientSecret), {
      timeout: 10,
      // ID tokens are verified by signature too, although TLS to the token endpoint would do (OpenID Connect Core section 3.1.3.7).
      execute: [client.enableNonRepudiationChecks, ...(settings.issuer.startsWith('http:') ? [client.allowInsecureRequests] : [])],
    });

  const found = (): client.Configuration => {
    if (!configuration) throw new Problem('not_ready');
    return configuration;
  };

  return {
    audience,

    /** Looks for the provider until it answers; the two may be started in any order. Resolves false when stopped before. */
    async start(): Promise<boolean> {
      for (let pause = FIRST_PAUSE; !configuration && !stopped.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
        try {
          configuration = await discover();
        } catch (error) {
          log('the provider does not answer yet', error);
          await wait(pause, undefined, { signal: stopped.signal }).catch(() => undefined);
        }
      }
      return configuration !== undefined;
    },

    stop: (): void => stopped.abort(),

    /** The provider's metadata. Throws `not_ready` until it has been found. */
    provider: () => found().serverMetadata(),

    isReady: (): boolean => configuration !== undefined,

    /** The address to send the browser to: code flow with PKCE (RFC 7636), state, nonce, and our API as a resource (RFC 8707). */
    async begin(request: SignInRequest): Promise<{ url: URL; pending: PendingSignIn }> {
      const pending: PendingSignIn = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
        target: request.target,
      };
      const url = client.buildAuthorizationUrl(found(), {
        redirect_uri: `${settings.url}/callback`,
        scope: 'openid email account_type',
        resource: audience,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
        ui_locales: request.language,
        ...(request.loginHint ? { login_hint: request.loginHint } : {}),
        ...(request.create ? { prompt: 'create' } : {}),
      });
      return { url, pending };
    },

    /** Redeems the code. The code is redeemed without `resource`, so the access token is for UserInfo alone. Throws the library's errors. */
    async finish(url: URL, pending: PendingSignIn): Promise<{ person: Person; tokens: Tokens }> {
      const answer = await client.authorizationCodeGrant(found(), url, {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.verifier,
        idTokenExpected: true,
      });
      const claims = answer.claims()!;
      const userInfo = await client.fetchUserInfo(found(), answer.access_token, claims.sub);
      const { amr } = claims;
      const authTime = claims.auth_time;
      return {
        person: {
          sub: claims.sub,
          sid: text(claims['sid']),
          email: text(userInfo.email) ?? text(claims['email']),
          accountType: text(claims['account_type']) ?? text(userInfo['account_type']),
          acr: text(claims['acr']),
          amr: Array.isArray(amr) ? amr.filter((method) => typeof method === 'string') : [],
          authTime: typeof authTime === 'number' ? new Date(authTime * 1000) : undefined,
        },
        tokens: { idToken: answer.id_token!, refreshToken: answer.refresh_token },
      };
    },

    /** Trades the refresh token for a token our API accepts. The old refresh token is dead afterwards when a new one comes along. */
    async refresh(
      refreshToken: string,
    ): Promise<{ accessToken: string; seconds: number; idToken: string | undefined; refreshToken: string | undefined }> {
      const answer = await client.refreshTokenGrant(found(), refreshToken, { resource: audience });
      return {
        accessToken: answer.access_token,
        seconds: answer.expires_in ?? 0,
        idToken: answer.id_token,
        refreshToken: answer.refresh_token,
      };
    },

    /** Where to send the browser so that the session at the provider ends too (RP-Initiated Logout 1.0). */
    signOutUrl: (idToken: string): URL =>
      client.buildEndSessionUrl(found(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: `${settings.url}/`,
        state: 'signed-out',
      }),
  };
};

/** The provider's error code when an authorization answer or a token answer was an error; undefined for everything else. */
export const errorCodeOf = (error: unknown): string | undefined =>
  error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError ? error.error : undefined;
