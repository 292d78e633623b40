import { expect } from 'chai';
import { secondsFrom } from '../src/clock.ts';

describe('clock', () => {
  const clock = () => new Date('2026-02-28T23:59:30Z');

  it('counts seconds from its own now, over midnight and the end of a month', () => {
    expect(secondsFrom(clock, 31)).to.deep.equal(new Date('2026-03-01T00:00:01Z'));
  });

  it('counts parts of seconds, and backwards', () => {
    expect(secondsFrom(clock, 0.25).getTime() - clock().getTime()).to.equal(250);
    expect(secondsFrom(clock, -30)).to.deep.equal(new Date('2026-02-28T23:59:00Z'));
  });
});
