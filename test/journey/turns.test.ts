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
});
