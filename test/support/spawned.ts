/** The server as a process of its own, for tests that kill it, start it again, or have two of them; and what stands around it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterFile } from './suite.ts';

const PROJECT = path.join(import.meta.dirname, '../..');
type Env = Readonly<Record<string, string | undefined>>;

export interface Spawned {
  readonly pid: number;
  readonly port: number;
  /** What it has logged. */
  readonly output: readonly string[];
  /** Ends it as a power cut would: nothing is finished. */
  kill(): Promise<void>;
  /** Asks it to end, and waits until it has. Answers its exit code. */
  stop(): Promise<number | null>;
}

/** Of a process that a test starts: what it compiles is kept for the next one. */
export const environment = (env: Env): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_COMPILE_CACHE: path.join(tmpdir(), 'openid-provider-tests'),
  ...env,
});

let compiled: Promise<unknown> | undefined;

/** Compiles the code and keeps it for the processes to come, which then start in half the time. One that is killed keeps nothing itself. */
export async function compileBeforehand(): Promise<void> {
  const env = environment({ NODE_V8_COVERAGE: undefined });
  compiled ??= once(spawn(process.execPath, ['src/server.ts'], { cwd: PROJECT, env, stdio: 'inherit' }), 'close');
  await compiled;
}

function start(env: Env): { child: ChildProcess; output: string[]; ended: Promise<number | null> } {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: PROJECT,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output.push(chunk);
      if (process.env.SHOW_LOG) process.stderr.write(chunk);
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, output, ended };
}

/** Starts `src/main.ts` and waits until it listens at `PORT`; start it with the same `env` again for the same port and data. */
export async function spawnServer(env: Env): Promise<Spawned> {
  const { child, output, ended } = start(env);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  afterFile(() => end('SIGKILL'));
  await Promise.race([
    once(child, 'message'),
    ended.then((code) => {
      throw new Error(`the server ended with ${code} before it was ready:\n${output.join('')}`);
    }),
  ]);
  return {
    pid: child.pid!,
    port: Number(env.PORT),
    output,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

/** A start that is expected to fail: its exit code and all that it wrote. One that succeeds is ended. */
export async function startAndEnd(env: Env): Promise<{ code: number | null; output: string; ready: boolean }> {
  const { child, output, ended } = start(env);
  let ready = false;
  child.once('message', () => {
    ready = true;
    child.kill('SIGTERM');
  });
  return { code: await ended, output: output.join(''), ready };
}

export interface Front {
  readonly port: number;
  /** The ports that requests go to from now on, one after the other. */
  to(...ports: readonly number[]): void;
}

/** What stands in front of several servers at the issuer's address: sends each request to the next of them, 502 when that one is gone. */
export async function startFront(port = 0): Promise<Front> {
  let targets: readonly number[] = [];
  let turn = 0;
  const server = createServer((asked, answer) => {
    const target = targets[turn++ % targets.length];
    const { method, url, headers } = asked;
    const passed = request({ host: '127.0.0.1', port: target, method, path: url, headers, agent: false }, (given) => {
      answer.writeHead(given.statusCode!, given.rawHeaders);
      given.pipe(answer);
      given.once('error', () => answer.destroy());
    });
    passed.once('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end('bad gateway')));
    asked.pipe(passed);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  afterFile(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    to: (...ports) => {
      targets = ports;
      turn = 0;
    },
  };
}
