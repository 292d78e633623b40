/** A relying party as its integrator would write it (openid-client), and a browser that keeps cookies and follows redirects up to it. */
import * as oauth from 'openid-client';
import { CookieJar } from 'tough-cookie';
import { SECRET } from './provider.ts';

export interface Answer {
  /** Where the redirects ended: a page of the provider, or an address of somebody else's. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Every `Set-Cookie` on the way. */
  readonly cookies: readonly string[];
  readonly hops: readonly { readonly url: string; readonly status: number }[];
}

export type Browser = ReturnType<typeof createBrowser>;

/** `always`: headers of its every request. */
export function createBrowser(origin: string, always: Readonly<Record<string, string>> = {}) {
  const jar = new CookieJar(undefined, { looseMode: false });
  return {
    jar,
    async open(
      to: string | URL,
      init: { method?: string; body?: URLSearchParams | string; headers?: Record<string, string> } = {},
    ): Promise<Answer> {
      const cookies: string[] = [];
      const hops: { url: string; status: number }[] = [];
      let url = new URL(to, origin);
      let { method = 'GET', body } = init;
      for (let hop = 0; hop < 20; hop++) {
        if (url.origin !== origin) return { url, status: 0, headers: new Headers(), body: '', cookies, hops };
        const cookie = await jar.getCookieString(url.href);
        const response = await fetch(url, {
          method,
          redirect: 'manual',
          headers: { accept: 'text/html', ...always, ...(cookie && { cookie }), ...init.headers },
          ...(body !== undefined && { body }),
        });
        hops.push({ url: url.href, status: response.status });
        for (const line of response.headers.getSetCookie()) {
          cookies.push(line);
          await jar.setCookie(line, url.href, { ignoreError: false });
        }
        const text = await response.text();
        const location = response.headers.get('location');
        if (!location) return { url, status: response.status, headers: response.headers, body: text, cookies, hops };
        url = new URL(location, url);
        [method, body] = ['GET', undefined];
      }
      throw new Error(`too many redirects, last to ${url}`);
    },
  };
}

/** Submits the one form of a page that has hidden fields and a target, as its button (with `extra`) would. */
export async function submitForm(browser: Browser, page: Answer, extra: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const [, action = ''] = /<form id="op\.[a-zA-Z]+" method="post" action="([^"]*)"/.exec(page.body) ?? [];
  const fields = [...page.body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  return browser.open(action, { method: 'POST', body: new URLSearchParams({ ...Object.fromEntries(fields), ...extra }) });
}

type RequestOptions = Readonly<Record<string, string>>;

export async function createRelyingParty(
  issuer: string,
  clientId: string,
  redirectUri: string,
  auth: oauth.ClientAuth = oauth.ClientSecretBasic(SECRET),
  metadata: Partial<oauth.ClientMetadata> = {},
) {
  const config = await oauth.discovery(new URL(issuer), clientId, metadata, auth, { execute: [oauth.allowInsecureRequests] });

  /** A request, with what its answer must be checked against. */
  const begin = async (parameters: RequestOptions = {}) => {
    const [pkceCodeVerifier, expectedState, expectedNonce] = [oauth.randomPKCECodeVerifier(), oauth.randomState(), oauth.randomNonce()];
    const url = oauth.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
      ...parameters,
    });
    return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
  };

  /** From the request to the answer at the redirect address, which is not opened. */
  const authorize = async (browser: Browser, parameters: RequestOptions = {}) => {
    const { url, checks } = await begin(parameters);
    const answer = await browser.open(url);
    return { answer, checks, error: answer.url.searchParams.get('error'), code: answer.url.searchParams.get('code') };
  };

  return {
    config,
    begin,
    authorize,
    /** From the request to the tokens. */
    async signIn(browser: Browser, parameters: RequestOptions = {}, more: RequestOptions = {}) {
      const { answer, checks } = await authorize(browser, parameters);
      if (!answer.url.href.startsWith(redirectUri))
        throw new Error(`ended at ${answer.url} with ${answer.status}: ${answer.body.slice(0, 2000)}`);
      return oauth.authorizationCodeGrant(config, answer.url, checks, more);
    },
    refresh: (refreshToken: string, parameters: RequestOptions = {}) => oauth.refreshTokenGrant(config, refreshToken, parameters),
    userInfo: (accessToken: string, sub: string) => oauth.fetchUserInfo(config, accessToken, sub),
    introspect: (token: string) => oauth.tokenIntrospection(config, token),
    revoke: (token: string) => oauth.tokenRevocation(config, token),
    logoutUrl: (parameters: RequestOptions) => oauth.buildEndSessionUrl(config, parameters),
  };
}

export type RelyingParty = Awaited<ReturnType<typeof createRelyingParty>>;

/** The OAuth error code that a promise fails with; fails itself when it does not. */
export async function oauthError(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { error: code, cause } = error as { error?: string; cause?: { error?: string } };
    return code ?? cause?.error ?? String(error);
  }
  throw new Error('nothing failed');
}
