/** The operators' commands as processes of their own, beside a server of the tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { environment } from './spawned.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Runs `script` with these arguments and this input; `usual` is its environment, `env` is what differs this time. */
export const command =
  (script: string, usual: () => Env) =>
  async (args: readonly string[], input = '', env: Env = {}) => {
    // What it covers of `src` the tests of that cover, too.
    const child = spawn(process.execPath, [script, ...args], { env: environment({ NODE_V8_COVERAGE: undefined, ...usual(), ...env }) });
    child.stdin.end(input);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: child.exitCode, out, err };
  };
