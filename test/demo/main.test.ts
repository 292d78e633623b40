import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { closeServer, startProvider } from './support/provider.ts';

const MAIN = new URL('../../demo/main.ts', import.meta.url).pathname;

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await closeServer(server);
  return port;
};

const start = (env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'], LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });

/** Resolves when the process has written this to its log. */
const logged = (child: ChildProcess, words: string): Promise<void> =>
  new Promise((done, failed) => {
    child.stdout!.on('data', (data) => String(data).includes(words) && done());
    child.once('exit', () => failed(new Error(`ended before "${words}"`)));
  });

describe('demo: its process', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  it('listens at once, waits for the provider, tells when it is ready, and ends cleanly', async () => {
    const [port, providerPort] = [await freePort(), await freePort()];
    const url = `http://localhost:${port}`;
    child = start({
      PORT: String(port),
      DEMO_URL: url,
      ISSUER: `http://localhost:${providerPort}`,
      DEMO_CLIENT_SECRET: 'a secret of the tests',
    });
    await logged(child, 'listens');

    expect((await fetch(`${url}/health/live`)).status).to.equal(200);
    expect((await fetch(`${url}/health/ready`)).status).to.equal(503);
    expect((await fetch(url)).status, 'the home page needs no provider').to.equal(200);
    for (const path of ['/login', '/callback?code=x&state=y']) {
      const page = await fetch(url + path, { redirect: 'manual' });
      expect(page.status, path).to.equal(503);
      expect(page.headers.get('retry-after')).to.equal('5');
      expect(await page.text()).to.include('myUSCIS is starting');
    }

    const ready = once(child, 'message');
    const provider = await startProvider(url, providerPort);
    try {
      expect((await ready)[0]).to.deep.equal({ ready: true });
      expect((await fetch(`${url}/health/ready`)).status).to.equal(200);
      expect((await fetch(`${url}/login`, { redirect: 'manual' })).status).to.equal(303);
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await exit).to.deep.equal([0, null]);
    } finally {
      await provider.stop();
    }
  });

  it('ends cleanly while it still waits, and when whoever started it is gone', async () => {
    for (const tell of [(one: ChildProcess) => one.kill('SIGTERM'), (one: ChildProcess) => one.disconnect()]) {
      const port = await freePort();
      child = start({ PORT: String(port), DEMO_URL: `http://localhost:${port}`, ISSUER: 'http://localhost:1', DEMO_CLIENT_SECRET: 'x' });
      await logged(child, 'does not answer yet');
      const exit = once(child, 'exit');
      tell(child);
      expect(await exit).to.deep.equal([0, null]);
    }
  });

  it('does not start with a missing setting, and names them all', async () => {
    child = start({});
    const errors: string[] = [];
    child.stderr!.on('data', (data) => errors.push(String(data)));
    expect((await once(child, 'close'))[0]).to.equal(1);
    for (const name of ['DEMO_URL', 'ISSUER', 'DEMO_CLIENT_SECRET']) expect(errors.join('')).to.include(name);
  });
});
