/** A service that wants to be told of sign-outs: what it received, and how it answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import type { ClientRecord } from '../../src/config.ts';
import { SECRET } from './provider.ts';
import { afterFile } from './suite.ts';

export type ToldService = Awaited<ReturnType<typeof openToldService>>;

/** 0: it never answers. */
type Answer = number | 'endless';

export async function openToldService() {
  const tokens: string[] = [];
  const requests: { readonly method: string; readonly path: string; readonly type: string; readonly tokens: readonly string[] }[] = [];
  const state: { answer: Answer | ((path: string) => Answer) } = { answer: 200 };
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    const given = new URLSearchParams(body).getAll('logout_token');
    tokens.push(...given);
    requests.push({ method: req.method!, path: req.url!, type: req.headers['content-type'] ?? '', tokens: given });
    const answer = typeof state.answer === 'function' ? state.answer(req.url!) : state.answer;
    if (answer === 0) return;
    if (answer === 'endless') {
      res.writeHead(200);
      const more = () => !res.destroyed && res.write('x'.repeat(65536), () => setImmediate(more));
      return void more();
    }
    res.writeHead(answer, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  afterFile(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  return {
    tokens,
    requests,
    state,
    uri: (path = '/logout') => `http://127.0.0.1:${port}${path}`,
    forget() {
      tokens.length = 0;
      requests.length = 0;
      state.answer = 200;
    },
    /** A client that is told here, at a path of its own. */
    client: (client_id: string, more: Readonly<Record<string, unknown>> = {}): ClientRecord =>
      ({
        client_id,
        client_name: `The ${client_id}`,
        client_secret: SECRET,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`https://${client_id}.example/callback`],
        post_logout_redirect_uris: [`https://${client_id}.example/`, `https://${client_id}.example/?signed=out`],
        scope: 'openid email offline_access',
        first_party: true,
        backchannel_logout_uri: `http://127.0.0.1:${port}/${client_id}`,
        backchannel_logout_session_required: true,
        ...more,
      }) as ClientRecord,
    /** As a relying party checks a logout token (Back-Channel Logout 1.0, 2.6); throws what is wrong with it. */
    async verify(token: string, issuer: string, audience: string): Promise<JWTPayload> {
      const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${issuer}/jwks`)), {
        issuer,
        audience,
        typ: 'logout+jwt',
        requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events', 'sub'],
        clockTolerance: 5,
      });
      const events = payload.events as Record<string, unknown>;
      if (JSON.stringify(events) !== '{"http://schemas.openid.net/event/backchannel-logout":{}}') throw new Error('other events');
      if ('nonce' in payload) throw new Error('has a nonce');
      if (payload.exp! - payload.iat! > 120) throw new Error('lives longer than two minutes');
      return payload;
    },
    /** Waits until so many logout tokens have come. */
    async until(count: number): Promise<void> {
      for (const until = Date.now() + 10_000; tokens.length < count; await new Promise((resolve) => setTimeout(resolve, 10)))
        if (Date.now() > until) throw new Error(`${tokens.length} of ${count} logout tokens within 10 seconds`);
    },
  };
}
