/**
 * What the whole run of tests shares: one real MongoDB server, started by the first test that asks for it and ended after the last.
 * Loaded by mocha before any test (`require` in .mocharc.json). `npm test` runs the files in three worker processes (`scripts/run-tests.ts`);
 * the process that starts them owns the server, and each test has a database of its own on it.
 */
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { takeCoverage } from 'node:v8';
import mongoose from 'mongoose';
import { type Embedded, openEmbedded } from '../../src/mongo/embedded.ts';

let server: Promise<Embedded> | undefined;
const cleanups: (() => Promise<unknown>)[] = [];

/** Whether this process runs some of the files, one after the other; else it runs all. */
export const isWorker = process.env.MOCHA_WORKER_ID !== undefined;

/** Where the workers find the server. */
const URI = 'TEST_MONGODB_URI';

/** The server's connection string, without a database. */
export async function sharedMongo(): Promise<string> {
  const given = process.env[URI];
  if (given !== undefined) return given;
  server ??= startMongo();
  return (await server).uri;
}

/**
 * Runs when the file of tests is done that is running now, the newest first; without workers, when all are. What stays open goes on asking
 * the database whether it is still there, once a second.
 */
export function afterFile(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

const tidies: (() => Promise<unknown>)[] = [];

/** Runs after each file of tests, in a worker: for what the next one goes on with. */
export function betweenFiles(tidy: () => Promise<unknown>): void {
  tidies.push(tidy);
}

async function startMongo(): Promise<Embedded> {
  const own = await ownMongo();
  cleanups.unshift(own.stop);
  await withoutJournal(own);
  return own;
}

/** Nobody cuts its power: a write is a majority's once it is made, without a wait for the journal, which costs nearly half of its time. */
async function withoutJournal({ uri }: Embedded): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  const client = connection.getClient();
  const admin = client.db('admin');
  const { config } = await admin.command({ replSetGetConfig: 1 });
  await admin.command({ replSetReconfig: { ...config, version: config.version + 1, writeConcernMajorityJournalDefault: false } });
  // What a majority has is known anew only from the next write on; whoever changed nothing would wait for that.
  await client
    .db('begun')
    .collection('begun')
    .insertOne({}, { writeConcern: { w: 'majority' } });
  await connection.close();
}

const ARGS = [
  // The tests move the clock, and their documents must not vanish by the real one.
  ...['--setParameter', 'ttlMonitorEnabled=false'],
  // Nothing of it outlives the tests, so that a tenth of its work is for nothing: room for all, no compression, no checkpoints, no history.
  ...['--wiredTigerEngineConfigString', 'cache_size=1G', '--syncdelay', '600'],
  ...['--wiredTigerJournalCompressor', 'none', '--wiredTigerCollectionBlockCompressor', 'none'],
  ...['--setParameter', 'minSnapshotHistoryWindowInSeconds=0'],
];

/** A server of a test's own, for one that does to all of it what others must not feel. `stop` ends it and takes its data away. */
export async function ownMongo(): Promise<Embedded> {
  const dataDir = await mkdtemp(path.join(await scratchDir(), 'mongo-test-'));
  const embedded = await openEmbedded({ dataDir, log: (line) => console.error(line), args: [...ARGS] });
  const stop = async () => {
    await embedded.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...embedded, stop };
}

/** Memory where there is plenty of it, since every majority write waits for the disk. */
async function scratchDir(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined);
  return memory && memory.bavail * memory.bsize > 2 ** 31 ? '/dev/shm' : tmpdir();
}

const COVERAGE_EVERY_MS = 60_000;
let coveredAt = performance.now();

/** Now and then, not only at the end: a worker gets one second to end before it is killed, and what it has covered would be lost. */
function noteCoverage(): void {
  if (process.env.NODE_V8_COVERAGE === undefined || performance.now() - coveredAt < COVERAGE_EVERY_MS) return;
  takeCoverage();
  coveredAt = performance.now();
}

async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export async function mochaGlobalSetup(this: Mocha.Runner): Promise<void> {
  if ((this as unknown as { isParallelMode(): boolean }).isParallelMode()) process.env[URI] = await sharedMongo();
}

export const mochaGlobalTeardown = cleanUp;

export const mochaHooks = {
  /** In a worker this runs after each file. */
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await cleanUp();
    if (!isWorker) return;
    for (const tidy of tidies) await tidy();
    noteCoverage();
  },
};
