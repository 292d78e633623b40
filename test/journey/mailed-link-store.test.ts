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
    const { token, write } = deps.mailedLinks.issue('a journey', address, 24);
    await commit([write]);
    return token;
  };

  it('is found by its token, which is not kept', async () => {
    const { deps } = await sharedServer();
    const token = await issue();
    expect(token).to.match(/^[\w-]{43}$/);
    const link = (await deps.mailedLinks.find(token))!;
    expect([link.journeyId, link.expired, link.used]).to.deep.equal(['a journey', false, false]);
    expect([link.isFor('ana@people.test'), link.isFor('eve@people.test')]).to.deep.equal([true, false]);
    const kept = JSON.stringify(await db.collection('mailed_links').find().toArray());
    expect(kept).not.to.contain(token).and.not.contain('ana@');
    expect(await deps.mailedLinks.find(`${token}x`)).to.equal(undefined);
  });

  it('remembers that it was used, and when first', async () => {
    const { deps } = await sharedServer();
    const token = await issue();
    await commit([deps.mailedLinks.use(token), deps.mailedLinks.use(token)]);
    expect((await deps.mailedLinks.find(token))!.used).to.equal(true);
  });

  it('works for its hours, and is recognised afterwards', async () => {
    const { deps, clock } = await sharedServer();
    const token = await issue();
    clock.advance(24 * HOUR - 60);
    expect((await deps.mailedLinks.find(token))!.expired).to.equal(false);
    clock.advance(120);
    expect((await deps.mailedLinks.find(token))!.expired).to.equal(true);
  });
});
