import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import { PRODUCTION } from './config/config-dir.ts';

const PROJECT = path.resolve(import.meta.dirname, '..');

/** Runs the process to its end; what it does while it lives is tested where it is started by `npm start`. */
const run = (env: Record<string, string>): Promise<{ code: number | null; printed: string }> =>
  new Promise((resolve) => {
    const { NODE_V8_COVERAGE = '', PATH = '' } = process.env;
    const child = spawn(process.execPath, ['src/main.ts'], {
      cwd: PROJECT,
      env: { NODE_V8_COVERAGE, PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    child.once('close', (code) => resolve({ code, printed }));
  });

describe('main', function () {
  this.timeout(60_000);

  it('stops in production when settings are missing, and lists all of them at once', async () => {
    const { code, printed } = await run({ NODE_ENV: 'production' });
    expect(code).to.equal(1);
    for (const name of Object.keys(PRODUCTION).filter((name) => !['NODE_ENV', 'SMS_WEBHOOK_URL'].includes(name))) {
      expect(printed).to.match(new RegExp(`^ {2}- ${name} is missing`, 'm'));
    }
    expect(printed).to.not.include('    at ');
  });

  it('stops in production when a setting is weak, and does not print it', async () => {
    const { code, printed } = await run({ ...PRODUCTION, ENCRYPTION_KEYS: 'hunter2', ISSUER: 'http://account.agency.test' });
    expect(code).to.equal(1);
    expect(printed).to.include('ENCRYPTION_KEYS').and.include('ISSUER').and.not.include('hunter2');
  });

  it('ends with an error, soon, when there is no database', async () => {
    const started = Date.now();
    const { code, printed } = await run({ ...PRODUCTION, WORKERS: '1', MONGODB_URI: 'mongodb://127.0.0.1:9/none?replicaSet=none' });
    expect(code).to.equal(1);
    expect(printed).to.include('127.0.0.1:9');
    expect(Date.now() - started).to.be.below(30_000);
  });
});
