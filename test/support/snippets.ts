/**
 * The blocks of code of a document and somebody who follows it: each block is taken by its name, its language and what stands behind that
 * (`js api.mjs`, `sh api`), by the test that runs it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { snippetsOf } from './markdown.ts';
import { environment } from './spawned.ts';
import { afterFile } from './suite.ts';

const ROOT = path.join(import.meta.dirname, '../..');

export function openSnippets(file: string) {
  const blocks = snippetsOf(readFileSync(path.join(ROOT, file), 'utf8'));
  const taken = new Set<string>();
  return {
    /** Whoever takes one runs it, or reads it as what reads it does. */
    take(name: string): string {
      const found = blocks.filter((block) => block.name === name);
      if (found.length !== 1) throw new Error(`${file} has ${found.length} blocks "${name}"`);
      taken.add(name);
      return found[0]!.text;
    },
    /** Blocks that nobody has taken. */
    left: (): readonly string[] =>
      blocks.filter(({ name }) => !taken.has(name)).map(({ name, text: code }) => `${name}: ${code.slice(0, 60)}`),
  };
}

/** What a reader types for a setting that they have: `NAME=… command`. */
const ELIDED = /\b([A-Z][A-Z0-9_]*)=… /g;
const INSTALL = /^npm install (.+)\n/gm;

type Env = Readonly<Record<string, string | undefined>>;

export type Workplace = Awaited<ReturnType<typeof openWorkplace>>;

/** A folder that is the project's for whoever works in it, but for its configuration, of which it has a copy, and what they save there. */
export async function openWorkplace() {
  const folder = await mkdtemp(path.join(tmpdir(), 'reader-'));
  const kept = readdirSync(ROOT).filter((name) => !name.startsWith('.') && !['config', 'coverage'].includes(name));
  for (const name of kept) await symlink(path.join(ROOT, name), path.join(folder, name));
  await cp(path.join(ROOT, 'config'), path.join(folder, 'config'), { recursive: true });
  const running = new Set<ChildProcess>();

  /** A block of the shell, as it stands there, with the settings that it leaves out. What it installs is there. */
  function spawnShell(code: string, env: Env): ChildProcess {
    for (const [, names = ''] of code.matchAll(INSTALL))
      for (const name of names.split(' '))
        if (!existsSync(path.join(ROOT, 'node_modules', name))) throw new Error(`${name} is not installed`);
    for (const [, name = ''] of code.matchAll(ELIDED)) if (!env[name]) throw new Error(`${name} is not said`);
    const lines = code.replace(INSTALL, '').replace(ELIDED, '').trimEnd().split('\n');
    // In the place of the shell, so that it ends when that is ended.
    if (/^node \S+$/.test(lines.at(-1)!)) lines.push(`exec ${lines.pop()}`);
    const child = spawn('sh', ['-ec', lines.join('\n')], {
      cwd: folder,
      env: environment({ NODE_V8_COVERAGE: undefined, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('close', () => running.delete(child));
    return child;
  }

  const close = async () => {
    await Promise.all(
      [...running].map((child) => {
        const ended = once(child, 'close');
        child.kill();
        return ended;
      }),
    );
    await rm(folder, { recursive: true, force: true });
  };
  afterFile(close);

  return {
    folder,
    close,
    save: (name: string, content: string) => writeFile(path.join(folder, name), content),
    /** Runs it to its end; throws what it complained of, where that was not well. */
    async run(code: string, env: Env = {}): Promise<string> {
      const child = spawnShell(code, env);
      const [out, errors] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')]);
      if (child.exitCode !== 0) throw new Error(`ended with ${child.exitCode}: ${errors}${out}`);
      return out;
    },
    /** Starts it, and waits for its first line. `said`: all that it has said up to now. */
    async start(code: string, env: Env = {}): Promise<{ readonly said: () => string; readonly ended: Promise<unknown> }> {
      const child = spawnShell(code, env);
      const [lines, errors]: [string[], string[]] = [[], []];
      child.stderr!.on('data', (chunk: Buffer) => errors.push(String(chunk)));
      const ended = once(child, 'close');
      await new Promise<void>((resolve, reject) => {
        child.stdout!.on('data', (chunk: Buffer) => {
          lines.push(String(chunk));
          resolve();
        });
        child.once('close', (exit) => reject(new Error(`ended with ${exit}: ${errors.join('')}`)));
      });
      return { said: () => lines.join(''), ended };
    },
  };
}
