import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { authlib } from '../../scripts/relying-parties/authlib.ts';
import { goOidc } from '../../scripts/relying-parties/go-oidc.ts';
import { modAuthOpenidc } from '../../scripts/relying-parties/mod-auth-openidc.ts';
import { prepareRelyingParties } from '../../scripts/relying-parties/prepare.ts';
import type { RelyingPartyKind } from '../../scripts/relying-parties/relying-party.ts';

describe('relying parties of the tests', () => {
  let folder: string;
  let lines: string[];
  const installation = (isRoot = false) => ({
    env: { PATH: path.join(folder) },
    cacheDir: path.join(folder, 'cache'),
    isRoot,
    log: (line: string) => void lines.push(line),
  });
  /** A program that notes what it is called with. */
  const program = (name: string, body = '') =>
    writeFile(path.join(folder, name), `#!/bin/sh\necho "${name} $*" >> "${folder}/called"\nPATH=/usr/bin:/bin\n${body}\n`, {
      mode: 0o755,
    });
  const called = () => readFile(path.join(folder, 'called'), 'utf8').catch(() => '');

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'relying-parties-test-'));
    lines = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const kind = (name: string, worksAfter: number): RelyingPartyKind => {
    let asked = 0;
    return {
      name,
      advice: `install ${name}`,
      find: () => (asked++ < worksAfter ? undefined : { version: '1.0', command: name, args: [], env: {} }),
      install: () => {
        if (worksAfter > 1) throw new Error('no way there');
      },
    };
  };

  it('installs what is missing, and says which there are', () => {
    prepareRelyingParties(installation(), [kind('here', 0), kind('installed', 1)]);
    expect(lines).to.deep.equal(['Relying party here: 1.0', 'Relying party installed: 1.0']);
  });

  it('fails when one cannot be installed, tries the others, and says what to do for each', () => {
    const missing = [kind('one', 9), kind('two', 1), kind('three', 9)];
    expect(() => prepareRelyingParties(installation(), missing)).to.throw(
      /services that others wrote.*\n {2}- one \(no way there\): install one\n {2}- three \(no way there\): install three$/,
    );
    expect(lines).to.deep.equal(['Relying party two: 1.0']);
  });

  it('fetches Authlib with pip, by hashes, once; half of it is nothing', async () => {
    const python = (pip: string) =>
      program(
        'python3',
        `case "$*" in -c*) echo 3.12.1 ;; *install*) while [ "$1" != --target ]; do shift; done; mkdir "$2"; ${pip} ;; esac`,
      );
    await python('exit 1');
    expect(() => authlib.install(installation())).to.throw(/python3 -m pip install ended with 1/);
    expect(authlib.find(installation())).to.equal(undefined);

    await python(':');
    authlib.install(installation());
    const found = authlib.find(installation())!;
    expect(found.version).to.match(/^\d+\.\d+.*, Python 3\.12\.1$/);
    expect(found.command).to.equal(path.join(folder, 'python3'));
    expect(found.env.PYTHONPATH).to.contain(path.join(folder, 'cache'));
    expect(await called()).to.contain('--require-hashes');
  });

  it('asks for a Python that the pinned versions are for', async () => {
    await program('python3', 'case "$*" in -c*) echo 3.9.2 ;; esac');
    expect(() => authlib.install(installation())).to.throw(/no Python 3\.11 or newer/);
    expect(await called()).to.not.contain('install');
  });

  it('builds with the Go that is here, in the cache, once; half of it is nothing', async () => {
    expect(() => goOidc.install(installation())).to.throw(/no Go/);
    const go = (end: string) =>
      program(
        'go',
        `if [ "$1" = version ]; then echo go version go1.19; exit; fi
         echo "$GOTOOLCHAIN $GOPATH" >> "${folder}/called"
         while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\n' > "$2"; chmod 755 "$2"; ${end}`,
      );
    await go('exit 2');
    expect(() => goOidc.install(installation())).to.throw(/go build .* ended with 2/);
    expect(goOidc.find(installation())).to.equal(undefined);

    await go('exit 0');
    goOidc.install(installation());
    expect(goOidc.find(installation())!.command).to.contain(path.join(folder, 'cache'));
    expect(await called()).to.contain(`local ${path.join(folder, 'cache')}`);
  });

  it("asks Debian's packages for Apache's module where root may, and nobody else", async () => {
    await program('apt-get');
    modAuthOpenidc.install(installation());
    expect(await called()).to.equal('');
    modAuthOpenidc.install(installation(true));
    expect(await called()).to.match(/apt-get install .* apache2-bin libapache2-mod-auth-openidc$/m);
    await rm(path.join(folder, 'apt-get'));
    expect(() => modAuthOpenidc.install(installation(true))).to.not.throw();
  });
});
