import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { health } from '../../src/http/health.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { type Embedded, openEmbedded } from '../../src/mongo/embedded.ts';
import { createMajorityWrite } from '../../src/mongo/majority-write.ts';
import { serve } from './serve.ts';

describe('health', () => {
  let dataDir: string;
  let mongo: Embedded;
  const log = { warn: () => {} };
  before(async function () {
    this.timeout(60_000);
    dataDir = await mkdtemp(path.join(tmpdir(), 'health-test-'));
    mongo = await openEmbedded({ dataDir, log: () => {} });
  });
  after(async () => {
    await mongo.stop();
    await rm(dataDir, { recursive: true });
  });

  it('is ready while a majority write succeeds, not ready without the database, and ready again without a restart', async function () {
    this.timeout(60_000);
    const db = await connectMongo(mongo.uri);
    const app = await serve(() => [health({ majorityWrite: createMajorityWrite(db), log })]);
    try {
      const fine = await app.ask('/health/ready');
      expect(fine.status).to.equal(200);
      expect(JSON.parse(fine.text)).to.deep.equal({ status: 'ok' });

      // Stopped, not ended: the connection stands, and nobody answers.
      process.kill(mongo.pid, 'SIGSTOP');
      const started = Date.now();
      expect((await app.ask('/health/ready')).status).to.equal(503);
      expect(Date.now() - started).to.be.within(1900, 5000);
      expect((await app.ask('/health/live')).status).to.equal(200);
      process.kill(mongo.pid, 'SIGCONT');

      let again = 0;
      while (again !== 200) again = (await app.ask('/health/ready')).status;

      const { port } = new URL(mongo.uri);
      await mongo.stop();
      expect((await app.ask('/health/ready')).status).to.equal(503);
      mongo = await openEmbedded({ dataDir, port: Number(port), log: () => {} });
      again = 0;
      while (again !== 200) again = (await app.ask('/health/ready')).status;
    } finally {
      await app.close();
      await db.close();
    }
  });

  it('writes once for many that ask at once', async () => {
    let writes = 0;
    let release = () => {};
    const write = () => {
      writes++;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    };
    let asked = 0;
    const app = await serve(() => [
      (_, next) => {
        if (++asked === 20) setImmediate(() => release());
        return next();
      },
      health({ majorityWrite: write, log }),
    ]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.ask('/health/ready')));
    await app.close();
    expect(answers.map((answer) => answer.status)).to.deep.equal(Array(20).fill(200));
    expect(writes).to.equal(1);
  });

  it('is not ready while stopping, is read only, and leaves other paths alone', async () => {
    const app = await serve(() => [
      health({ majorityWrite: async () => {}, stopping: () => true, log }),
      (ctx) => {
        ctx.body = 'next';
      },
    ]);
    expect((await app.ask('/health/ready')).status).to.equal(503);
    expect((await app.ask('/health/live')).status).to.equal(200);
    expect((await app.ask('/health/live', { method: 'POST' })).status).to.equal(405);
    expect((await app.ask('/health/other')).text).to.equal('next');
    await app.close();
  });
});
