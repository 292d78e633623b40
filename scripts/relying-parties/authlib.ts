import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  findProgram,
  folderOf,
  installPackages,
  placeOf,
  printed,
  type RelyingPartyKind,
  run,
  type Surroundings,
} from './relying-party.ts';

const NAME = 'authlib';

/** The oldest that the pinned versions are for. */
const OLDEST = [3, 11] as const;

interface Python {
  readonly program: string;
  readonly version: string;
}

/** A Python that is new enough, with or without pip. */
function findPython({ env }: Surroundings): Python | undefined {
  for (const name of ['python3', 'python']) {
    const program = findProgram(env, [name]);
    const version = program && printed(program, ['-c', 'import platform; print(platform.python_version())'], env);
    if (!program || !version) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === OLDEST[0] && minor >= OLDEST[1]) return { program, version };
  }
  return undefined;
}

/** An environment of its own for each list and each Python: what is compiled in it fits that one alone. */
const environmentOf = (surroundings: Surroundings, { version }: Python): string =>
  placeOf(surroundings, NAME, ['requirements.txt'], version);

export const authlib: RelyingPartyKind = {
  name: 'Authlib (Python)',
  advice:
    'install Python 3.11 or newer with pip (Debian: apt-get install python3-pip), and let pip reach a package index (PIP_INDEX_URL names a mirror)',

  find(surroundings) {
    const python = findPython(surroundings);
    const packages = python && environmentOf(surroundings, python);
    if (!packages || !existsSync(packages)) return undefined;
    const [, version] = /^authlib==(\S+)/m.exec(readFileSync(path.join(folderOf(NAME), 'requirements.txt'), 'utf8')) ?? [];
    return {
      version: `${version}, Python ${python.version}`,
      command: python.program,
      args: [path.join(folderOf(NAME), 'service.py')],
      env: { PYTHONPATH: packages },
    };
  },

  install(installation) {
    const { env, log } = installation;
    const hasPip = (found: Python | undefined) => found && printed(found.program, ['-m', 'pip', '--version'], env) !== undefined;
    if (!hasPip(findPython(installation))) installPackages(installation, ['python3-pip']);
    const python = findPython(installation);
    if (!python) throw new Error('there is no Python 3.11 or newer');
    const target = environmentOf(installation, python);
    log('Fetching Authlib with pip …');
    // Not a venv, which Debian's Python cannot make without another package; and it can be moved to its place in one go.
    const half = `${target}-${process.pid}`;
    rmSync(half, { recursive: true, force: true });
    mkdirSync(path.dirname(target), { recursive: true });
    const list = path.join(folderOf(NAME), 'requirements.txt');
    const flags = ['--quiet', '--root-user-action=ignore', '--no-cache-dir', '--only-binary=:all:', '--require-hashes'];
    try {
      run(python.program, ['-m', 'pip', 'install', ...flags, '--target', half, '--requirement', list], { env });
      renameSync(half, target);
    } finally {
      rmSync(half, { recursive: true, force: true });
    }
  },
};
