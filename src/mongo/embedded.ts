/**
 * The embedded database of development and of the tests: a real mongod as a single-node replica set (transactions need one).
 * A production installation never comes here and does not have the package.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import mongoose, { mongo } from 'mongoose';
import { cacheDirOf, findMongod } from './find-mongod.ts';
import { isRunning } from './running-process.ts';

export interface EmbeddedInput {
  /** The folder that keeps the data; made when missing. */
  readonly dataDir: string;
  /** A free port when not given; exactly this one when given. */
  readonly port?: number;
  /** Receives one line of progress at a time. */
  readonly log: (line: string) => void;
  /** Where programs and caches are looked for. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long to wait for another server to leave the folder; 10 seconds when not given. */
  readonly waitMs?: number;
  /** More arguments for mongod. */
  readonly args?: readonly string[];
}

export interface Embedded {
  /** A connection string with the name of the replica set, without a database. */
  readonly uri: string;
  /** Process id of the server. */
  readonly pid: number;
  /** Shuts the server down cleanly; the data stay. */
  stop(): Promise<void>;
}

const SET = 'embedded';
/** 256 MB is the smallest cache that mongod takes; by default it takes half of the machine. */
const ARGS = ['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'diagnosticDataCollectionEnabled=false'];
/** A machine at work on other things may be slow. */
const PATIENCE_MS = 60_000;

/** Opens the database, about a second once a server has been found. Throws when none can be had, or folder or port is in use. */
export async function openEmbedded({
  dataDir,
  port,
  log,
  env = process.env,
  waitMs = 10_000,
  args = [],
}: EmbeddedInput): Promise<Embedded> {
  const mongod = await findMongod({ env, cacheDir: cacheDirOf(env), log });
  const dbPath = path.resolve(dataDir);
  await mkdir(dbPath, { recursive: true });
  await leftAlone(dbPath, waitMs);
  // The single server of the package, not its replica set: that one takes another port without a word when it thinks that the given
  // one is busy (the data then belong to a set that this server is no member of), and learns of a primary from lines of the log.
  const { MongoMemoryServer } = await import('mongodb-memory-server-core');
  const server = await MongoMemoryServer.create({
    binary: { systemBinary: mongod.path, version: mongod.version },
    instance: {
      ...(port === undefined ? {} : { port, portGeneration: false }),
      ip: '127.0.0.1',
      dbPath,
      storageEngine: 'wiredTiger',
      replSet: SET,
      launchTimeout: PATIENCE_MS,
      args: [...ARGS, ...args],
    },
    // Detached: Ctrl-C in a terminal reaches a whole process group, and the database is to go last. A watchdog of the package ends
    // the server when this process dies without saying so.
    spawn: { detached: true },
  });
  const stop = async () => {
    await server.stop({ doCleanup: false });
  };
  const host = `127.0.0.1:${server.instanceInfo?.port}`;
  try {
    await becomePrimary(host);
  } catch (error) {
    await stop();
    throw error;
  }
  return { uri: `mongodb://${host}/?replicaSet=${SET}`, pid: server.instanceInfo?.instance.mongodProcess?.pid ?? 0, stop };
}

/** A server whose parent was killed goes by itself, but not at once. Throws when the folder's server stays. */
async function leftAlone(dbPath: string, waitMs: number): Promise<void> {
  for (const deadline = Date.now() + waitMs; ; await wait(100)) {
    // mongod writes its process id there, and empties the file at its end.
    const pid = Number(await readFile(path.join(dbPath, 'mongod.lock'), 'utf8').catch(() => ''));
    if (!isRunning(pid, 'mongod')) return;
    if (Date.now() > deadline) throw new Error(`Another MongoDB server (process ${pid}) is using ${dbPath}.`);
  }
}

/** Makes the server the one member of its set, whatever port it had before, and waits until it takes writes. */
async function becomePrimary(host: string): Promise<void> {
  const connection = await mongoose.createConnection(`mongodb://${host}/?directConnection=true`, { autoIndex: false }).asPromise();
  const admin = connection.getClient().db('admin');
  const deadline = Date.now() + PATIENCE_MS;
  try {
    let configured = false;
    const isPrimary = async () => (await untilClosed(admin.command({ hello: 1 })))?.isWritablePrimary;
    while (!(await isPrimary())) {
      if (Date.now() > deadline) throw new Error('The embedded MongoDB started, but did not become able to write.');
      if (!configured) configured = (await untilClosed(configure(admin, host))) ?? false;
      await wait(20);
    }
  } finally {
    await connection.close();
  }
}

/** A server that changes its place in its set closes its connections: undefined, as nothing was answered. */
const untilClosed = <Answer>(asked: Promise<Answer>): Promise<Answer | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof mongo.MongoNetworkError) return undefined;
    throw error;
  });

/** MongoDB's error codes: this set has a configuration already; it is still being read; it is being changed. */
const [ALREADY_INITIALIZED, NOT_YET_INITIALIZED, IN_PROGRESS] = [23, 94, 109];

/** True once the set has a configuration that names this server. */
async function configure(admin: mongo.Db, host: string): Promise<boolean> {
  try {
    await admin.command({ replSetInitiate: { _id: SET, members: [{ _id: 0, host }] } });
    return true;
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_INITIALIZED) throw error;
  }
  try {
    const { config } = await admin.command({ replSetGetConfig: 1 });
    if (config.members[0].host === host) return true;
    config.members[0].host = host;
    config.version += 1;
    // By force: the server takes itself for no member of the set, so there is nobody who could agree.
    await admin.command({ replSetReconfig: config, force: true });
    return true;
  } catch (error) {
    if ([NOT_YET_INITIALIZED, IN_PROGRESS].includes((error as { code?: number }).code ?? 0)) return false;
    throw error;
  }
}
