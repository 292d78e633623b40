import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { createTurns } from '../../src/journey/turns.ts';

describe('journey/turns', () => {
  const work = (log: string[], name: string) => async () => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`${name} ends`);
    return name;
  };

  it('lets one go after the other in the order they came, each key by itself', async () => {
    const inTurn = createTurns();
    const log: string[] = [];
    const results = await Promise.all([inTurn('a', work(log, '1')), inTurn('a', work(log, '2')), inTurn('b', work(log, '3'))]);
    expect(results).to.deep.equal(['1', '2', '3']);
    expect(log.filter((line) => !line.startsWith('3'))).to.deep.equal(['1 begins', '1 ends', '2 begins', '2 ends']);
    expect(log.indexOf('3 begins')).to.be.below(log.indexOf('1 ends'));
  });

  it('goes on after one that failed, and gives its failure to it alone', async () => {
    const inTurn = createTurns();
    const failed = inTurn('a', async () => {
      throw new Error('mine');
    });
    const next = inTurn('a', async () => 'fine');
    expect(await failed.catch((error: Error) => error.message)).to.equal('mine');
    expect(await next).to.equal('fine');
  });

  it('waits for all before it, also when the first of them is done', async () => {
    const inTurn = createTurns();
    const log: string[] = [];
    let end = () => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    const first = inTurn('a', async () => log.push('1'));
    const second = inTurn('a', async () => {
      await held;
      log.push('2');
    });
    await first;
    const third = inTurn('a', async () => log.push('3'));
    await new Promise(setImmediate);
    expect(log).to.deep.equal(['1']);
    end();
    await Promise.all([second, third]);
    expect(log).to.deep.equal(['1', '2', '3']);
  });

  it('turns work that throws at once into a rejection', async () => {
    const thrown = createTurns()('a', () => {
      throw new Error('at once');
    });
    expect(await thrown.catch((error: Error) => error.message)).to.equal('at once');
  });

  it('keeps nothing of what is over', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const inTurn = createTurns();
    const results: WeakRef<object>[] = [];
    const ended = (index: number) =>
      inTurn(`key ${index % 5}`, async () => {
        const result = new Error(`result ${index}`);
        results.push(new WeakRef(result));
        if (index % 2) throw result;
        return result;
      }).then(
        () => undefined,
        () => undefined,
      );
    await Promise.all(Array.from({ length: 20 }, (_, index) => ended(index)));
    await new Promise(setImmediate);
    collectGarbage();
    expect(results).to.have.length(20);
    expect(results.filter((result) => result.deref())).to.deep.equal([]);
  });
});
