import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { isFree } from '../../scripts/ports.ts';
import { environment } from '../support/spawned.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** The whole of `npm start`, as a process: the real database, provider and demonstration. */
describe('npm start', function () {
  this.timeout(90_000);
  let folder: string;
  let port: number;
  let printed: string;
  let process_: ChildProcess;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'npm-start-test-'));
    // Three in a row: the provider, the demonstration, the metrics.
    const free = async (first: number) => (await Promise.all([0, 1, 2].map((n) => isFree(first + n, '127.0.0.1')))).every(Boolean);
    do port = randomInt(20_000, 30_000);
    while (!(await free(port)));
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(() => process_.kill('SIGKILL'));

  function begin(env: Record<string, string>): void {
    printed = '';
    process_ = spawn(process.execPath, ['--import', './scripts/node-check.js', 'scripts/start.ts'], {
      cwd: PROJECT,
      // While coverage is counted nothing that was compiled is kept.
      env: { ...process.env, NODE_V8_COVERAGE: undefined, NODE_ENV: '', PORT: String(port), DATA_DIR: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [process_.stdout, process_.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        process_.emit('printed');
      });
    }
  }
  async function until(text: string): Promise<void> {
    while (!printed.includes(text)) {
      if (process_.exitCode !== null) throw new Error(`it ended:\n${printed}`);
      await Promise.race([once(process_, 'printed'), once(process_, 'exit')]);
    }
  }
  const json = async (address: string) => (await fetch(address)).json();

  it('opens everything without a setting, and Ctrl-C ends everything, processes of its own included', async () => {
    begin({ WORKERS: '2', METRICS_PORT: String(port + 2) });
    await until('Everything is running');
    expect(await json(`http://localhost:${port}/.well-known/openid-configuration`)).to.include({ issuer: `http://localhost:${port}` });
    expect((await fetch(`http://localhost:${port}/dev/inbox`)).status).to.equal(200);
    expect((await fetch(`http://localhost:${port + 1}/`)).status).to.equal(200);
    expect((await fetch(`http://localhost:${port}/health/ready`)).status).to.equal(200);
    // The numbers of both workers, collected by the first process; sent there after the answer.
    let numbers = '';
    while (!numbers.includes('route="discovery",status="2xx"'))
      numbers = await (await fetch(`http://localhost:${port + 2}/metrics`)).text();
    expect(numbers).to.include('outbox_waiting_messages 0');
    // A command beside it needs no setting either.
    const command = spawn(process.execPath, ['scripts/clients.ts', 'list'], {
      cwd: PROJECT,
      env: environment({ NODE_V8_COVERAGE: undefined, NODE_ENV: '', DATA_DIR: folder }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(await text(command.stdout)).to.match(/^myuscis {2}file /);

    process_.kill('SIGINT');
    expect((await once(process_, 'exit'))[0]).to.equal(0);
    for (const one of [port, port + 1, port + 2]) expect(await isFree(one, '127.0.0.1')).to.equal(true);
  });

  it('leaves nothing behind when it is killed, and starts again on the same data', async () => {
    begin({});
    await until('Everything is running');
    const keys = await json(`http://localhost:${port}/jwks`);
    process_.kill('SIGKILL');
    await once(process_, 'exit');
    while (!(await isFree(port, '127.0.0.1')) || !(await isFree(port + 1, '127.0.0.1')));

    begin({});
    await until('Everything is running');
    expect(await json(`http://localhost:${port}/jwks`)).to.deep.equal(keys);
    process_.kill('SIGTERM');
    expect((await once(process_, 'exit'))[0]).to.equal(0);
  });

  it('says in production everything that is missing, and starts nothing', async () => {
    begin({ NODE_ENV: 'production' });
    expect((await once(process_, 'exit'))[0]).to.equal(1);
    for (const name of ['ISSUER', 'MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'SMS_PROVIDER', 'ENCRYPTION_KEYS', 'COOKIE_KEYS'])
      expect(printed).to.include(`- ${name} is missing`);
    expect(printed).to.not.include('    at ');
  });

  it('says one sentence when it cannot start', async () => {
    begin({ PORT: 'none' });
    expect((await once(process_, 'exit'))[0]).to.equal(1);
    expect(printed.trim()).to.equal('PORT must be a whole number from 1 to 65534, not "none".');
  });
});
