/** Finds the browser of the browser tests, or installs it where that can be done without asking. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The program that CHROMIUM_PATH names, else the first on the PATH; undefined when there is none. */
export function findChromium(env: Env): string | undefined {
  const named = env['CHROMIUM_PATH'];
  if (named) return isProgram(named) ? named : undefined;
  for (const name of NAMES) {
    for (const folder of (env['PATH'] ?? '').split(path.delimiter).filter(Boolean)) {
      const file = path.join(folder, name);
      if (isProgram(file)) return file;
    }
  }
  return undefined;
}

export interface InstallInput {
  readonly env: Env;
  readonly isRoot: boolean;
  readonly log: (line: string) => void;
}

/** Installs Debian's package when root may; returns whether the browser is there then. */
export function installChromium({ env, isRoot, log }: InstallInput): boolean {
  if (!isRoot || spawnSync('apt-get', ['--version'], { env, stdio: 'ignore' }).status !== 0) return false;
  log('Installing Chromium with apt-get …');
  const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'inherit' } as const;
  spawnSync('apt-get', ['update', '-qq'], options);
  return (
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options).status === 0 &&
    findChromium(env) !== undefined
  );
}

export const CHROMIUM_ADVICE =
  'No Chromium was found for the browser tests. Install it (Debian: apt-get install chromium; others: Chromium or Google Chrome), or name it in CHROMIUM_PATH.';

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
