import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Client } from 'oidc-provider';
import * as oauth from 'openid-client';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, type TestProvider } from '../../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError } from '../../support/relying-party.ts';

const REDIRECT = 'https://keyed.example/cb';
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

describe('oidc/clients/client-keys', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let host: Server;
  let first: Pair;
  let second: Pair;
  let served: readonly JWK[];
  let asked: number;
  let status: number;

  before(async () => {
    [first, second] = (await Promise.all([1, 2].map(() => generateKeyPair('ES256', { extractable: true })))) as [Pair, Pair];
    host = createServer((_request, response) => {
      asked++;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: served }));
    });
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const jwks_uri = `http://localhost:${(host.address() as AddressInfo).port}/jwks`;
    const record = { token_endpoint_auth_method: 'private_key_jwt', redirect_uris: [REDIRECT], first_party: true };
    const clients = [
      { ...record, client_id: 'served', jwks_uri },
      { ...record, client_id: 'written', jwks: { keys: [await publicOf(first, 'one')] } },
    ];
    op = await openTestProvider({ db: await testDatabase(), clients });
  });
  after(async () => {
    await op.close();
    host.closeAllConnections();
    host.close();
  });
  beforeEach(async () => {
    [asked, status, served] = [0, 200, [await publicOf(first, 'one')]];
    await tooOld();
  });

  const publicOf = async ({ publicKey }: Pair, kid: string): Promise<JWK> => ({
    ...(await exportJWK(publicKey)),
    alg: 'ES256',
    kid,
    use: 'sig',
  });
  /** As if a minute had passed since the keys were read; the library knows no clock but the machine's. */
  async function tooOld(): Promise<void> {
    const { asymmetricKeyStore } = (await op.provider.Client.find('served')) as Client & { asymmetricKeyStore: { freshUntil?: number } };
    asymmetricKeyStore.freshUntil = 1;
  }
  async function signedBy({ privateKey }: Pair, kid: string, client = 'served'): Promise<string> {
    const rp = await createRelyingParty(op.issuer, client, REDIRECT, oauth.PrivateKeyJwt({ key: privateKey, kid }));
    const { answer, checks } = await rp.authorize(createBrowser(op.issuer));
    const redeemed = oauth.authorizationCodeGrant(rp.config, answer.url, checks);
    return redeemed.then(
      () => 'believed',
      () => oauthError(redeemed),
    );
  }

  it('OA-06: believes a key that was taken away no longer than it may be kept', async () => {
    expect(await signedBy(first, 'one')).to.equal('believed');
    served = [await publicOf(second, 'two')];
    expect([await signedBy(first, 'one'), asked], 'within the minute').to.deep.equal(['believed', 1]);
    await tooOld();
    expect([await signedBy(first, 'one'), asked]).to.deep.equal(['invalid_client', 2]);
    expect([await signedBy(second, 'two'), asked]).to.deep.equal(['believed', 2]);
  });

  it('OA-06: believes another key of the same name no longer either', async () => {
    expect(await signedBy(first, 'one')).to.equal('believed');
    served = [await publicOf(second, 'one')];
    await tooOld();
    expect(await signedBy(first, 'one')).to.equal('invalid_client');
    expect(await signedBy(second, 'one')).to.equal('believed');
  });

  it('goes on with what it knows where the host gives no keys, and asks again a minute later', async () => {
    expect(await signedBy(first, 'one')).to.equal('believed');
    status = 503;
    await tooOld();
    for (let time = 0; time < 3; time++) expect(await signedBy(first, 'one')).to.equal('believed');
    expect(asked).to.equal(2);
    status = 200;
    served = [];
    await tooOld();
    expect([await signedBy(first, 'one'), asked]).to.deep.equal(['invalid_client', 3]);
  });

  it('asks nobody for keys that stand in the record', async () => {
    expect(await signedBy(first, 'one', 'written')).to.equal('believed');
    expect(await signedBy(second, 'one', 'written')).to.equal('invalid_client');
    expect(asked).to.equal(0);
  });
});
