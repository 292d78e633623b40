/** A service that signs people in with openid-client, as its documentation has it. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const home = `http://127.0.0.1:${PORT}`;
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

// The issuer of the tests has no TLS.
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.ClientSecretBasic(CLIENT_SECRET), {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));

/** By the browser's cookie: what an answer is checked against; then the tokens and what they say. */
const started = new Map();
const signedIn = new Map();

const routes = {
  'GET /': async () => ({ body: 'A service with openid-client' }),

  'GET /login': async ({ browser }) => {
    const checks = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
      idTokenExpected: true,
    };
    started.set(browser, checks);
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: `${home}/callback`,
      scope: 'openid email',
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    });
    return { to: url.href };
  },

  'GET /callback': async ({ browser, url }) => {
    const checks = started.get(browser);
    started.delete(browser);
    const tokens = await client.authorizationCodeGrant(config, url, checks ?? { expectedState: client.randomState() });
    signedIn.set(browser, await withUserInfo(tokens, tokens));
    return { to: '/account' };
  },

  'GET /account': async ({ person }) => {
    if (!person) return { status: 401, body: 'signed out' };
    return { body: JSON.stringify({ id_token: person.claims, userinfo: person.userInfo, access_token: person.tokens.access_token }) };
  },

  'GET /refresh': async ({ browser, person }) => {
    signedIn.set(browser, await withUserInfo(await client.refreshTokenGrant(config, person.tokens.refresh_token), person.tokens));
    return { to: '/account' };
  },

  'GET /logout': async ({ browser, person }) => {
    signedIn.delete(browser);
    const url = client.buildEndSessionUrl(config, { post_logout_redirect_uri: `${home}/`, id_token_hint: person.tokens.id_token });
    return { to: url.href };
  },

  // OpenID Connect Back-Channel Logout 1.0, 2.6, with jose: openid-client has no function for it.
  'POST /backchannel-logout': async ({ request }) => {
    const token = new URLSearchParams(await text(request)).get('logout_token') ?? '';
    const { payload } = await jwtVerify(token, keys, {
      issuer: ISSUER,
      audience: CLIENT_ID,
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'exp', 'jti', 'sid', 'events'],
    });
    if (!payload.events[LOGOUT_EVENT] || 'nonce' in payload) throw new Error('not a logout token');
    for (const [browser, { claims }] of signedIn) if (claims.sid === payload.sid) signedIn.delete(browser);
    return { body: '' };
  },
};

/** A refresh answers with an ID token again, but it need not. */
async function withUserInfo(tokens, former) {
  const claims = (tokens.claims() ?? former.claims?.()) || undefined;
  return { tokens: { ...former, ...tokens }, claims, userInfo: await client.fetchUserInfo(config, tokens.access_token, claims.sub) };
}

createServer(async (request, response) => {
  const url = new URL(request.url, home);
  const browser = /openid_client=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? randomUUID();
  response.setHeader('set-cookie', `openid_client=${browser}; HttpOnly; SameSite=Lax; Path=/`);
  try {
    const route = routes[`${request.method} ${url.pathname}`] ?? (async () => ({ status: 404, body: '' }));
    const { to, status = to ? 303 : 200, body = '' } = await route({ request, url, browser, person: signedIn.get(browser) });
    response.writeHead(status, to ? { location: to } : {}).end(body);
  } catch (error) {
    response.writeHead(400).end(error.error ?? error.message);
  }
}).listen(Number(PORT), '127.0.0.1');
