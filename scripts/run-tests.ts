/**
 * All tests, in two runs one after the other: first those of single parts, whose coverage is counted; then the walks and the trouble, which
 * go the same ways in masses and would take a third more if it were. Ends with one line for both: `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The tests wait for MongoDB more than they compute. */
const MOCHA = ['mocha', '--parallel', '--jobs', '3'];
/** The folders with the longest first: else one process would end with a long one while the others have nothing left to do. */
const RUNS = [
  ['c8', ...MOCHA, 'test/http/**/*.test.ts', 'test/!(http|walks|trouble)/**/*.test.ts', 'test/*.test.ts'],
  [...MOCHA, 'test/@(walks|trouble)/**/*.test.ts'],
];

const sum = { passed: 0, failed: 0 };
for (const [program = '', ...args] of RUNS) {
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'inherit'] });
  let last = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    // As `test/support/reporter.ts` counts them; coverage comes after it.
    last = (last + text).slice(-100_000);
  });
  const [code] = await once(child, 'close');
  const [, passed, failed] = [...last.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1) ?? [];
  sum.passed += Number(passed ?? 0);
  // Without a count, or with coverage that is too low, the run itself has failed.
  sum.failed += Number(failed ?? 0) || Number(code !== 0 || passed === undefined);
}
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
