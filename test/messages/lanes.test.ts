import { expect } from 'chai';
import { createLanes } from '../../src/messages/lanes.ts';

/** Work that ends when the test says so. */
function bench(items: string[]) {
  const started: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const failures: unknown[] = [];
  let most = 0;
  const lanes = createLanes<string>({
    width: 2,
    take: async () => items.shift(),
    work: (item) => {
      started.push(item);
      most = Math.max(most, ends.size + 1);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      ends.set(item, (error) => {
        ends.delete(item);
        if (error) reject(error);
        else resolve();
      });
      return promise;
    },
    failed: (error) => failures.push(error),
  });
  /** Everything that can happen without the test's doing has happened. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { lanes, started, ends, failures, settled, most: () => most };
}

describe('lanes', () => {
  it('works on as many at once as it is wide, and takes the next when one ends', async () => {
    const { lanes, started, ends, settled, most } = bench(['a', 'b', 'c', 'd']);
    lanes.look();
    await settled();
    expect(started).to.deep.equal(['a', 'b']);
    ends.get('b')?.();
    await settled();
    expect(started).to.deep.equal(['a', 'b', 'c']);
    for (const item of ['a', 'c', 'd']) {
      ends.get(item)?.();
      await settled();
    }
    expect(started).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(most()).to.equal(2);
  });

  it('misses nothing that comes while it looks', async () => {
    const items: string[] = [];
    const { lanes, started, settled } = bench(items);
    lanes.look();
    items.push('late');
    lanes.look();
    await settled();
    expect(started).to.deep.equal(['late']);
  });

  it('goes on after an item that failed, and tells of it', async () => {
    const { lanes, started, ends, failures, settled } = bench(['a', 'b', 'c']);
    lanes.look();
    await settled();
    ends.get('a')?.(new Error('broken'));
    await settled();
    expect(started).to.include('c');
    expect(failures).to.have.length(1);
  });

  it('goes on after it could not look, and tells of it once per look', async () => {
    let broken = true;
    const failures: unknown[] = [];
    const started: number[] = [];
    const lanes = createLanes<number>({
      width: 1,
      take: async () => {
        if (broken) throw new Error('no database');
        return started.length === 0 ? 1 : undefined;
      },
      work: async (item) => void started.push(item),
      failed: (error) => failures.push(error),
    });
    lanes.look();
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).to.have.length(1);
    broken = false;
    lanes.look();
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).to.deep.equal([1]);
  });

  it('closes when what is under way has ended, and takes nothing more', async () => {
    const { lanes, started, ends, settled } = bench(['a', 'b', 'c']);
    lanes.look();
    await settled();
    let closed = false;
    const closing = lanes.close().then(() => {
      closed = true;
    });
    await settled();
    expect(closed).to.equal(false);
    ends.get('a')?.();
    ends.get('b')?.();
    await closing;
    lanes.look();
    await settled();
    expect(started).to.deep.equal(['a', 'b']);
  });
});
