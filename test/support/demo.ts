/** The demonstration service as its own process, beside a test's server. */
import { spawn } from 'node:child_process';
import { freePort } from './free-port.ts';
import { secretOf, startServer } from './server.ts';
import { afterFile } from './suite.ts';

/** A provider and the demonstration service that trusts it. */
export async function startServerAndDemo(options: { env?: Readonly<Record<string, string | undefined>>; logLines?: string[] } = {}) {
  const demoPort = await freePort();
  const demoUrl = `http://localhost:${demoPort}`;
  const secret = secretOf();
  const server = await startServer({ ...options, env: { ...options.env, DEMO_URL: demoUrl, DEMO_CLIENT_SECRET: secret } });
  const child = spawn(process.execPath, ['demo/main.ts'], {
    env: {
      ...process.env,
      PORT: String(demoPort),
      DEMO_URL: demoUrl,
      ISSUER: server.origin,
      DEMO_CLIENT_ID: 'myuscis',
      DEMO_CLIENT_SECRET: secret,
    },
    stdio: ['ignore', process.env.SHOW_LOG ? 'inherit' : 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stopDemo = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  afterFile(stopDemo);
  await Promise.race([
    new Promise<void>((resolve) => child.once('message', () => resolve())),
    ended.then(() => {
      throw new Error('the demonstration service ended before it was ready');
    }),
  ]);
  return { server, demoUrl, stopDemo, visitor: () => server.visitor({}, [demoUrl]) };
}
