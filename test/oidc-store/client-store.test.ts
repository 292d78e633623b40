import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createSeal } from '../../src/crypto/seal.ts';
import { type ClientStore, createClientStore } from '../../src/oidc-store/client-store.ts';
import { testDatabase } from '../support/mongo.ts';

const HOUR = 3600_000;

describe('oidc-store/client-store', function () {
  this.timeout(30_000);
  const seal = createSeal(['an encryption key of more than thirty-two characters']);
  let db: Connection;
  let now = Date.parse('2026-03-01T12:00:00Z');
  let ticks = 0;
  const clock = () => new Date(now);
  /** What another process has, which shares nothing but the database. */
  const process = () => createClientStore({ db, seal, clock, monotonic: () => ticks });
  let clients: ClientStore;
  let other: ClientStore;
  const shop = { client_id: 'shop', client_name: 'A Shop', client_secret: 'the first secret', redirect_uris: ['https://shop.example/cb'] };
  const stored = () => db.collection('clients').find({}).toArray();
  const tokens = async () => {
    const kept = ['oidc_grant', 'oidc_authorization_code', 'oidc_access_token', 'oidc_refresh_token'];
    return Promise.all(kept.map((collection) => db.collection(collection).countDocuments({ clientId: 'shop' })));
  };
  const give = async () => {
    for (const collection of ['oidc_grant', 'oidc_authorization_code', 'oidc_access_token', 'oidc_refresh_token'])
      await db.collection(collection).insertMany([{ clientId: 'shop' }, { clientId: 'another' }]);
  };

  before(async () => {
    db = await testDatabase();
  });
  beforeEach(async () => {
    for (const { name } of await db.listCollections()) await db.collection(name).deleteMany({});
    clients = process();
    other = process();
    await clients.init();
  });
  const former = async () => [await clients.formerSecret('shop'), await other.formerSecret('shop')];

  it('gives nothing away to whoever has the database', async () => {
    await clients.add('shop', shop, 'command');
    await clients.rotateSecret('shop', 'the second secret', new Date(now + HOUR));
    expect(JSON.stringify(await stored())).not.to.match(/the (first|second) secret/);
    const found = await clients.get('shop');
    expect(found).to.deep.include({ clientId: 'shop', origin: 'command', createdAt: clock(), formerUntil: new Date(now + HOUR) });
    expect(found!.metadata).to.deep.equal({ ...shop, client_secret: 'the second secret' });
  });

  it('lets one of many have an id', async () => {
    const done = await Promise.all(
      Array.from({ length: 20 }, (_, i) => process().add('shop', { ...shop, client_name: `${i}` }, 'command')),
    );
    expect(done.filter(Boolean)).to.have.length(1);
    expect(await clients.add('shop', shop, 'file')).to.equal(false);
  });

  it('has the former secret beside the current one until its end, and not in what the library reads', async () => {
    await clients.add('shop', shop, 'command');
    expect(await clients.rotateSecret('shop', 'the second secret', new Date(now + HOUR))).to.equal(true);
    expect(await former()).to.deep.equal(['the first secret', 'the first secret']);
    expect(JSON.stringify(await clients.adapter.find('shop')))
      .to.contain('the second secret')
      .and.not.to.contain('the first secret');
    now += HOUR;
    expect(await former()).to.deep.equal([undefined, undefined]);
    now -= HOUR;
    expect(await clients.endFormerSecret('shop')).to.equal(true);
    expect(await clients.formerSecret('shop')).to.equal(undefined);
    expect((await clients.get('shop'))!.formerUntil).to.equal(undefined);
  });

  it('keeps no former secret that ends at once', async () => {
    await clients.add('shop', shop, 'command');
    await clients.rotateSecret('shop', 'the second secret', new Date(now + HOUR));
    await clients.rotateSecret('shop', 'the third secret', undefined);
    expect(await clients.formerSecret('shop')).to.equal(undefined);
    expect((await stored())[0]).not.to.have.property('former');
  });

  it('makes of 20 rotations at once a chain: the current secret and the one before it are two of them', async () => {
    await clients.add('shop', shop, 'command');
    const secrets = Array.from({ length: 20 }, (_, i) => `secret ${i}`);
    const done = await Promise.all(secrets.map((secret) => process().rotateSecret('shop', secret, new Date(now + HOUR))));
    expect(done.every(Boolean)).to.equal(true);
    const [current, before] = [(await other.get('shop'))!.metadata.client_secret, await other.formerSecret('shop')];
    expect(secrets).to.include(current).and.to.include(before);
    expect(current).not.to.equal(before);
  });

  it('has no secret to rotate where there is no client or no secret', async () => {
    await clients.add('public', { client_id: 'public' }, 'command');
    expect(await clients.rotateSecret('public', 'a secret', undefined)).to.equal(false);
    expect(await clients.rotateSecret('nobody', 'a secret', undefined)).to.equal(false);
    expect(await clients.endFormerSecret('nobody')).to.equal(false);
    expect(await clients.list()).to.have.length(1);
  });

  it('replaces what was read, and nothing that has been changed since', async () => {
    await clients.add('shop', shop, 'file');
    const was = (await clients.get('shop'))!;
    now += 1000;
    expect(await clients.replace(was, { ...shop, client_name: 'The Shop' }, undefined)).to.equal(true);
    expect(await clients.replace(was, { ...shop, client_name: 'Too late' }, undefined)).to.equal(false);
    const found = (await clients.get('shop'))!;
    expect(found.metadata).to.deep.equal({ ...shop, client_name: 'The Shop' });
    expect([found.createdAt, found.updatedAt]).to.deep.equal([was.createdAt, clock()]);
    expect(found.formerUntil).to.equal(undefined);
  });

  it('replaces a secret, and keeps the one before it for as long as is said', async () => {
    await clients.add('shop', shop, 'file');
    await clients.replace((await clients.get('shop'))!, { ...shop, client_secret: 'another secret' }, new Date(now + HOUR));
    expect([...(await former()), (await clients.get('shop'))!.metadata.client_secret]).to.deep.equal([
      'the first secret',
      'the first secret',
      'another secret',
    ]);
    now += 1000;
    const { client_secret: _, ...without } = shop;
    await clients.replace((await clients.get('shop'))!, without, undefined);
    expect((await stored())[0]).not.to.have.any.keys('secret', 'former');
  });

  it('ends grants, codes and tokens of a client that is removed, and of no other', async () => {
    await clients.add('shop', shop, 'command');
    await give();
    expect(await clients.remove('shop', 'file')).to.equal(false);
    expect(await tokens()).to.deep.equal([1, 1, 1, 1]);
    expect(await clients.remove('shop')).to.equal(true);
    expect(await clients.adapter.find('shop')).to.equal(undefined);
    expect(await tokens()).to.deep.equal([0, 0, 0, 0]);
    expect(await db.collection('oidc_access_token').countDocuments({ clientId: 'another' })).to.equal(1);
    expect(await clients.remove('shop')).to.equal(false);
  });

  it('gives a new client of the same id nothing of what the old one has left', async () => {
    await give();
    await clients.add('shop', shop, 'command');
    expect(await tokens()).to.deep.equal([0, 0, 0, 0]);
  });

  it('tells another process of a change within a second, and this one at once', async () => {
    await clients.add('shop', shop, 'command');
    await other.adapter.find('shop');
    await clients.remove('shop');
    expect([await clients.adapter.find('shop'), (await other.adapter.find('shop'))?.client_id]).to.deep.equal([undefined, 'shop']);
    ticks += 1000;
    expect(await other.adapter.find('shop')).to.equal(undefined);
  });

  it('hands out a copy each time', async () => {
    await clients.add('shop', shop, 'command');
    const found = (await clients.adapter.find('shop')) as { redirect_uris: string[] };
    found.redirect_uris.push('https://evil.example/cb');
    expect(await clients.adapter.find('shop')).to.deep.equal(shop);
  });

  describe('as the library writes', () => {
    const registered = { ...shop, client_secret_expires_at: 0, client_id_issued_at: undefined };

    it('has it registered by itself', async () => {
      await clients.adapter.upsert('shop', registered, 0);
      const { origin, metadata } = (await clients.get('shop'))!;
      expect([origin, metadata]).to.deep.equal(['registration', { ...shop, client_secret_expires_at: 0 }]);
    });

    it('brings no secret back that was rotated meanwhile', async () => {
      await clients.adapter.upsert('shop', registered, 0);
      await clients.adapter.find('shop');
      await other.rotateSecret('shop', 'the second secret', new Date(now + HOUR));
      await clients.adapter.upsert('shop', { ...registered, client_name: '$name' }, 0);
      expect((await clients.get('shop'))!.metadata).to.include({ client_name: '$name', client_secret: 'the second secret' });
      expect(await clients.formerSecret('shop')).to.equal('the first secret');
    });

    it('removes with all that it has', async () => {
      await clients.adapter.upsert('shop', registered, 0);
      await give();
      await clients.adapter.destroy('shop');
      expect([await tokens(), await clients.list()]).to.deep.equal([[0, 0, 0, 0], []]);
    });
  });

  it('takes over what was kept while the file was the only way to register', async () => {
    const secret = seal.seal('the first secret', 'clients/old/client_secret');
    await db.collection<{ _id: string }>('clients').insertMany([
      { _id: 'old', payload: { client_id: 'old', client_secret: secret } },
      { _id: 'without', payload: { client_id: 'without' } },
    ] as never);
    await clients.init();
    expect((await clients.list()).map(({ origin, metadata }) => [origin, metadata])).to.deep.equal([
      ['file', { client_id: 'old', client_secret: 'the first secret' }],
      ['file', { client_id: 'without' }],
    ]);
  });
});
