import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { connectMongo } from '../../src/mongo/connect.ts';
import { openEmbedded } from '../../src/mongo/embedded.ts';

describe('openEmbedded', function () {
  this.timeout(60_000);
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'embedded-test-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it('keeps its data, on the same port and on another', async () => {
    const first = await openEmbedded({ dataDir, log: () => {} });
    const db = await connectMongo(first.uri);
    await db.collection('kept').insertOne({ a: 1 });
    await db.close();
    await first.stop();
    // At once on the same port, which the package would have changed without a word, and then on any.
    for (const port of [Number(new URL(first.uri).port), undefined]) {
      const again = await openEmbedded({ dataDir, log: () => {}, ...(port === undefined ? {} : { port }) });
      const reopened = await connectMongo(again.uri);
      expect(await reopened.collection('kept').countDocuments()).to.equal(1);
      await reopened.withSession((session) =>
        session.withTransaction(async () => {
          await reopened.collection('kept').updateOne({}, { $inc: { a: 1 } }, { session });
        }),
      );
      await reopened.close();
      await again.stop();
    }
  });

  it('asks again when the server closes a connection while it becomes able to write', async () => {
    const twice = { mode: { times: 2 }, data: { failCommands: ['replSetInitiate'], closeConnection: true } };
    const args = ['enableTestCommands=1', `failpoint.failCommand=${JSON.stringify(twice)}`].flatMap((one) => ['--setParameter', one]);
    const { stop } = await openEmbedded({ dataDir, log: () => {}, args });
    await stop();
  });

  it('refuses a folder that is in use', async () => {
    const first = await openEmbedded({ dataDir, log: () => {} });
    const outcome = await openEmbedded({ dataDir, log: () => {}, waitMs: 0 }).catch((error: Error) => error);
    expect(String(outcome)).to.match(/Another MongoDB server \(process \d+\) is using/);
    await first.stop();
  });
});
