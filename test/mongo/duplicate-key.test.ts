import { expect } from 'chai';
import { isDuplicateKey } from '../../src/mongo/duplicate-key.ts';
import { testDatabase } from '../support/mongo.ts';

describe('mongo/duplicate-key', function () {
  this.timeout(60_000);

  it('tells that somebody else was first from everything else', async () => {
    const db = await testDatabase();
    const things = db.collection<{ _id: string }>('things');
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        (error: unknown) => error,
      );
    const both = await Promise.all([failure(things.insertOne({ _id: 'one' })), failure(things.insertOne({ _id: 'one' }))]);
    expect(both.filter(Boolean).map(isDuplicateKey)).to.deep.equal([true]);
    expect(isDuplicateKey(await failure(things.updateOne({ _id: 'one' }, { $nonsense: 1 } as never)))).to.equal(false);
    expect(isDuplicateKey(new Error('x'))).to.equal(false);
  });
});
