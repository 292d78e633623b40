/**
 * The embedded database of development and of the tests: a real mongod as a single-node replica set (transactions need one).
 * A production installation never comes here and does not have the package.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirOf, findMongod } from './find-mongod.ts';

export interface EmbeddedInput {
  /** The folder that keeps the data; made when missing. */
  readonly dataDir: string;
  /** A free port when not given. The data remember their port: give the same one to open them again. */
  readonly port?: number;
  /** Receives one line of progress at a time. */
  readonly log: (line: string) => void;
  /** Where programs and caches are looked for. */
  readonly env?: Readonly<Record<string, string | undefined>>;
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

/** Opens the database, about a second once a server has been found. Throws when none can be had, or the folder is in use. */
export async function openEmbedded(input: EmbeddedInput): Promise<Embedded> {
  const env = input.env ?? process.env;
  const mongod = await findMongod({ env, cacheDir: cacheDirOf(env), log: input.log });
  const dbPath = path.resolve(input.dataDir);
  await mkdir(dbPath, { recursive: true });
  const { MongoMemoryReplSet } = await import('mongodb-memory-server-core');
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: mongod.path, version: mongod.version },
    instanceOpts: [
      {
        dbPath,
        ...(input.port === undefined ? {} : { port: input.port }),
        storageEngine: 'wiredTiger',
        // A machine at work on other things may take longer than the 10 seconds of the default.
        launchTimeout: 60_000,
        args: [...ARGS, ...(input.args ?? [])],
      },
    ],
    // Detached: Ctrl-C in a terminal reaches a whole process group, and the database is to go last. A watchdog of the package ends
    // the server when this process dies without saying so.
    replSet: { count: 1, name: 'embedded', storageEngine: 'wiredTiger', spawn: { detached: true } },
  });
  return {
    uri: set.getUri(),
    pid: set.servers[0]?.instanceInfo?.instance.mongodProcess?.pid ?? 0,
    stop: async () => {
      await set.stop({ doCleanup: false });
    },
  };
}

/** 256 MB is the smallest cache that mongod takes; the half of the machine's memory is its default. */
const ARGS = ['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'diagnosticDataCollectionEnabled=false'];
