/** A real provider (oidc-provider) with the least configuration, for the demonstration to sign in at. `login_hint` says what its sign-in page "does". */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration, errors } from 'oidc-provider';

export interface TestProvider {
  readonly issuer: string;
  readonly provider: Provider;
  /** Signs with the provider's own key: a token that differs from a good one in what the test changes, and in nothing else. */
  sign(payload: JWTPayload, header?: { typ?: string; alg?: string; kid?: string }): Promise<string>;
  /** What arrived at the token endpoint, as `grant_type resource`. */
  readonly tokenRequests: string[];
  stop(): Promise<void>;
}

export const closeServer = (server: Server): Promise<void> =>
  new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });

/** Listens on `port` (0: any free one) for the client at `demoUrl`. */
export const startProvider = async (demoUrl: string, port = 0): Promise<TestProvider> => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const server = createServer();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const audience = `${demoUrl}/api`;
  const configuration: Configuration = {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'test' } as never] },
    clients: [
      {
        client_id: 'myuscis',
        client_secret: 'a secret of the tests',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${demoUrl}/callback`],
        post_logout_redirect_uris: [`${demoUrl}/`],
        backchannel_logout_uri: `${demoUrl}/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    cookies: { keys: ['a cookie key of the tests'] },
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time', 'sid'], email: ['email'], account_type: ['account_type'] },
    acrValues: ['http://idmanagement.gov/ns/assurance/aal/1', 'http://idmanagement.gov/ns/assurance/aal/2'],
    pkce: { required: () => true },
    responseTypes: ['code'],
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, account_type: id.startsWith('attorney') ? 'representative' : 'applicant' }),
    }),
    loadExistingGrant: async (ctx) => {
      // A new grant would void the tokens of the same person's other tab.
      const known = ctx.oidc.session!.grantIdFor(ctx.oidc.client!.clientId);
      if (known) return ctx.oidc.provider.Grant.find(known);
      const grant = new ctx.oidc.provider.Grant({ accountId: ctx.oidc.session!.accountId!, clientId: ctx.oidc.client!.clientId });
      grant.addOIDCScope('openid email account_type');
      grant.addResourceScope(audience, 'account_type');
      await grant.save();
      return grant;
    },
    // Back-channel logout leads to this machine, which the library refuses by default.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as never),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = `<!doctype html><title>Sign out?</title>${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>`;
        },
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== audience) throw new errors.InvalidTarget();
          return { scope: 'account_type', audience, accessTokenFormat: 'jwt', accessTokenTTL: 300 };
        },
      },
    },
  };
  const provider = new Provider(issuer, configuration);
  const tokenRequests: string[] = [];
  provider.on('grant.success', ({ oidc }) => tokenRequests.push(`${oidc.params!['grant_type']} ${oidc.params!['resource'] ?? '-'}`));

  const handle = provider.callback();
  server.on('request', async (req, res) => {
    if (!req.url?.startsWith('/interaction/')) return handle(req, res);
    const { params } = await provider.interactionDetails(req, res);
    const wanted = String(params['login_hint'] ?? 'ana');
    const [, error] = /^error:(.*)$/.exec(wanted) ?? [];
    await provider.interactionFinished(
      req,
      res,
      error
        ? { error, error_description: 'as the test asked' }
        : { login: { accountId: wanted, acr: 'http://idmanagement.gov/ns/assurance/aal/2', amr: ['pwd', 'sms', 'mfa'], remember: false } },
      { mergeWithLastSubmission: false },
    );
  });

  return {
    issuer,
    provider,
    tokenRequests,
    sign: (payload, header = {}) => new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'test', ...header }).sign(privateKey),
    stop: () => closeServer(server),
  };
};
