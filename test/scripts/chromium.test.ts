import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { findChromium, prepareChromium } from '../../scripts/chromium.ts';

describe('findChromium', () => {
  let folder: string;
  const program = (name: string, body = 'exit 0') => writeFile(path.join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'chromium-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('finds it on the PATH under any of its names, one without a window first, then Chromium', async () => {
    expect(findChromium({ PATH: folder })).to.equal(undefined);
    await program('google-chrome');
    expect(findChromium({ PATH: `/nowhere:${folder}` })).to.equal(path.join(folder, 'google-chrome'));
    await program('chromium');
    expect(findChromium({ PATH: folder })).to.equal(path.join(folder, 'chromium'));
    await program('chromium-headless-shell');
    expect(findChromium({ PATH: folder })).to.equal(path.join(folder, 'chromium-headless-shell'));
  });

  it('takes the one that is named, and no other in its place', async () => {
    await program('chromium');
    await program('mine');
    expect(findChromium({ PATH: folder, CHROMIUM_PATH: path.join(folder, 'mine') })).to.equal(path.join(folder, 'mine'));
    expect(findChromium({ PATH: folder, CHROMIUM_PATH: '/nowhere/chromium' })).to.equal(undefined);
  });

  describe('prepared for the tests', () => {
    const prepare = (isRoot: boolean, env = {}) => prepareChromium({ env: { PATH: folder, ...env }, isRoot, log: () => {} });
    const asked = async () => (await readFile(path.join(folder, 'asked'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
    /** One that has these packages, and keeps what it is asked for. */
    const aptGet = (...packages: readonly string[]) =>
      program(
        'apt-get',
        `echo "$*" >> ${folder}/asked
for last; do :; done
case "$1 $last" in ${packages.map((name) => `install\\ ${name}`).join('|') || 'none'})
  printf '#!/bin/sh\\n' > ${folder}/$last; /bin/chmod 755 ${folder}/$last ;;
install*) exit 100 ;;
esac`,
      );

    it('is installed for root where there is apt-get, and for nobody else', async () => {
      expect(prepare(true)).to.equal(undefined);
      await aptGet('chromium-headless-shell', 'chromium');
      expect(prepare(false)).to.equal(undefined);
      expect(await asked()).to.deep.equal([]);
      expect(prepare(true)).to.equal(path.join(folder, 'chromium-headless-shell'));
      expect((await asked()).map((words) => words.split(' ')[0])).to.deep.equal(['--version', 'update', 'install']);
    });

    it('is the one with a window where there is no other', async () => {
      await aptGet('chromium');
      expect(prepare(true)).to.equal(path.join(folder, 'chromium'));
    });

    it('is none when the installation fails', async () => {
      await aptGet();
      expect(prepare(true)).to.equal(undefined);
    });

    it('takes the one that is there, if that without a window cannot be had at once', async () => {
      await program('google-chrome');
      await aptGet('chromium');
      expect(prepare(true)).to.equal(path.join(folder, 'google-chrome'));
      expect((await asked()).map((words) => words.split(' ')[0])).to.deep.equal(['--version', 'install']);
      await aptGet('chromium-headless-shell');
      expect(prepare(true)).to.equal(path.join(folder, 'chromium-headless-shell'));
    });

    it('asks for no other where one is named, or the one without a window is there', async () => {
      await aptGet('chromium-headless-shell');
      await program('mine');
      expect(prepare(true, { CHROMIUM_PATH: path.join(folder, 'mine') })).to.equal(path.join(folder, 'mine'));
      await program('chromium-headless-shell');
      expect(prepare(true)).to.equal(path.join(folder, 'chromium-headless-shell'));
      expect(await asked()).to.deep.equal([]);
    });
  });
});
