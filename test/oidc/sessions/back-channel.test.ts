import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { pino } from 'pino';
import { tellServices } from '../../../src/oidc/sessions/back-channel.ts';
import { testDatabase } from '../../support/mongo.ts';
import { CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';

describe('oidc/sessions/back-channel', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let listener: Server;
  let status = 200;
  const received: string[] = [];
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(line) });

  before(async () => {
    listener = createServer(async (req, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      received.push(new URLSearchParams(body).get('logout_token')!);
      if (req.url === '/silent') return;
      res.writeHead(status, { location: '/' }).end();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const told = (client_id: string, backchannel_logout_uri: string) => ({
      client_id,
      client_secret: SECRET,
      redirect_uris: [`https://${client_id}.example/callback`],
      backchannel_logout_uri,
      backchannel_logout_session_required: true,
    });
    const clients = [
      ...CLIENTS,
      told('told', `http://127.0.0.1:${port}/logout`),
      told('silent', `http://127.0.0.1:${port}/silent`),
      told('gone', 'http://127.0.0.1:9/logout'),
    ];
    op = await openTestProvider({ db: await testDatabase(), clients });
  });
  after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  beforeEach(() => {
    received.length = 0;
    logged.length = 0;
    status = 200;
  });

  const tell = (...clientIds: readonly string[]) =>
    tellServices(
      { provider: op.provider, log },
      clientIds.map((clientId, i) => ({ accountId: 'ann', clientId, sid: `sid-${i}` })),
    );

  it('sends each service a logout token of its own', async () => {
    await tell('told', 'told');
    expect(received.map((token) => decodeJwt(token).sid).sort()).to.deep.equal(['sid-0', 'sid-1']);
    const keys = createRemoteJWKSet(new URL(`${op.issuer}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(received[0]!, keys, { issuer: op.issuer, audience: 'told' });
    expect(protectedHeader.typ).to.equal('logout+jwt');
    expect(payload.events).to.deep.equal({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    expect(payload.sub).to.be.a('string').and.not.equal('ann');
  });

  it('passes over services that do not want to be told, and those that are gone', async () => {
    await tell('service', 'nobody', 'account-pages');
    expect(received).to.deep.equal([]);
    expect(logged).to.deep.equal([]);
  });

  it('logs what failed, without the token, and tells the others all the same', async () => {
    status = 302;
    await tell('gone', 'told');
    expect(received).to.have.length(1);
    expect(logged).to.have.length(2);
    for (const line of logged) expect(line).to.include('back-channel logout failed').and.not.include(received[0]!);
  });

  it('waits 2.5 seconds for all together', async () => {
    const began = performance.now();
    await tell('silent', 'silent', 'silent', 'told');
    expect(performance.now() - began).to.be.below(3500);
    expect(received).to.have.length(4);
  });

  it('has nothing to do for nobody', async () => {
    await tell();
    expect(received).to.deep.equal([]);
  });
});
