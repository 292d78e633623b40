import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import * as oauth from 'openid-client';
import { testDatabase } from '../support/mongo.ts';
import { openTestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError } from '../support/relying-party.ts';

describe('oidc/outgoing', function () {
  this.timeout(60_000);
  let server: Server;
  let jwksUri: string;
  let asked = 0;
  let padding = '';
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let jwk: JWK;

  before(async () => {
    keys = await generateKeyPair('ES256', { extractable: true });
    jwk = { ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'k', use: 'sig' };
    server = createServer((_req, res) => {
      asked++;
      res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk], padding }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    jwksUri = `http://localhost:${(server.address() as AddressInfo).port}/jwks`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    asked = 0;
    padding = '';
  });

  async function signIn(production: boolean) {
    const client = {
      client_id: 'keyed',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: jwksUri,
      redirect_uris: ['https://keyed.example/cb'],
      first_party: true,
    };
    const op = await openTestProvider({ db: await testDatabase(), clients: [client], production });
    const auth = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'k' });
    const rp = await createRelyingParty(op.issuer, 'keyed', 'https://keyed.example/cb', auth);
    const outcome = rp.signIn(createBrowser(op.issuer));
    await outcome.catch(() => {});
    await op.close();
    return outcome;
  }

  it('reaches this machine in development', async () => {
    expect((await signIn(false)).access_token).to.be.a('string');
    expect(asked).to.equal(1);
  });

  it('reaches no internal address in production, by whatever name', async () => {
    expect(await oauthError(signIn(true))).to.be.oneOf(['invalid_client_metadata', 'invalid_client']);
    expect(asked).to.equal(0);
  });

  it('reads no more than a set of keys can be', async () => {
    padding = 'x'.repeat(100_000);
    expect(await oauthError(signIn(false))).to.be.oneOf(['invalid_client_metadata', 'invalid_client']);
  });
});
