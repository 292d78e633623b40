import { expect } from 'chai';
import { checkClient } from '../../../src/oidc/clients/check-client.ts';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';

describe('oidc/clients/check-client', function () {
  this.timeout(60_000);
  let op: TestProvider;
  before(async () => {
    op = await openTestProvider({ db: await testDatabase(), clients: [] });
  });
  const good = { client_id: 'x', client_secret: SECRET, redirect_uris: ['https://x.example/cb'] };

  it('finds nothing wrong with a good record, and leaves it as it is', async () => {
    const record = structuredClone(good);
    expect(await checkClient(op.provider, record)).to.equal(undefined);
    expect(record).to.deep.equal(good);
  });

  const key = { kty: 'EC', crv: 'P-256', x: 'x' };
  for (const [record, field, reason] of [
    [{ client_id: undefined }, 'client_id', 'must be 1 to 255 visible ASCII characters'],
    [{ client_secret: 'short' }, 'client_secret', 'must have at least 32 characters'],
    [{ client_secret: undefined }, 'client_secret', 'is mandatory property'],
    [{ scope: 'openid phone' }, 'scope', 'must only contain Authorization Server supported scope values'],
    [{ default_max_age: -1 }, 'default_max_age', 'must be a non-negative integer'],
    [{ jwks: { keys: [key] } }, 'jwks', 'jwks.keys[0].y must be a non-empty string for EC keys'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'jwks', 'jwks or jwks_uri is mandatory for this client'],
    [
      { redirect_uris: ['https://x.example/cb', 'https://y.example/cb'] },
      'sector_identifier_uri',
      'is needed, since redirect_uris are at several hosts; or register a client for each',
    ],
    [{ audiences: 'https://x.example/api' }, 'audiences', /./],
  ] as const)
    it(`names ${field}: ${reason}`, async () => {
      const fault = (await checkClient(op.provider, { ...good, ...record }))!;
      expect(fault.field).to.equal(field);
      if (typeof reason === 'string') expect(fault.reason).to.equal(reason);
      else expect(fault.reason).to.match(reason);
    });

  it('finds something wrong, and does not fail, whatever types the values have', async () => {
    const values = [null, 7, 'text', [], {}, [7], [null], ['text'], [{}], true];
    const fields = [
      'redirect_uris',
      'grant_types',
      'response_types',
      'jwks',
      'scope',
      'contacts',
      'first_party',
      'audiences',
      'client_name',
    ];
    expect((await checkClient(op.provider, { ...good, jwks: JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) }))?.reason).to.be.a(
      'string',
    );
    const faults = await Promise.all(
      fields.flatMap((field) => values.map(async (value) => (await checkClient(op.provider, { ...good, [field]: value }))?.reason)),
    );
    expect(faults.filter((reason) => reason !== undefined).length).to.be.greaterThan(50);
    expect(faults).not.to.include('');
  });
});
