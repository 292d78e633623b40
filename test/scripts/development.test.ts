import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { type Development, startDevelopment } from '../../scripts/development.ts';
import { isFree } from '../../scripts/ports.ts';
import { StartError } from '../../scripts/start-error.ts';
import { connectMongo } from '../../src/mongo/connect.ts';

const service = path.join(import.meta.dirname, 'small-service.ts');

describe('startDevelopment', function () {
  this.timeout(60_000);
  let folder: string;
  let port: number;
  let printed: Record<string, string>[];
  const said: string[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'start-test-'));
    do port = randomInt(20_000, 30_000);
    while (!(await isFree(port, '127.0.0.1')) || !(await isFree(port + 1, '127.0.0.1')));
    printed = [];
    said.splice(0);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const output = () =>
    new Writable({
      write(chunk, _, done) {
        for (const line of String(chunk).split('\n').filter(Boolean)) printed.push(JSON.parse(line));
        done();
      },
    });
  const begin = (env: Record<string, string> = {}): Promise<Development> =>
    startDevelopment({
      env: { ...process.env, PORT: String(port), DATA_DIR: path.join(folder, 'data'), ...env },
      say: (line) => said.push(line),
      output: output(),
      provider: service,
      demo: service,
    });
  const refused = async (env: Record<string, string>): Promise<StartError> => {
    const outcome = await begin(env).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(StartError);
    return outcome as StartError;
  };
  const nothingRuns = async () => {
    expect(await isFree(port, '127.0.0.1')).to.equal(true);
    expect(await isFree(port + 1, '127.0.0.1')).to.equal(true);
  };
  const elsewhere = { MONGODB_URI: 'mongodb://127.0.0.1:1/elsewhere?replicaSet=rs' };

  it('starts everything, says where to look, ends in order, and keeps data and secrets for the next time', async () => {
    const first = await begin();
    expect(said.join('\n'))
      .to.include(`http://localhost:${port}/`)
      .and.include('/dev/inbox')
      .and.include(`http://localhost:${port + 1}/`)
      .and.include('myuscis');
    const given = printed.find((line) => line['port'] === String(port));
    const db = await connectMongo(given?.['MONGODB_URI'] ?? '');
    await db.collection('kept').insertOne({ a: 1 });
    await db.close();
    await first.stop();
    expect(printed.filter((line) => line['msg'] === 'ending').map((line) => line['port'])).to.deep.equal([String(port + 1), String(port)]);
    await nothingRuns();
    expect(statSync(path.join(folder, 'data/secrets.json')).mode & 0o777).to.equal(0o600);

    printed = [];
    const second = await begin();
    const again = printed.find((line) => line['port'] === String(port));
    expect(again).to.include({
      ENCRYPTION_KEYS: given?.['ENCRYPTION_KEYS'] ?? '',
      DEMO_CLIENT_SECRET: given?.['DEMO_CLIENT_SECRET'] ?? '',
    });
    const reopened = await connectMongo(again?.['MONGODB_URI'] ?? '');
    expect(await reopened.collection('kept').countDocuments()).to.equal(1);
    await reopened.close();
    await second.stop();
  });

  it('refuses a second start on the same folder, and takes the folder of one that died', async () => {
    const first = await begin(elsewhere);
    const lock = path.join(folder, 'data/running.pid');
    // The lock names this process, which `isRunning` takes for itself; another live node process stands for another start.
    const other = Number(printed.find((line) => line['port'] === String(port))?.['pid']);
    writeFileSync(lock, String(other));
    expect((await refused(elsewhere)).message).to.match(/Another start \(process \d+\) is using/);
    await first.stop();
    writeFileSync(lock, String(other));
    await (await begin(elsewhere)).stop();
  });

  for (const offset of [0, 1]) {
    it(`says which port is taken (PORT + ${offset})`, async () => {
      const server = createServer().listen(port + offset, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      expect((await refused(elsewhere)).message).to.include(`Port ${port + offset} is in use`);
      await new Promise((resolve) => server.close(resolve));
    });
    it(`ends everything with the code of a process that does not start (PORT + ${offset})`, async () => {
      expect(await refused({ ...elsewhere, FAIL: String(port + offset) })).to.include({ exitCode: 7 });
      await nothingRuns();
    });
    it(`tells the code of a process that ends later (PORT + ${offset})`, async () => {
      const running = await begin(elsewhere);
      process.kill(Number(printed.find((line) => line['port'] === String(port + offset))?.['pid']), 'SIGUSR2');
      expect(await running.ended).to.equal(9);
      await running.stop();
      await nothingRuns();
    });
  }

  it('does not wait for the demonstration when the provider has died', async () => {
    expect(await refused({ ...elsewhere, ENDS_AT: String(port) })).to.include({ exitCode: 5 });
    await nothingRuns();
  });

  it('refuses secrets that it cannot read, rather than making others', async () => {
    await (await begin(elsewhere)).stop();
    const file = path.join(folder, 'data/secrets.json');
    writeFileSync(file, '{ half');
    expect((await refused(elsewhere)).message).to.include('cannot be read');
    expect(readFileSync(file, 'utf8')).to.equal('{ half');
  });

  it('refuses a port that is none, and a folder that cannot be made', async () => {
    expect((await refused({ PORT: 'x' })).message).to.include('PORT must be');
    expect((await refused({ PORT: '65535' })).message).to.include('PORT must be');
    expect((await refused({ DATA_DIR: path.join(service, 'data') })).message).to.include('cannot be made');
  });
});
