import { expect } from 'chai';
import type { ClientRecord } from '../../src/config.ts';
import { testDatabase } from '../support/mongo.ts';
import { CLIENTS, openTestProvider, SECRET } from '../support/provider.ts';
import { createBrowser, createRelyingParty } from '../support/relying-party.ts';

describe('oidc/clients', function () {
  this.timeout(60_000);

  const record = (more: object): ClientRecord => ({
    client_id: 'x',
    client_secret: SECRET,
    redirect_uris: ['https://x.example/cb'],
    ...more,
  });
  const bad: readonly (readonly [ClientRecord, string])[] = [
    [record({ client_id: 'no-address', redirect_uris: [] }), 'redirect_uris'],
    [record({ client_id: 'no-secret', client_secret: undefined }), 'client_secret'],
    [record({ client_id: 'implicit', response_types: ['id_token'] }), 'response_types'],
    [record({ client_id: 'none', response_types: ['none'] }), 'response_types'],
    [record({ client_id: 'both', response_types: ['code', 'none'] }), 'response_types'],
    [record({ client_id: 'hmac', id_token_signed_response_alg: 'HS256' }), 'id_token_signed_response_alg'],
    [record({ client_id: 'unsigned', id_token_signed_response_alg: 'none' }), 'id_token_signed_response_alg'],
    [record({ client_id: 'jwt-secret', token_endpoint_auth_method: 'client_secret_jwt' }), 'token_endpoint_auth_method'],
    [record({ client_id: 'ropc', grant_types: ['password'] }), 'grant_types'],
    [record({ client_id: 'phone', scope: 'openid phone' }), 'scope'],
    [record({ client_id: 'two-sectors', redirect_uris: ['https://x.example/cb', 'https://y.example/cb'] }), 'sector_identifier_uri'],
    [record({ client_id: 'party', first_party: 'yes' as never }), 'first_party'],
    [record({ client_id: 'apis', audiences: ['not an address'] }), 'audiences'],
    [record({ client_id: 'account-pages' }), 'client_id'],
    [record({ client_id: 'private', jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } }), 'jwks'],
  ];

  it('refuses a bad record alone, with its field and reason, and takes the others', async () => {
    const good = CLIENTS[0]!;
    const db = await testDatabase();
    const op = await openTestProvider({ db, clients: [...bad.map(([client]) => client), good] });
    const refused = op.logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a client of clients.json was refused');
    expect(refused.map(({ client }) => client)).to.deep.equal(bad.map(([client]) => client.client_id));
    for (const [i, [client, field]] of bad.entries())
      expect([refused[i].field, refused[i].reason.length > 0], client.client_id).to.deep.equal([field, true]);
    const kept = await db.collection<{ _id: string }>('clients').find({}).toArray();
    expect(kept.map(({ _id }) => _id)).to.deep.equal([good.client_id]);
    await (await createRelyingParty(op.issuer, 'service', 'https://service.example/callback')).signIn(createBrowser(op.issuer));
    await op.close();
  });

  it('keeps them sealed and the same after every start; a changed record takes effect', async () => {
    const db = await testDatabase();
    const clients = [record({ client_id: 'mine', first_party: true })];
    for (let start = 0; start < 2; start++) {
      const op = await openTestProvider({ db, clients });
      expect(JSON.stringify(await db.collection('clients').find({}).toArray())).not.to.include(SECRET);
      expect(await db.collection('clients').countDocuments()).to.equal(1);
      const rp = await createRelyingParty(op.issuer, 'mine', 'https://x.example/cb');
      expect((await rp.signIn(createBrowser(op.issuer))).access_token).to.be.a('string');
      await op.close();
    }
    const op = await openTestProvider({ db, clients: [record({ client_id: 'mine', redirect_uris: ['https://x.example/new'] })] });
    const rp = await createRelyingParty(op.issuer, 'mine', 'https://x.example/cb');
    expect((await rp.authorize(createBrowser(op.issuer))).answer.status).to.equal(400);
    await op.close();
  });

  it('keeps the good record of a client whose new one is refused', async () => {
    const db = await testDatabase();
    await (await openTestProvider({ db, clients: [record({ client_id: 'mine' })] })).close();
    const op = await openTestProvider({ db, clients: [record({ client_id: 'mine', response_types: ['none'] })] });
    const rp = await createRelyingParty(op.issuer, 'mine', 'https://x.example/cb');
    expect((await rp.authorize(createBrowser(op.issuer))).answer.url.searchParams.get('code')).to.be.a('string');
    await op.close();
  });
});
