import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { cacheDirOf } from '../src/mongo/find-mongod.ts';
import { StartError } from './start-error.ts';

interface ChildInput {
  /** How people call it. */
  readonly name: string;
  /** The program, a `.ts` file. */
  readonly script: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Receives what it prints. */
  readonly output: NodeJS.WritableStream;
}

export interface Child {
  /** Resolves once the process has said that it is ready; rejects with a StartError when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number>;
  /** Asks it to end and waits; after 15 seconds it is made to. */
  stop(): Promise<void>;
  kill(): void;
}

/** Measured on the idle provider: 167 MiB without this and the compile cache, 135 with them, and half the time to start. */
const LEAN = ['--max-semi-space-size=4'];

/** What Node has compiled, and stripped of types, is kept; not while coverage is measured, which it would blur. */
const compileCache = (env: ChildInput['env']) =>
  env['NODE_V8_COVERAGE'] ? {} : { NODE_COMPILE_CACHE: path.join(cacheDirOf(env), 'compiled') };

/**
 * Has Node compile a program where it never did: a start that compiles takes 20 MiB more, and the process does not give them back. `script`
 * is to end by itself, having nothing to do. Resolves when it has; whether it worked is no matter.
 */
export async function compileBeforehand(script: string, env: ChildInput['env']): Promise<void> {
  const settings = compileCache(env);
  if (!settings.NODE_COMPILE_CACHE || existsSync(settings.NODE_COMPILE_CACHE)) return;
  const child = spawn(process.execPath, [script], { env: { ...settings, NODE_ENV: 'production' }, stdio: 'ignore' });
  await new Promise((resolve) => child.once('error', resolve).once('exit', resolve));
}

/** Starts a process of ours. It says `{ ready: true }` over the IPC channel, and ends by itself when that channel closes. */
export function startChild({ name, script, env, output }: ChildInput): Child {
  // A group of its own: Ctrl-C in a terminal reaches all of a group at once, and they are to end in order.
  const child: ChildProcess = spawn(process.execPath, [...LEAN, script], {
    env: { ...compileCache(env), ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
  });
  child.stdout?.pipe(output, { end: false });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message) => (message as { ready?: boolean }).ready && resolve());
    ended.then((code) =>
      reject(new StartError(`${name} ended before it was ready (code ${code}); the lines above say why.`, { exitCode: code || 1 })),
    );
  });
  ready.catch(() => {});
  return {
    ready,
    ended,
    kill: () => child.kill('SIGKILL'),
    stop: async () => {
      const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(force);
    },
  };
}
