import { expect } from 'chai';
import { createExpiringMap } from '../../demo/expiring-map.ts';

describe('demo: what is remembered for a while', () => {
  let now = 0;
  const at = (time: number) => new Date(time);
  const create = (capacity?: number) => createExpiringMap<string>(() => at(now), capacity);
  beforeEach(() => {
    now = 0;
  });

  it('ends at its time', () => {
    const map = create();
    map.set('a', 'x', at(10));
    now = 9;
    expect(map.get('a')).to.equal('x');
    now = 10;
    expect(map.get('a')).to.equal(undefined);
    expect(map.values()).to.deep.equal([]);
    expect(map.take('a')).to.equal(undefined);
  });

  it('is taken once', () => {
    const map = create();
    map.set('a', 'x', at(10));
    expect([map.take('a'), map.take('a'), map.get('a')]).to.deep.equal(['x', undefined, undefined]);
  });

  it('stays within its capacity: what has ended goes first, then the oldest', () => {
    const map = create(3);
    map.set('a', 'a', at(100));
    map.set('b', 'b', at(5));
    map.set('c', 'c', at(100));
    now = 6;
    map.set('d', 'd', at(100));
    expect(map.values()).to.deep.equal(['a', 'c', 'd']);
    map.set('a', 'again', at(100));
    map.set('e', 'e', at(100));
    expect(map.values()).to.deep.equal(['d', 'again', 'e']);
  });
});
