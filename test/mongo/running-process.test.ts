import { spawn } from 'node:child_process';
import { expect } from 'chai';
import { isRunning } from '../../src/mongo/running-process.ts';

describe('isRunning', () => {
  it('knows a process by its program, and knows when it is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const { pid = 0 } = child;
    await new Promise((resolve) => child.once('spawn', resolve));
    expect(isRunning(pid, 'node')).to.equal(true);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(isRunning(pid, 'node')).to.equal(false);
  });

  it('is not fooled by a number that belongs to another program', () => {
    expect(isRunning(process.pid, 'some-other-program')).to.equal(false);
  });

  it('takes nonsense for nobody', () => {
    for (const pid of [Number('x'), 0, -1, 1.5, 2 ** 30]) expect(isRunning(pid, 'node')).to.equal(false);
  });
});
