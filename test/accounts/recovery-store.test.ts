import { expect } from 'chai';
import { createRecoveryStore } from '../../src/accounts/recovery-store.ts';
import { atOnce, failure, type StoreParts, storeParts } from '../support/store-parts.ts';

const HOUR = 3600;

describe('accounts/recovery-store', () => {
  let parts: StoreParts;
  let store: ReturnType<typeof createRecoveryStore>;
  let accounts = 0;

  before(async () => {
    parts = await storeParts();
    store = createRecoveryStore(parts);
    await store.init();
  });
  const newAccount = () => `account ${++accounts}`;
  const codeOf = (error: unknown) => (error as { code?: string } | undefined)?.code;

  it('waits once for each proof, however often it is begun, and says until when', async () => {
    const id = newAccount();
    await atOnce(8, () => parts.transaction([store.start(id, 'method:a', 24)]));
    parts.later(HOUR);
    await parts.transaction([store.start(id, 'method:a', 24), store.start(id, 'questions', 72)]);
    const [first, second, ...more] = await store.of(id);
    expect([first!.proof, second!.proof, more.length]).to.deep.equal(['method:a', 'questions', 0]);
    expect((first!.ripeAt.getTime() - parts.clock().getTime()) / 1000).to.equal(23 * HOUR);
    expect([first!.ripe, second!.ripe]).to.deep.equal([false, false]);
    parts.later(23 * HOUR);
    expect((await store.of(id)).map(({ ripe }) => ripe)).to.deep.equal([true, false]);
  });

  it('waits seven days for its owner when it is ripe, and then begins anew', async () => {
    const id = newAccount();
    await parts.transaction([store.start(id, 'questions', 72)]);
    parts.later(72 * HOUR + 7 * 24 * HOUR);
    expect(await store.of(id)).to.deep.equal([]);
    await parts.transaction([store.start(id, 'questions', 72)]);
    expect((await store.of(id)).map(({ ripe }) => ripe)).to.deep.equal([false]);
  });

  it('ends all of an account, those that wait and those under way', async () => {
    const id = newAccount();
    const provenAt = parts.clock();
    await parts.transaction([store.start(id, 'questions', 72)]);
    expect(await store.cancelledSince(id, provenAt)).to.equal(false);
    parts.later(1);
    await parts.transaction([store.cancel(id)]);
    expect(await store.of(id)).to.deep.equal([]);
    expect(await store.cancelledSince(id, provenAt)).to.equal(true);
    expect(codeOf(await failure(parts.transaction([store.finish(id, { since: provenAt })])))).to.equal('recovery_cancelled');
    parts.later(1);
    const since = parts.clock();
    parts.later(1);
    await parts.transaction([store.finish(id, { since })]);
  });

  it('finishes what had to wait only when it is ripe, and once', async () => {
    const id = newAccount();
    await parts.transaction([store.start(id, 'method:a', 24)]);
    parts.later(23 * HOUR);
    const finish = (since = parts.clock()) => {
      parts.later(1);
      return failure(parts.transaction([store.finish(id, { since, waited: 'method:a' })]));
    };
    expect(codeOf(await finish())).to.equal('recovery_cancelled');
    parts.later(HOUR);
    expect(await finish()).to.equal(undefined);
    expect(codeOf(await finish())).to.equal('recovery_cancelled');
  });

  it('lets one of many recoveries finish, and none beside an objection', async () => {
    const id = newAccount();
    const since = parts.clock();
    parts.later(1);
    const { won, failures } = await atOnce(12, () => parts.transaction([store.finish(id, { since })]));
    expect(won).to.equal(1);
    expect(failures.map(codeOf)).to.deep.equal(Array.from({ length: 11 }, () => 'recovery_cancelled'));
  });

  it('forgets everything of an account that is erased', async () => {
    const id = newAccount();
    await parts.transaction([store.cancel(id), store.start(id, 'operators', 72, 'a hash')]);
    expect((await store.of(id)).map(({ codeHash }) => codeHash)).to.deep.equal(['a hash']);
    await parts.transaction([store.forget(id)]);
    expect(await parts.raw('recoveries')).not.to.contain(id);
  });
});
