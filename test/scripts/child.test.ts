import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compileBeforehand } from '../../scripts/child.ts';

describe('compiling beforehand', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compile-beforehand-'));
  after(() => rmSync(folder, { recursive: true }));
  const script = join(folder, 'program.ts');
  const seen = join(folder, 'seen.txt');

  beforeEach(() => {
    const lines = [
      "import { appendFileSync } from 'node:fs';",
      `appendFileSync(${JSON.stringify(seen)}, Object.keys(process.env).join());`,
    ];
    writeFileSync(script, `${lines.join('\n')}\nprocess.exit(1 as number);\n`);
    rmSync(seen, { force: true });
  });

  it('keeps what was compiled, also by a program that stops with an error; then never runs it again', async () => {
    const env = { XDG_CACHE_HOME: join(folder, 'cache'), COOKIE_KEYS: 'kept to oneself' };
    await compileBeforehand(script, env);
    const compiled = join(folder, 'cache/openid-provider/compiled');
    expect(readdirSync(compiled, { recursive: true })).to.have.length.greaterThan(1);
    expect(readFileSync(seen, 'utf8').split(',')).to.include('NODE_ENV').and.not.include('COOKIE_KEYS');
    rmSync(seen);
    await compileBeforehand(script, env);
    expect(existsSync(seen)).to.equal(false);
  });

  it('does nothing while coverage is measured', async () => {
    await compileBeforehand(script, { XDG_CACHE_HOME: join(folder, 'other'), NODE_V8_COVERAGE: folder });
    expect(existsSync(seen)).to.equal(false);
  });

  it('does not mind a program that cannot run', async () => {
    await compileBeforehand(join(folder, 'nowhere.ts'), { XDG_CACHE_HOME: join(folder, 'third') });
  });
});
