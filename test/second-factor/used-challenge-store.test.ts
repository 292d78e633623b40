import { expect } from 'chai';
import { AlreadyUsed } from '../../src/second-factor/code-store.ts';
import { createUsedChallengeStore, type UsedChallengeStore } from '../../src/second-factor/used-challenge-store.ts';
import { atOnce, failure, type StoreParts, storeParts } from '../support/store-parts.ts';

describe('used challenges', () => {
  let parts: StoreParts;
  let store: UsedChallengeStore;
  before(async () => {
    parts = await storeParts();
    store = createUsedChallengeStore(parts);
    await store.init();
  });
  const use = (challenge: string) => parts.transaction([store.use(challenge)]);

  it('count once, each', async () => {
    await use('the first');
    expect(await failure(use('the first'))).to.be.instanceOf(AlreadyUsed);
    expect(await failure(use('another'))).to.equal(undefined);
  });

  it('are used by one of sixteen at once', async () => {
    const { won, failures } = await atOnce(16, () => use('wanted by many'));
    expect(won).to.equal(1);
    for (const lost of failures) expect(lost).to.be.instanceOf(AlreadyUsed);
  });

  it('are not used when what came with them was undone', async () => {
    const undo = async () => {
      throw new Error('undone');
    };
    await failure(parts.transaction([store.use('tried'), undo]));
    expect(await failure(use('tried'))).to.equal(undefined);
  });

  it('are kept as digests, for as long as they could be good', async () => {
    await use('a secret challenge');
    expect(await parts.raw('used_challenges')).not.to.contain('secret');
    const indexes = await parts.db.collection('used_challenges').indexes();
    expect(indexes.find(({ key }) => 'expiresAt' in key)).to.include({ expireAfterSeconds: 0 });
    const kept = await parts.db.collection<{ _id: string; expiresAt: Date }>('used_challenges').findOne({});
    expect((kept!.expiresAt.getTime() - parts.clock().getTime()) / 1000).to.equal(360);
  });
});
