import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { findChromium, installChromium } from '../../scripts/chromium.ts';

describe('findChromium', () => {
  let folder: string;
  const program = (name: string, body = 'exit 0') => writeFile(path.join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'chromium-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('finds it on the PATH under any of its names, Chromium first', async () => {
    expect(findChromium({ PATH: folder })).to.equal(undefined);
    await program('google-chrome');
    expect(findChromium({ PATH: `/nowhere:${folder}` })).to.equal(path.join(folder, 'google-chrome'));
    await program('chromium');
    expect(findChromium({ PATH: folder })).to.equal(path.join(folder, 'chromium'));
  });

  it('takes the one that is named, and no other in its place', async () => {
    await program('chromium');
    await program('mine');
    expect(findChromium({ PATH: folder, CHROMIUM_PATH: path.join(folder, 'mine') })).to.equal(path.join(folder, 'mine'));
    expect(findChromium({ PATH: folder, CHROMIUM_PATH: '/nowhere/chromium' })).to.equal(undefined);
  });

  it('installs it for root where there is apt-get, and for nobody else', async () => {
    await mkdir(path.join(folder, 'bin'));
    const env = { PATH: folder };
    expect(installChromium({ env, isRoot: true, log: () => {} })).to.equal(false);
    await program(
      'apt-get',
      `case "$*" in *install*chromium) printf '#!/bin/sh\\n' > ${folder}/chromium; /bin/chmod 755 ${folder}/chromium ;; esac`,
    );
    expect(installChromium({ env, isRoot: false, log: () => {} })).to.equal(false);
    expect(installChromium({ env, isRoot: true, log: () => {} })).to.equal(true);
    expect(findChromium(env)).to.equal(path.join(folder, 'chromium'));
  });

  it('says no when the installation fails', async () => {
    await program('apt-get', 'case "$*" in *install*) exit 100 ;; esac');
    expect(installChromium({ env: { PATH: folder }, isRoot: true, log: () => {} })).to.equal(false);
  });
});
