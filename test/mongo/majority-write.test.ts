import { expect } from 'chai';
import { createMajorityWrite } from '../../src/mongo/majority-write.ts';
import { testDatabase } from '../support/mongo.ts';

describe('createMajorityWrite', () => {
  it('succeeds many times at once, from the first on', async () => {
    const db = await testDatabase();
    await Promise.all(Array.from({ length: 16 }, () => createMajorityWrite(db, 5000)()));
    expect(await db.collection('health').countDocuments()).to.equal(1);
  });

  it('rejects when the connection is gone', async () => {
    const db = await testDatabase();
    await db.close();
    expect(await createMajorityWrite(db, 500)().catch((error: Error) => error)).to.be.instanceOf(Error);
  });
});
