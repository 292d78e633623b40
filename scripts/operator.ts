/** Whoever works with an operators' command, as it is typed or piped in. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Operator } from '../src/recovery/operators/operator.ts';

/** From `OPERATOR_PASSPHRASE`, or the first line of what is piped in or typed; typing is not shown. */
async function readPassphrase(name: string): Promise<string> {
  const given = process.env['OPERATOR_PASSPHRASE'];
  if (given) return given;
  if (process.stdin.isTTY) process.stderr.write(`Passphrase of ${name}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY === true });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    if (process.stdin.isTTY) process.stderr.write('\n');
  }
}

export const operatorOf = async (name: string): Promise<Operator> => ({ name, passphrase: await readPassphrase(name) });
