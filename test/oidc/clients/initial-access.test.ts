import { expect } from 'chai';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, type TestProvider } from '../../support/provider.ts';

describe('oidc/clients/initial-access', function () {
  this.timeout(60_000);
  let op: TestProvider;
  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
  });
  after(() => op.close());

  const issue = (more: object = {}) => op.initialAccess.issue({ days: 7, uses: 2, note: 'for the bank', ...more });
  const register = (token: string) =>
    fetch(`${op.issuer}/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://x.example/cb'] }),
    });

  it('CR-01: issues what registers so many clients, for so long, and is kept as a digest', async () => {
    const { token, id, expiresAt } = await issue();
    expect(token).to.have.length.at.least(43);
    expect(expiresAt.getTime()).to.be.closeTo(Date.now() + 7 * 86_400_000, 5000);
    expect(JSON.stringify(await op.db.collection('oidc_initial_access_token').find({}).toArray())).not.to.include(token);
    expect((await register(token)).status).to.equal(201);
    expect((await op.initialAccess.list()).find((kept) => kept.id === id)).to.deep.include({ note: 'for the bank', uses: 2, usesLeft: 1 });
    expect((await register(token)).status).to.equal(201);
    expect((await register(token)).status).to.equal(401);
  });

  it('CR-01: revokes by id; what was registered stays', async () => {
    const { token, id } = await issue();
    const { client_id } = (await (await register(token)).json()) as { client_id: string };
    expect(await op.initialAccess.revoke(id)).to.equal(true);
    expect(await op.initialAccess.revoke(id)).to.equal(false);
    expect((await register(token)).status).to.equal(401);
    expect(await op.provider.Client.find(client_id)).not.to.equal(undefined);
  });

  for (const [what, more, name] of [
    ['no days', { days: 0 }, /^days/],
    ['too many days', { days: 366 }, /^days/],
    ['half a day', { days: 0.5 }, /^days/],
    ['no uses', { uses: 0 }, /^uses/],
    ['what is no number', { uses: Number.NaN }, /^uses/],
    ['a long note', { note: 'x'.repeat(201) }, /^note/],
  ] as const)
    it(`refuses ${what}`, async () => {
      let failed: unknown;
      await issue(more).catch((error) => {
        failed = error;
      });
      expect(failed).to.be.instanceOf(RangeError);
      expect((failed as Error).message).to.match(name);
    });
});
