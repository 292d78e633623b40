import { expect } from 'chai';
import { evenTime, noSoonerThan } from '../../src/http/even-time.ts';

describe('answers in even time', () => {
  const timed = async (work: () => Promise<unknown>) => {
    const started = performance.now();
    const outcome = await noSoonerThan(60, work).catch((error: Error) => error.message);
    return { outcome, taken: performance.now() - started };
  };

  it('come no sooner than said, errors too', async () => {
    const [given, thrown] = await Promise.all([
      timed(async () => 'done'),
      timed(async () => {
        throw new Error('failed');
      }),
    ]);
    expect([given.outcome, thrown.outcome]).to.deep.equal(['done', 'failed']);
    // A timer may fire a millisecond early.
    expect(Math.min(given.taken, thrown.taken)).to.be.at.least(58);
  });

  it('count from when they were asked for, whatever is done meanwhile', async () => {
    const started = performance.now();
    const wait = evenTime(60);
    while (performance.now() - started < 40) await new Promise((resolve) => setImmediate(resolve));
    await wait();
    expect(performance.now() - started).to.be.at.least(58);
  });
});
