import { expect } from 'chai';
import { createRecentlyRead, RECENT_MS } from '../../src/oidc-store/recently-read.ts';

describe('oidc-store/recently-read', () => {
  let now = 0;
  let reads: string[] = [];
  const there = new Map<string, string>();
  const recent = () => {
    now = 0;
    reads = [];
    there.clear();
    there.set('a', 'first');
    return createRecentlyRead<string>(
      async (id) => {
        reads.push(id);
        const found = there.get(id);
        await null;
        if (found === 'broken') throw new Error('away');
        return found;
      },
      () => now,
    );
  };

  it('reads once within a second, and again after it', async () => {
    const read = recent();
    expect(await read.get('a')).to.equal('first');
    there.set('a', 'second');
    now = RECENT_MS - 1;
    expect(await read.get('a')).to.equal('first');
    expect(reads).to.have.length(1);
    now = RECENT_MS;
    expect(await read.get('a')).to.equal('second');
    expect(reads).to.have.length(2);
  });

  it('counts from the moment at which a reading begins, however long it takes', async () => {
    now = 0;
    const answers: ((value: string) => void)[] = [];
    const read = createRecentlyRead<string>(
      () => new Promise((resolve) => answers.push(resolve)),
      () => now,
    );
    const slow = read.get('a');
    now = RECENT_MS;
    const next = read.get('a');
    answers[1]!('new');
    answers[0]!('old');
    expect([await slow, await next]).to.deep.equal(['old', 'new']);
    expect(await read.get('a')).to.equal('new');
  });

  it('reads once for many who ask at the same time', async () => {
    const read = recent();
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => read.get('a'))))).to.deep.equal(new Set(['first']));
    expect(reads).to.have.length(1);
  });

  it('forgets what was written, also while it is being read', async () => {
    const read = recent();
    const before = read.get('a');
    there.set('a', 'second');
    read.forget('a');
    expect([await before, await read.get('a')]).to.deep.equal(['first', 'second']);
  });

  it('keeps neither what is not there nor a failure', async () => {
    const read = recent();
    expect(await read.get('b')).to.equal(undefined);
    there.set('b', 'broken');
    expect(await read.get('b').catch((error: Error) => error.message)).to.equal('away');
    there.set('b', 'back');
    expect(await read.get('b')).to.equal('back');
  });
});
