import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { commit, sharedServer } from '../support/shared-server.ts';

const HOUR = 3600;

describe('journey/mailed-link-store', () => {
  let db: Connection;
  before(async () => {
    db = await connectMongo((await sharedServer()).env.MONGODB_URI);
  });
  after(() => db.close());
  const issue = async (address = 'ana@people.test') => {
    const { deps } = await sharedServer();
    const { token, write } = deps.mailedLinks.issue({ purpose: 'confirm-sign-up', about: 'a journey', canonical: address, hours: 24 });
    await commit([write]);
    return token;
  };

  it('is found by its token, which is not kept', async () => {
    const { deps } = await sharedServer();
    const token = await issue();
    expect(token).to.match(/^[\w-]{43}$/);
    const link = (await deps.mailedLinks.find(token, 'confirm-sign-up'))!;
    expect([link.about, link.expired, link.used]).to.deep.equal(['a journey', false, false]);
    expect([link.isFor('ana@people.test'), link.isFor('eve@people.test')]).to.deep.equal([true, false]);
    const kept = JSON.stringify(await db.collection('mailed_links').find().toArray());
    expect(kept).not.to.contain(token).and.not.contain('ana@');
    expect(await deps.mailedLinks.find(`${token}x`, 'confirm-sign-up')).to.equal(undefined);
  });

  it('remembers that it was used, and when first', async () => {
    const { deps } = await sharedServer();
    const token = await issue();
    await commit([deps.mailedLinks.use(token), deps.mailedLinks.use(token)]);
    expect((await deps.mailedLinks.find(token, 'confirm-sign-up'))!.used).to.equal(true);
  });

  it('works for its hours, and is recognised afterwards', async () => {
    const { deps, clock } = await sharedServer();
    const token = await issue();
    clock.advance(24 * HOUR - 60);
    expect((await deps.mailedLinks.find(token, 'confirm-sign-up'))!.expired).to.equal(false);
    clock.advance(120);
    expect((await deps.mailedLinks.find(token, 'confirm-sign-up'))!.expired).to.equal(true);
  });

  it('is nothing before it is saved, and when what came with it was undone', async () => {
    const { deps } = await sharedServer();
    const { token, write } = deps.mailedLinks.issue({
      purpose: 'confirm-sign-up',
      about: 'a journey',
      canonical: 'ana@people.test',
      hours: 24,
    });
    const undone = async () => {
      throw new Error('undone');
    };
    expect(await commit([write, undone]).catch((error: Error) => error.message)).to.equal('undone');
    expect(await deps.mailedLinks.find(token, 'confirm-sign-up')).to.equal(undefined);
  });

  it('goes on working when a newer one is mailed, each for itself', async () => {
    const { deps } = await sharedServer();
    const [older, newer] = [await issue(), await issue()];
    await commit([deps.mailedLinks.use(newer)]);
    const found = await Promise.all([older, newer].map(async (token) => (await deps.mailedLinks.find(token, 'confirm-sign-up'))!.used));
    expect(found).to.deep.equal([false, true]);
  });

  it('is unknown for any token that is not one, and using that does nothing', async () => {
    const { deps } = await sharedServer();
    for (const token of ['', 'x', '$ne', 'a'.repeat(10_000)]) {
      expect(await deps.mailedLinks.find(token, 'confirm-sign-up'), token.slice(0, 10)).to.equal(undefined);
      await commit([deps.mailedLinks.use(token)]);
      expect(await deps.mailedLinks.find(token, 'confirm-sign-up'), token.slice(0, 10)).to.equal(undefined);
    }
  });

  it('is recognised for a month after its hours, however many they were', async () => {
    const { deps, clock } = await sharedServer();
    const { token, write } = deps.mailedLinks.issue({
      purpose: 'not-me',
      about: 'an account',
      canonical: 'ana@people.test',
      hours: 30 * 24,
    });
    await commit([write]);
    const id = deps.rootSecret.digest('mailed-link', token) as never;
    const { issuedAt, goodUntil, expiresAt } = (await db.collection('mailed_links').findOne({ _id: id }))!;
    expect([goodUntil - issuedAt, expiresAt - issuedAt].map((ms) => Math.round(ms / 3600_000))).to.deep.equal([30 * 24, 60 * 24]);
    expect((await deps.mailedLinks.find(token, 'not-me'))!.issuedAt.getTime()).to.be.at.most(clock().getTime());
  });

  it('is used up once by 12 who use it at once, at the time of the first', async () => {
    const { deps } = await sharedServer();
    const token = await issue();
    const id = deps.rootSecret.digest('mailed-link', token) as never;
    await Promise.all(Array.from({ length: 12 }, () => commit([deps.mailedLinks.use(token)])));
    const first = (await db.collection('mailed_links').findOne({ _id: id }))!.usedAt;
    expect(first).to.be.instanceOf(Date);
    await commit([deps.mailedLinks.use(token)]);
    expect((await db.collection('mailed_links').findOne({ _id: id }))!.usedAt).to.deep.equal(first);
  });

  it('is forgotten with all others about the same', async () => {
    const { deps } = await sharedServer();
    const issue = async (about: string) => {
      const { token, write } = deps.mailedLinks.issue({ purpose: 'not-me', about, canonical: 'ana@people.test', hours: 1 });
      await commit([write]);
      return token;
    };
    const [first, second, other] = [await issue('an erased account'), await issue('an erased account'), await issue('another account')];
    await commit([deps.mailedLinks.use(second), deps.mailedLinks.forget('an erased account')]);
    for (const token of [first, second]) expect(await deps.mailedLinks.find(token, 'not-me')).to.equal(undefined);
    expect(await deps.mailedLinks.find(other, 'not-me')).to.include({ about: 'another account' });
  });
});
