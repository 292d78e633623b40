import { expect } from 'chai';
import { createOperatorStore } from '../../../src/recovery/operators/operator-store.ts';
import { AlreadyUsed } from '../../../src/second-factor/code-store.ts';
import { atOnce, failure, type StoreParts, storeParts } from '../../support/store-parts.ts';

const DAY = 24 * 3600;

describe('recovery/operators/operator-store', () => {
  let parts: StoreParts;
  let store: ReturnType<typeof createOperatorStore>;
  before(async () => {
    parts = await storeParts();
    store = createOperatorStore(parts);
    await store.init();
  });

  const ask = (accountId: string, reason: string) =>
    store.request({ accountId, operator: 'kim', about: 'settle:former', email: 'ana@people.test', reason });

  it('keeps operators by their names, each once', async () => {
    const added = await Promise.all(Array.from({ length: 6 }, () => store.add('kim', 'a hash')));
    expect(added.filter((yes) => yes)).to.have.length(1);
    await store.add('ada', 'another');
    expect([await store.names(), await store.hashOf('kim'), await store.hashOf('eve')]).to.deep.equal([
      ['ada', 'kim'],
      'a hash',
      undefined,
    ]);
    expect([await store.remove('ada'), await store.remove('ada'), await store.names()]).to.deep.equal([true, false, ['kim']]);
  });

  it('keeps one request for an account, sealed, until it is taken once', async () => {
    const asked = await Promise.all(Array.from({ length: 6 }, () => ask('one', 'Lost everything in a fire.')));
    expect(asked.filter((yes) => yes)).to.have.length(1);
    expect(await parts.raw('recovery_requests'))
      .not.to.contain('fire')
      .and.not.contain('people.test');
    const request = (await store.requestOf('one'))!;
    expect(request).to.deep.equal({
      accountId: 'one',
      operator: 'kim',
      about: 'settle:former',
      email: 'ana@people.test',
      reason: 'Lost everything in a fire.',
      at: parts.clock(),
    });
    const { won, failures } = await atOnce(6, () => parts.transaction([store.take(request)]));
    expect([won, failures.every((failed) => failed instanceof AlreadyUsed)]).to.deep.equal([1, true]);
    expect(await store.requestOf('one')).to.equal(undefined);
  });

  it('takes no other request than the one that was read', async () => {
    await ask('two', 'Lost everything.');
    const request = (await store.requestOf('two'))!;
    await parts.transaction([store.withdraw('two')]);
    parts.later(1);
    await ask('two', 'Somebody else on the phone.');
    expect(await failure(parts.transaction([store.take(request)]))).to.be.instanceOf(AlreadyUsed);
    expect((await store.requests()).map(({ accountId }) => accountId)).to.deep.equal(['two']);
  });

  it('forgets a request that nobody agreed to within seven days', async () => {
    await ask('three', 'Lost everything.');
    parts.later(7 * DAY);
    expect([await store.requestOf('three'), await store.requests()]).to.deep.equal([undefined, []]);
    expect(await ask('three', 'Once more.')).to.equal(true);
  });
});
