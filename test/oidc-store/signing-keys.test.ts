import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createSeal } from '../../src/crypto/seal.ts';
import { createSigningKeys, SIGNING_ALGORITHMS } from '../../src/oidc-store/signing-keys.ts';
import { testDatabase } from '../support/mongo.ts';

describe('oidc-store/signing-keys', function () {
  this.timeout(60_000);
  const seal = createSeal(['k'.repeat(40)]);
  let db: Connection;
  before(async () => {
    db = await testDatabase();
  });

  it('makes one key of each algorithm, however many processes start at once, and the same after a restart', async () => {
    const processes = Array.from({ length: 4 }, () => createSigningKeys({ db, seal }));
    await Promise.all(processes.map((keys) => keys.init()));
    const sets = await Promise.all(processes.map((keys) => keys.load()));
    for (const set of [...sets, await createSigningKeys({ db, seal }).load()]) expect(set).to.deep.equal(sets[0]);
    expect(sets[0]!.keys.map((key) => key.alg)).to.have.members([...SIGNING_ALGORITHMS]);
    const rsa = sets[0]!.keys.find((key) => key.alg === 'RS256')!;
    expect(Buffer.from(rsa.n!, 'base64url').length * 8).to.equal(3072);
    expect(sets[0]!.keys.find((key) => key.alg === 'ES256')).to.include({ kty: 'EC', crv: 'P-256', use: 'sig' });
  });

  it('keeps the private half sealed', async () => {
    const { keys } = await createSigningKeys({ db, seal }).load();
    const text = JSON.stringify(await db.collection('signing_keys').find({}).toArray());
    for (const key of keys) expect(text).not.to.include(key.d!);
    const stranger = createSigningKeys({ db, seal: createSeal(['x'.repeat(40)]) });
    expect(await stranger.load().catch((error: Error) => error.message)).to.include('ENCRYPTION_KEYS');
  });

  it('puts the current key before the next and the retired ones, since the first that fits signs', async () => {
    const { keys } = await createSigningKeys({ db, seal }).load();
    const old = keys.find((key) => key.alg === 'ES256')!;
    await db.collection<{ _id: string }>('signing_keys').updateOne({ _id: old.kid }, { $set: { state: 'retired' } });
    const after = await createSigningKeys({ db, seal }).load();
    expect(after.keys).to.have.length(3);
    const elliptic = after.keys.filter((key) => key.alg === 'ES256').map((key) => key.kid);
    expect(elliptic[0]).not.to.equal(old.kid);
    expect(elliptic[1]).to.equal(old.kid);
  });
});
