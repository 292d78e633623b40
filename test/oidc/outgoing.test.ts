import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
// @ts-expect-error: a part of the library without types
import fetchRequestOf from 'oidc-provider/lib/helpers/fetch_request.js';
// @ts-expect-error: likewise
import sectorValidateOf from 'oidc-provider/lib/helpers/sector_validate.js';
import * as oauth from 'openid-client';
import { askingSector } from '../../src/oidc/clients/sector.ts';
import { testDatabase } from '../support/mongo.ts';
import { openTestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError } from '../support/relying-party.ts';

const fetchRequest = fetchRequestOf as (provider: unknown, url: string, options: object) => Promise<Response>;
const sectorValidate = sectorValidateOf as (provider: unknown, client: object) => Promise<void>;

describe('oidc/outgoing', function () {
  this.timeout(60_000);
  let server: Server;
  let jwksUri: string;
  let asked = 0;
  let padding = '';
  let answer: 'keys' | 'list' | 'hang' | 'redirect' | 'huge' | 'error' = 'keys';
  let listed: readonly string[] = [];
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let jwk: JWK;

  before(async () => {
    keys = await generateKeyPair('ES256', { extractable: true });
    jwk = { ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'k', use: 'sig' };
    server = createServer((_req, res) => {
      asked++;
      if (answer === 'hang') return void res.writeHead(200).flushHeaders();
      if (answer === 'redirect') return void res.writeHead(302, { location: '/elsewhere' }).end();
      if (answer === 'error') return void res.writeHead(500).end();
      if (answer === 'huge') return void res.end(JSON.stringify(['x'.repeat(100_000)]));
      if (answer === 'list') return void res.end(JSON.stringify(listed));
      res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk], padding }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    jwksUri = `http://localhost:${(server.address() as AddressInfo).port}/jwks`;
  });
  after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    asked = 0;
    padding = '';
    answer = 'keys';
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

  it('CR-06: reaches no internal address in production, by whatever name', async () => {
    const op = await openTestProvider({ db: await testDatabase(), production: true });
    // As the library asks, past the rules of what may be registered: a name may lead inside without looking like it.
    let reached: unknown;
    await fetchRequest(op.provider, jwksUri, { method: 'GET' }).then(
      (answer) => {
        reached = answer;
      },
      () => undefined,
    );
    await op.close();
    expect([reached, asked]).to.deep.equal([undefined, 0]);
  });

  it('CR-06: waits for no key set that does not come, and follows it nowhere', async () => {
    for (const way of ['hang', 'redirect'] as const) {
      answer = way;
      asked = 0;
      const begun = Date.now();
      expect(await oauthError(signIn(false)), way).to.be.oneOf(['invalid_client_metadata', 'invalid_client']);
      expect(Date.now() - begun, way).to.be.below(10_000);
      expect(asked, way).to.equal(1);
    }
  });

  describe('CR-06: sector identifiers', () => {
    const redirectUris = ['https://keyed.example/cb', 'https://other.example/cb'];
    /** Why it is refused, of whatever the host sends. The library wants https, which no host of a test has: so past that. */
    const reasonOf = async (way: typeof answer, list: readonly string[]) => {
      answer = way;
      listed = list;
      const op = await openTestProvider({ db: await testDatabase(), clients: [] });
      const begun = Date.now();
      const client = { sectorIdentifierUri: jwksUri, redirectUris, responseTypes: ['code'], grantTypes: ['authorization_code'] };
      const reason = await askingSector(() => sectorValidate(op.provider, client)).then(
        () => undefined,
        (error: { error_description?: string }) => error.error_description,
      );
      expect(Date.now() - begun, 'bounded').to.be.below(5000);
      await op.close();
      return reason;
    };

    it('are taken where they name every address', async () => {
      expect(await reasonOf('list', [...redirectUris, 'https://more.example/'])).to.equal(undefined);
      expect(await reasonOf('list', redirectUris.slice(1))).to.include('redirect_uris');
    });

    for (const way of ['hang', 'redirect', 'huge', 'error'] as const)
      it(`are refused in time where the host answers by: ${way}`, async () => {
        expect(await reasonOf(way, [])).to.include('sector_identifier_uri');
        expect(asked).to.equal(1);
      });
  });

  it('reads no more than a set of keys can be', async () => {
    padding = 'x'.repeat(100_000);
    expect(await oauthError(signIn(false))).to.be.oneOf(['invalid_client_metadata', 'invalid_client']);
  });
});
