import { expect } from 'chai';
import type { Adapter } from 'oidc-provider';
import { createGrantStore, type GrantStore, type WhichGrants } from '../../src/oidc-store/grant-store.ts';
import { createMongoAdapter } from '../../src/oidc-store/mongo-adapter.ts';
import { type StoreParts, storeParts } from '../support/store-parts.ts';

const GIVEN = ['AuthorizationCode', 'AccessToken', 'RefreshToken'];

describe('oidc-store/grant-store', function () {
  this.timeout(60_000);
  let parts: StoreParts;
  let adapterOf: (model: string) => Adapter;
  let grants: GrantStore;

  before(async () => {
    parts = await storeParts();
    const adapter = createMongoAdapter(parts);
    await adapter.init();
    adapterOf = adapter;
    grants = createGrantStore(parts);
  });

  /** A grant with a code and tokens given on it, all named after it. */
  async function grant(id: string, accountId: string, clientId: string, payload: object = {}) {
    const iat = Math.floor(parts.clock().getTime() / 1000);
    await adapterOf('Grant').upsert(id, { accountId, clientId, iat, exp: iat + 100, ...payload }, 100);
    for (const model of GIVEN) await adapterOf(model).upsert(`${model}-${id}`, { accountId, clientId, grantId: id }, 100);
  }

  /** Of these grants, those that are whole; fails when one is half there. */
  async function left(...ids: readonly string[]): Promise<readonly string[]> {
    const found = await Promise.all(
      ids.map(async (id) => {
        const documents = [adapterOf('Grant').find(id), ...GIVEN.map((model) => adapterOf(model).find(`${model}-${id}`))];
        const there = (await Promise.all(documents)).filter(Boolean).length;
        expect(there, id).to.be.oneOf([0, 4]);
        return there ? [id] : [];
      }),
    );
    return found.flat();
  }

  it('says what each grant of an account holds, until it expires', async () => {
    await grant('x', 'ann', 'shop.example', { openid: { scope: 'openid email' }, resources: { 'https://api.example/': 'account_type' } });
    await grant('y', 'ann', 'bare');
    await grant('z', 'bob', 'shop.example');
    const since = parts.clock();
    expect(await grants.of('ann')).to.have.deep.members([
      { clientId: 'shop.example', scopes: ['openid', 'email', 'account_type'], since },
      { clientId: 'bare', scopes: [], since },
    ]);
    parts.later(100);
    expect(await grants.of('ann')).to.deep.equal([]);
  });

  for (const [title, which, stay] of [
    ['all', 'all', ['d']],
    ['those of a client', { clientId: 'one' }, ['c', 'd']],
    ['some', { only: ['a', 'd', 'unknown'] }, ['b', 'c', 'd']],
    ['none', { only: [] }, ['a', 'b', 'c', 'd']],
    ['all but some', { allBut: ['a', 'unknown'] }, ['a', 'd']],
    ['all but none', { allBut: [] }, ['d']],
  ] as const satisfies readonly (readonly [string, WhichGrants, readonly string[]])[])
    it(`ends ${title}, of one account, with what was given on them`, async () => {
      await grant('a', 'cat', 'one');
      await grant('b', 'cat', 'one');
      await grant('c', 'cat', 'two');
      await grant('d', 'dan', 'one');
      await parts.transaction([(session) => grants.destroy('cat', which, session)]);
      expect(await left('a', 'b', 'c', 'd')).to.deep.equal(stay);
    });
});
