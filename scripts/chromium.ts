/** Finds the browser of the browser tests, or installs it where that can be done without asking. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Those that never open a window: the tests in a browser take a third less of the processor with one. */
const SHELLS = ['chromium-headless-shell', 'chrome-headless-shell'];
const NAMES = [...SHELLS, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Debian's, the one to be preferred first. */
const PACKAGES = ['chromium-headless-shell', 'chromium'] as const;

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

/** The browser that is there, once what can be installed without asking is; undefined when there is none. */
export function prepareChromium({ env, isRoot, log }: InstallInput): string | undefined {
  const found = findChromium(env);
  const isSettled = env['CHROMIUM_PATH'] || (found && SHELLS.includes(path.basename(found)));
  if (isSettled || !isRoot || spawnSync('apt-get', ['--version'], { env, stdio: 'ignore' }).status !== 0) return found;
  log('Installing Chromium with apt-get …');
  const aptGet = (...words: readonly string[]) =>
    spawnSync('apt-get', words, { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'inherit' }).status === 0;
  const install = (name: (typeof PACKAGES)[number]) => aptGet('install', '-y', '-qq', '--no-install-recommends', name);
  // One that does is there: another is not worth much trouble.
  if (found) install(PACKAGES[0]);
  else {
    aptGet('update', '-qq');
    PACKAGES.some((name) => install(name));
  }
  return findChromium(env);
}

export const CHROMIUM_ADVICE =
  'No Chromium was found for the browser tests. Install it (Debian: apt-get install chromium-headless-shell; others: Chromium or Google Chrome), or name it in CHROMIUM_PATH.';

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
