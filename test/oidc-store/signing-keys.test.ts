import { expect } from 'chai';
import { createSeal } from '../../src/crypto/seal.ts';
import { createSigningKeys, KeysRefused, SIGNING_ALGORITHMS, type SigningKeys } from '../../src/oidc-store/signing-keys.ts';
import { testDatabase } from '../support/mongo.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('oidc-store/signing-keys', function () {
  this.timeout(60_000);
  const seal = createSeal(['k'.repeat(40)]);
  let now: number;

  /** As each process makes it for itself, over a database of the test's own. */
  async function freshKeys(count = 1) {
    const db = await testDatabase();
    now = Date.parse('2026-11-22T12:00:00Z');
    const clock = () => new Date(now);
    const create = (key = seal) => createSigningKeys({ db, seal: key, clock, times: { rotate: 90 * DAY, publish: DAY } });
    const processes = Array.from({ length: count }, () => create());
    await Promise.all(processes.map((keys) => keys.init()));
    return { db, create, processes, keys: processes[0]! };
  }
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  /** The key of an algorithm in this state; there is one at most, but of retired ones. */
  const inState = async (keys: SigningKeys, state: string) =>
    (await keys.list()).filter((key) => key.algorithm === 'ES256' && key.state === state);
  const refused = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(KeysRefused);
    return (error as Error).message;
  };

  it('makes one key of each algorithm, however many processes start at once, and the same after a restart', async () => {
    const { processes, create } = await freshKeys(4);
    const sets = await Promise.all(processes.map((keys) => keys.load()));
    for (const set of [...sets, await create().load()]) expect(set).to.deep.equal(sets[0]);
    expect(sets[0]!.keys.map((key) => key.alg)).to.deep.equal([...SIGNING_ALGORITHMS]);
    const of = (alg: string) => sets[0]!.keys.find((key) => key.alg === alg)!;
    expect(Buffer.from(of('RS256').n!, 'base64url').length * 8).to.equal(3072);
    expect(of('ES256')).to.include({ kty: 'EC', crv: 'P-256', use: 'sig' });
    expect(of('EdDSA')).to.include({ kty: 'OKP', crv: 'Ed25519', use: 'sig' });
  });

  it('keeps the private half sealed', async () => {
    const { db, keys, create } = await freshKeys();
    const set = await keys.load();
    const text = JSON.stringify(await db.collection('signing_keys').find({}).toArray());
    for (const key of set.keys) expect(text).not.to.include(key.d!);
    const stranger = create(createSeal(['x'.repeat(40)]));
    expect(await stranger.load().catch((error: Error) => error.message)).to.include('ENCRYPTION_KEYS');
  });

  it('publishes a key, then signs with it, then takes the one before it off, and keeps that for hints for 13 months', async () => {
    const { db, keys } = await freshKeys();
    const first = (await keys.load()).keys.find(({ alg }) => alg === 'ES256')!.kid;
    await keys.rotate();
    const [next] = await inState(keys, 'next');
    expect(next).to.deep.include({ published: true, signsFrom: new Date(now + DAY * 1000) });
    const order = async () => {
      const { keys: all, published } = await keys.load();
      return all.filter(({ alg }) => alg === 'ES256').map(({ kid }) => [kid === first ? 'first' : 'second', published.has(kid)]);
    };
    expect(await order()).to.deep.equal([
      ['first', true],
      ['second', true],
    ]);
    pass(DAY - 1);
    expect((await order())[0]).to.deep.equal(['first', true]);
    pass(1);
    expect(await order()).to.deep.equal([
      ['second', true],
      ['first', true],
    ]);
    pass(DAY);
    expect(await order()).to.deep.equal([
      ['second', true],
      ['first', false],
    ]);
    const isKept = () => db.collection<{ _id: string }>('signing_keys').findOne({ _id: first });
    pass(395 * DAY - 1);
    await keys.rotateIfDue();
    expect(await isKept()).not.to.equal(null);
    pass(1);
    await keys.rotateIfDue();
    expect(await isKept()).to.equal(null);
  });

  it('says with another version when another key signs, is published, or is not any more', async () => {
    const { keys } = await freshKeys();
    const versions = new Set<string>();
    const note = async () => versions.add((await keys.load()).version).size;
    expect(await note()).to.equal(1);
    expect(await note()).to.equal(1);
    await keys.rotate();
    expect(await note()).to.equal(2);
    pass(DAY);
    expect(await note()).to.equal(3);
    pass(DAY);
    expect(await note()).to.equal(4);
  });

  it('rotates by itself, once among all processes, so that no key signs longer than it should', async () => {
    const { db, processes, keys } = await freshKeys(4);
    await keys.load();
    expect(await keys.rotateIfDue()).to.equal(false);
    pass(89 * DAY - 1);
    expect(await keys.rotateIfDue()).to.equal(false);
    pass(1);
    const made = await Promise.all(processes.map((each) => each.rotateIfDue()));
    expect(made).to.include(true);
    expect(await db.collection('signing_keys').countDocuments()).to.equal(2 * SIGNING_ALGORITHMS.length);
    const [next] = await inState(keys, 'next');
    expect(next!.signsFrom).to.deep.equal(new Date(now + DAY * 1000));
    expect(await keys.rotateIfDue()).to.equal(false);
  });

  it('is rotated by hand once, however many ask at once, and not again while a next key waits', async () => {
    const { db, processes, keys } = await freshKeys(6);
    await keys.load();
    await Promise.allSettled(processes.map((each) => each.rotate()));
    expect(await db.collection('signing_keys').countDocuments()).to.equal(2 * SIGNING_ALGORITHMS.length);
    expect(await refused(keys.rotate())).to.equal('The next keys are published, and sign from 2026-11-23T12:00:00.000Z on.');
  });

  it('goes on with a rotation that was cut off in the middle', async () => {
    const { db, keys } = await freshKeys();
    await keys.load();
    await keys.rotate();
    const stored = db.collection('signing_keys');
    await stored.deleteMany({ number: 2, algorithm: { $ne: 'RS256' } });
    await keys.rotate();
    expect(await stored.countDocuments({ number: 2 })).to.equal(SIGNING_ALGORITHMS.length);
    expect(await refused(keys.rotate())).to.contain('The next keys are published');
  });

  it('makes none under the keys of other settings, which no process could open', async () => {
    const { db, keys, create } = await freshKeys();
    await keys.load();
    const stranger = create(createSeal(['x'.repeat(40)]));
    for (const now of [false, true]) expect(await refused(stranger.rotate({ now }))).to.contain('ENCRYPTION_KEYS');
    expect(await db.collection('signing_keys').countDocuments()).to.equal(SIGNING_ALGORITHMS.length);
    const heir = create(createSeal(['x'.repeat(40), 'k'.repeat(40)]));
    await heir.rotate();
    expect((await heir.load()).keys).to.have.length(2 * SIGNING_ALGORITHMS.length);
  });

  it('changes the key at once when it must, one that waits included', async () => {
    const { keys } = await freshKeys();
    await keys.load();
    await keys.rotate({ now: true });
    expect(await inState(keys, 'next')).to.deep.equal([]);
    const [second] = await inState(keys, 'current');
    expect(second!.signsFrom.getTime()).to.equal(now);
    pass(60);
    await keys.rotate();
    const [waiting] = await inState(keys, 'next');
    await keys.rotate({ now: true });
    expect((await inState(keys, 'current')).map(({ kid }) => kid)).to.deep.equal([waiting!.kid]);
    expect(await inState(keys, 'retired')).to.have.length(2);
  });

  it('removes a key before its time, unless it signs', async () => {
    const { keys } = await freshKeys();
    await keys.load();
    const [first] = await inState(keys, 'current');
    expect(await refused(keys.retire(first!.kid))).to.contain('signs now');
    expect(await refused(keys.retire('another'))).to.contain('no key of this id');
    await keys.rotate({ now: true });
    pass(1);
    await keys.retire(first!.kid);
    expect((await keys.load()).keys.map(({ kid }) => kid)).not.to.include(first!.kid);
    expect(await inState(keys, 'current')).to.have.length(1);
  });

  it('brings no older key back when the one after it is removed', async () => {
    const { keys } = await freshKeys();
    await keys.load();
    for (let made = 0; made < 3; made++) {
      pass(90 * DAY);
      await keys.rotate({ now: true });
    }
    const newestFirst = (await inState(keys, 'retired')).sort((a, b) => b.signsFrom.getTime() - a.signsFrom.getTime());
    const published = async () => (await inState(keys, 'retired')).filter((key) => key.published).length;
    expect(await published()).to.equal(1);
    for (const { kid } of newestFirst.slice(0, 2)) {
      await keys.retire(kid);
      expect(await published()).to.equal(0);
    }
    // Its successor has signed from 180 days ago on; hints are believed for 396 days after that.
    pass(216 * DAY - 1);
    await keys.rotateIfDue();
    expect((await inState(keys, 'retired')).map(({ kid }) => kid)).to.include(newestFirst[2]!.kid);
    pass(1);
    await keys.rotateIfDue();
    expect((await inState(keys, 'retired')).map(({ kid }) => kid)).not.to.include(newestFirst[2]!.kid);
  });

  it('goes on with the keys that were kept before keys were rotated', async () => {
    const { db, keys } = await freshKeys();
    const before = await keys.load();
    const stored = db.collection<{ _id: string }>('signing_keys');
    await stored.dropIndexes();
    await stored.updateMany({}, { $unset: { number: 1, signsFrom: 1 }, $set: { state: 'current' } });
    await keys.init();
    expect(await keys.load()).to.deep.equal(before);
    await keys.rotate();
    expect(await inState(keys, 'next')).to.have.length(1);
  });
});
