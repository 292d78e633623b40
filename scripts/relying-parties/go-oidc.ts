import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import {
  findProgram,
  folderOf,
  installPackages,
  isProgram,
  placeOf,
  printed,
  type RelyingPartyKind,
  run,
  type Surroundings,
} from './relying-party.ts';

const NAME = 'go-oidc';

const binaryOf = (surroundings: Surroundings): string => placeOf(surroundings, NAME, ['main.go', 'go.mod', 'go.sum']);

export const goOidc: RelyingPartyKind = {
  name: 'go-oidc (Go)',
  advice:
    'install Go 1.19 or newer (Debian: apt-get install golang-go), and let it reach a module proxy (GOPROXY names a mirror) this once: the program is kept',

  find(surroundings) {
    const command = binaryOf(surroundings);
    if (!isProgram(command)) return undefined;
    const [, version] = /go-oidc\/v3 v(\S+)/.exec(readFileSync(path.join(folderOf(NAME), 'go.mod'), 'utf8')) ?? [];
    return { version: version ?? '', command, args: [], env: {} };
  },

  install(installation) {
    const { env, cacheDir, log } = installation;
    if (!findProgram(env, ['go'])) installPackages(installation, ['golang-go']);
    const go = findProgram(env, ['go']);
    if (!go) throw new Error('there is no Go');
    // Defaults, for a home that is empty or cannot be written to; what is set already counts. No compiler for C is asked for, and no other
    // Go than the one that is here.
    const kept = path.join(cacheDir, 'relying-parties', 'go');
    const settings = { GOPATH: kept, GOCACHE: path.join(kept, 'build'), CGO_ENABLED: '0', GOTOOLCHAIN: 'local', ...env };
    log(`Building the service with go-oidc (${printed(go, ['version'], settings)?.replace('go version ', '')}) …`);
    mkdirSync(kept, { recursive: true });
    const target = binaryOf(installation);
    const half = `${target}-${process.pid}`;
    // So that whoever removes the cache can.
    run(go, ['build', '-modcacherw', '-trimpath', '-o', half, '.'], { env: settings, cwd: folderOf(NAME) });
    renameSync(half, target);
  },
};
