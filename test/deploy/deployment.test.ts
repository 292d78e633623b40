import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readSettings as readDemoSettings } from '../../demo/settings.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { loadConfig } from '../../src/config.ts';
import { faultOfRecord } from '../../src/oidc/clients/client-rules.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(path.join(PROJECT, name), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, { ipv4_address: string }>>;
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly extra_hosts?: readonly string[];
  readonly ports?: readonly string[];
}

/** What can be known of the container files without an engine to run them. */
describe('deployment files', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true });
  const services: Readonly<Record<string, Service>> = compose.services;
  const dockerfile = read('Dockerfile');
  const caddyfile = read('deploy/Caddyfile');
  /** Stands for the project folder after `sh deploy/prepare.sh`. */
  const prepared = mkdtempSync(path.join(tmpdir(), 'deploy-test-'));
  const prepare = () => execFileSync('sh', [path.join(PROJECT, 'deploy/prepare.sh'), prepared], { encoding: 'utf8' });
  let secrets: Record<string, string>;
  before(() => {
    prepare();
    secrets = Object.fromEntries(
      readFileSync(path.join(prepared, '.env'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
  });
  after(() => rmSync(prepared, { recursive: true }));

  const environmentOf = (name: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [
        key,
        value.replace(/\$\{(\w+):\?[^}]*\}/g, (_, variable: string) => secrets[variable] ?? expect.fail(`${variable} is set by nothing`)),
      ]),
    );
  const binds = (name: string) =>
    (services[name]?.volumes ?? []).filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':') as [string, string]);

  it('names only services, networks and volumes that there are', () => {
    for (const service of Object.values(services)) {
      expect(Object.keys(services)).to.include.members(Object.keys(service.depends_on ?? {}));
      const networks = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {});
      expect(Object.keys(compose.networks)).to.include.members(networks);
      expect(networks).to.not.have.length(0);
      const named = (service.volumes ?? []).filter((volume) => !volume.startsWith('./')).map((volume) => volume.split(':')[0]);
      expect(Object.keys(compose.volumes)).to.include.members(named);
    }
  });

  it('mounts files that are in the project or that prepare.sh makes', () => {
    for (const name of Object.keys(services)) {
      for (const [file] of binds(name)) {
        const where = file.startsWith('./deploy/generated/') ? prepared : PROJECT;
        expect(existsSync(path.join(where, file)), file).to.equal(true);
      }
    }
  });

  it('publishes to this machine alone, and the database not at all', () => {
    for (const [name, service] of Object.entries(services)) {
      for (const port of service.ports ?? []) expect(port).to.match(/^127\.0\.0\.1:/);
      if (name.startsWith('mongo')) expect(service).to.not.have.property('ports');
    }
    expect(compose.networks.database.internal).to.equal(true);
  });

  it('gives the provider a configuration that production accepts, with the demonstration registered', () => {
    const configDir = path.join(prepared, 'config');
    mkdirSync(configDir);
    cpSync(path.join(PROJECT, 'config'), configDir, { recursive: true });
    rmSync(path.join(configDir, 'development'), { recursive: true });
    for (const [file, target] of binds('provider')) {
      if (target.startsWith('/app/config/')) cpSync(path.join(PROJECT, file), path.join(configDir, path.basename(target)));
    }
    const env = environmentOf('provider');
    const config = loadConfig({ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '3000', ...env, CONFIG_DIR: configDir });
    expect(config.refusedClients).to.deep.equal([]);
    expect(config.clients.map((client) => client.redirect_uris)).to.deep.equal([['https://myuscis.localhost/callback']]);
    expect(config.clients.map((client) => faultOfRecord(client, config))).to.deep.equal([undefined]);
    expect(config.services.map((service) => service.id)).to.deep.equal(['myuscis']);
    expect(config.trustProxy).to.equal(1);
    // A misspelt setting would have no effect, and nobody would notice.
    const other = ['NODE_EXTRA_CA_CERTS', 'DEMO_URL', 'DEMO_CLIENT_SECRET'];
    expect([...Object.keys(SETTINGS.shape), ...other]).to.include.members(Object.keys(env));
    expect(new URL(config.mongodbUri.replaceAll(',', '-')).searchParams.get('replicaSet')).to.equal('rs0');
  });

  it('gives the demonstration settings that it accepts, the same client secret among them', () => {
    const env = environmentOf('demo');
    const settings = readDemoSettings(env);
    expect(settings).to.include({ issuer: 'https://account.localhost', url: 'https://myuscis.localhost', clientId: 'myuscis' });
    expect(settings.clientSecret).to.equal(environmentOf('provider')['DEMO_CLIENT_SECRET']);
  });

  it('leads each name to the proxy, and from there to a port that somebody listens at', () => {
    const routes = [...caddyfile.matchAll(/^https:\/\/(\S+) \{[^}]*?reverse_proxy (\w+):(\d+)/gm)].map(([, host, service, port]) => ({
      host,
      service,
      port,
    }));
    const address = compose.services.proxy.networks.front.ipv4_address;
    expect(routes).to.have.length(3);
    for (const name of ['provider', 'demo'])
      expect(services[name]?.extra_hosts).to.have.members(routes.map(({ host }) => `${host}:${address}`));
    const ports: Record<string, string | undefined> = { provider: '3000', demo: '3001', texts: environmentOf('texts')['PORT'] };
    for (const { service = '', port } of routes) expect(port).to.equal(ports[service]);
    for (const port of ['3000', '3001']) expect(dockerfile).to.include(`PORT=${port}`).and.include(`EXPOSE ${port}`);
  });

  it('initiates exactly the servers that there are', () => {
    const members = [...read('deploy/init-replica-set.js').matchAll(/host: '(\w+):27017'/g)].map(([, host]) => host);
    expect(members).to.deep.equal(Object.keys(services).filter((name) => /^mongo\d$/.test(name)));
    expect(environmentOf('provider')['MONGODB_URI']).to.include(`//${members.join(',')}/`);
  });

  it('has certificates that are valid for every name, and keeps what is there', async () => {
    const generated = (name: string) => readFileSync(path.join(prepared, 'deploy/generated', name));
    const server = createServer({ cert: generated('server.crt'), key: generated('server.key') }, (_, response) => response.end('over TLS'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (servername: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, servername, ca: generated('ca.crt'), agent: false }, (response) =>
          resolve(response.resume().statusCode),
        ).once('error', reject);
      });
    try {
      for (const host of [
        'account.localhost',
        'myuscis.localhost',
        'texts.localhost',
        new URL(environmentOf('provider')['SMTP_URL'] ?? '').hostname,
      ]) {
        expect(await ask(host)).to.equal(200);
      }
      expect(await ask('evil.localhost').catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      server.close();
    }
    expect(statSync(path.join(prepared, '.env')).mode & 0o077).to.equal(0);
    expect(existsSync(path.join(prepared, 'deploy/generated/ca.key'))).to.equal(false);
    const before = readFileSync(path.join(prepared, '.env'), 'utf8');
    prepare();
    expect(readFileSync(path.join(prepared, '.env'), 'utf8')).to.equal(before);
  });

  it('copies into the images what there is, what .dockerignore lets in, and all that the code reads', () => {
    const admitted = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) => names.split(' '));
    for (const name of copied) {
      expect(existsSync(path.join(PROJECT, name)), name).to.equal(true);
      expect(admitted).to.include(name);
    }
    expect(copied).to.include.members(['src', 'views', 'public', 'config', 'demo']);
    for (const service of Object.values(services)) {
      if (service.build) expect(dockerfile).to.include(` AS ${service.build.target}\n`);
    }
    expect(dockerfile.match(/^USER node$/gm)).to.have.length(2);
    expect(dockerfile.trimEnd().split('\n').at(-1)).to.equal('CMD ["node", "src/main.ts"]');
  });

  it('installs every package that the provider imports', () => {
    const { dependencies } = JSON.parse(read('package.json'));
    const imported = globSync('src/**/*.ts', { cwd: PROJECT }).flatMap((file) =>
      [...read(file).matchAll(/^(?:import|export)[^;]*? from '([^.'][^']*)'/gm)]
        .map(([, name = '']) => name)
        .filter((name) => !name.startsWith('node:')),
    );
    const packages = new Set(
      imported.map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    );
    expect(Object.keys(dependencies)).to.include.members([...packages]);
  });

  it('has a health check that tells ready from not ready', async () => {
    const command = JSON.parse(/HEALTHCHECK[^[]*(\[.*\])/.exec(dockerfile)?.[1] ?? '');
    let status = 200;
    const server = createHttpServer((request, response) => response.writeHead(request.url === '/health/ready' ? status : 404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const check = (): Promise<number | null> =>
      new Promise((resolve) =>
        spawn(process.execPath, command.slice(1), { env: { ...process.env, PORT: String(port) } }).once('exit', resolve),
      );
    try {
      expect(await check()).to.equal(0);
      status = 503;
      expect(await check()).to.equal(1);
    } finally {
      server.close();
    }
    expect(await check()).to.equal(1);
  });

  it('has scripts without mistakes of grammar', () => {
    expect(spawnSync('sh', ['-n', path.join(PROJECT, 'deploy/prepare.sh')]).status).to.equal(0);
    expect(spawnSync('bash', ['-n', path.join(PROJECT, '.ci/run')]).status).to.equal(0);
    expect(statSync(path.join(PROJECT, '.ci/run')).mode & 0o111).to.not.equal(0);
    expect(spawnSync(process.execPath, ['--check', path.join(PROJECT, 'deploy/init-replica-set.js')]).status).to.equal(0);
  });
});
