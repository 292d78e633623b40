import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

export interface Surroundings {
  readonly env: Env;
  /** Where what is fetched or built is kept. */
  readonly cacheDir: string;
}

export interface Installation extends Surroundings {
  readonly isRoot: boolean;
  readonly log: (line: string) => void;
}

/** A service of somebody else's making, ready to be started. */
export interface Program {
  /** Of the library and what it runs on, for people. */
  readonly version: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What it wants to find in its environment besides the settings that all have. */
  readonly env: Readonly<Record<string, string>>;
}

/** A library that signs people in, and the service of the tests that is written with it. */
export interface RelyingPartyKind {
  readonly name: string;
  /** Undefined where it is not installed. Downloads nothing. */
  find(surroundings: Surroundings): Program | undefined;
  /** Installs it; throws, or leaves nothing to find, where that does not work. */
  install(installation: Installation): void;
  /** What people have to install themselves then. */
  readonly advice: string;
}

/** Where the service of the tests stands. */
export const folderOf = (name: string): string => path.resolve(import.meta.dirname, '../../test/relying-parties', name);

/** A place in the cache that is another one when what it is made of has changed. */
export function placeOf({ cacheDir }: Surroundings, name: string, files: readonly string[], more = ''): string {
  const hash = createHash('sha256').update(more);
  for (const file of files) hash.update(readFileSync(path.join(folderOf(name), file)));
  return path.join(cacheDir, 'relying-parties', `${name}-${hash.digest('hex').slice(0, 16)}`);
}

/** The first program of this name on the PATH, and in the folders for administrators, which are not on everybody's. */
export function findProgram(env: Env, names: readonly string[]): string | undefined {
  const folders = [...(env['PATH'] ?? '').split(path.delimiter).filter(Boolean), ...(env['PATH'] ? ['/usr/sbin', '/usr/local/sbin'] : [])];
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram);
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a program prints; undefined when it fails. */
export function printed(command: string, args: readonly string[], env: Env): string | undefined {
  const { status, stdout } = spawnSync(command, args, { env, encoding: 'utf8', timeout: 60_000 });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a program whose output people see; throws when it fails. */
export function run(command: string, args: readonly string[], options: SpawnSyncOptions): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: 15 * 60_000, ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${path.basename(command)} ${args.slice(0, 3).join(' ')} ended with ${status}`);
}

/** Installs packages of Debian where root may; does nothing elsewhere. */
export function installPackages({ env, isRoot, log }: Installation, packages: readonly string[]): void {
  if (!isRoot || printed('apt-get', ['--version'], env) === undefined) return;
  log(`Installing ${packages.join(', ')} with apt-get …`);
  const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  // What one source of packages lacks another may have.
  spawnSync('apt-get', ['update', '-qq'], { ...options, stdio: 'ignore' });
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}
