import { expect } from 'chai';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createInitialAccessStore } from '../../src/oidc-store/initial-access-store.ts';
import { oidcDigest } from '../../src/oidc-store/mongo-adapter.ts';
import { testDatabase } from '../support/mongo.ts';

const rootSecret = createRootSecret(Buffer.alloc(32, 7));

describe('oidc-store/initial-access-store', () => {
  let now = 1_800_000_000;
  const clock = () => new Date(now * 1000);

  async function open(...tokens: readonly string[]) {
    const db = await testDatabase();
    const store = createInitialAccessStore({ db, rootSecret, clock });
    const collection = db.collection<{ _id: string }>('oidc_initial_access_token');
    for (const [i, token] of tokens.entries())
      await collection.insertOne({ _id: oidcDigest(rootSecret, 'InitialAccessToken', token), payload: { exp: now + 100 + i } } as {
        _id: string;
      });
    return { store, collection };
  }

  it('takes each use once, of 20 at a time', async () => {
    const { store } = await open('token');
    await store.describe('token', { uses: 3, note: '' });
    const taken = await Promise.all(Array.from({ length: 20 }, () => store.spend('token')));
    expect(taken.filter(Boolean)).to.have.length(3);
    expect(await store.hasUses('token')).to.equal(false);
  });

  it('has no use of a token that nobody has described, or that is none', async () => {
    const { store } = await open('bare');
    for (const token of ['bare', 'unknown']) {
      expect(await store.hasUses(token), token).to.equal(false);
      expect(await store.spend(token), token).to.equal(false);
    }
  });

  it('is named by what no command takes for an option', async () => {
    const digest = (n: number) => oidcDigest(rootSecret, 'InitialAccessToken', `token ${n}`);
    const number = Array.from({ length: 2000 }, (_, n) => n).find((n) => digest(n).startsWith('-'));
    const { store } = await open(`token ${number}`);
    const { id } = await store.describe(`token ${number}`, { uses: 1, note: '' });
    expect(id).to.match(/^\w[\w-]{11}$/);
    expect(await store.revoke(id)).to.equal(true);
  });

  it('lists what has not expired, without the token', async () => {
    const { store, collection } = await open('one', 'two');
    const { id: one } = await store.describe('one', { uses: 1, note: 'for the bank' });
    const { id: two } = await store.describe('two', { uses: 2, note: '' });
    expect((await store.list()).map(({ id }) => id)).to.deep.equal([one, two]);
    expect((await store.list())[0]).to.deep.include({
      note: 'for the bank',
      uses: 1,
      usesLeft: 1,
      expiresAt: new Date((now + 100) * 1000),
    });
    expect(JSON.stringify(await collection.find({}).toArray())).not.to.include('"one"');
    now += 100;
    expect((await store.list()).map(({ id }) => id)).to.deep.equal([two]);
  });

  it('revokes one and no other', async () => {
    const { store } = await open('one', 'two');
    const { id: one } = await store.describe('one', { uses: 1, note: '' });
    await store.describe('two', { uses: 1, note: '' });
    for (const id of ['', 'x', one.slice(0, 5)]) expect(await store.revoke(id), id).to.equal(false);
    expect(await store.revoke(one)).to.equal(true);
    expect(await store.revoke(one)).to.equal(false);
    expect([await store.spend('one'), await store.spend('two')]).to.deep.equal([false, true]);
  });
});
