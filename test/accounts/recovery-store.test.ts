import { expect } from 'chai';
import { createRecoveryStore } from '../../src/accounts/recovery-store.ts';
import { atOnce, codeOf, failure, type StoreParts, storeParts } from '../support/store-parts.ts';

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

  describe('at one moment', () => {
    const forAll = async (rounds: number, one: (id: string) => Promise<void>) => {
      for (let round = 0; round < rounds; round++) await one(newAccount());
    };

    it('begins one of 16, with the code of that one, and again when that is over', async () => {
      const id = newAccount();
      const start = (index: number) => parts.transaction([store.start(id, 'operators', 72, `hash ${index}`)]);
      expect((await atOnce(16, start)).won).to.equal(16);
      const [begun, ...more] = await store.of(id);
      expect(more).to.deep.equal([]);
      expect(begun!.codeHash).to.match(/^hash \d+$/);
      await start(99);
      expect(await store.of(id)).to.deep.equal([begun]);
      parts.later(72 * HOUR + 7 * 24 * HOUR);
      expect((await atOnce(16, start)).won).to.equal(16);
      const [anew, ...others] = await store.of(id);
      expect(others).to.deep.equal([]);
      expect([anew!.startedAt, anew!.ripe]).to.deep.equal([parts.clock(), false]);
    });

    it('lets nobody finish whom the owner stops, however they meet', async () => {
      await forAll(16, async (id) => {
        const since = parts.clock();
        parts.later(1);
        const finish = () => parts.transaction([store.finish(id, { since })]);
        const { won, failures } = await atOnce(2, (index) => (index ? finish() : parts.transaction([store.cancel(id)])));
        // The objection always goes through; the recovery where it was first.
        expect(won).to.equal(2 - failures.length);
        expect(failures.every((error) => codeOf(error) === 'recovery_cancelled')).to.equal(true);
        expect(await store.cancelledSince(id, since)).to.equal(true);
        expect(codeOf(await failure(finish()))).to.equal('recovery_cancelled');
      });
    });

    it('ends what comes from the present address alone for whoever is signed in, and both sides where the account goes back', async () => {
      const id = newAccount();
      const ended = async (since: Date) => [await store.cancelledSince(id, since), await store.cancelledSince(id, since, 'former')];
      const since = parts.clock();
      parts.later(1);
      await parts.transaction([store.start(id, 'method:a', 24), store.cancelPresent(id)]);
      expect(await store.of(id)).to.deep.equal([]);
      expect(await ended(since)).to.deep.equal([true, false]);
      expect(codeOf(await failure(parts.transaction([store.finish(id, { since })])))).to.equal('recovery_cancelled');
      parts.later(1);
      const then = parts.clock();
      parts.later(1);
      await parts.transaction([store.finish(id, { since: then })]);
      expect(await ended(then), 'by an end of the present side').to.deep.equal([true, false]);
      parts.later(1);
      const now = parts.clock();
      parts.later(1);
      await parts.transaction([store.finish(id, { since, side: 'former' })]);
      expect(await ended(now), 'by an end of the former').to.deep.equal([true, true]);
      expect(await store.of(id)).to.deep.equal([]);
      expect(codeOf(await failure(parts.transaction([store.finish(id, { since, side: 'former' })])))).to.equal('recovery_cancelled');
    });

    it('finishes what has waited once, of two that have waited for it', async () => {
      await forAll(8, async (id) => {
        await parts.transaction([store.start(id, 'method:a', 24)]);
        parts.later(24 * HOUR);
        const since = parts.clock();
        parts.later(1);
        const { won, failures } = await atOnce(4, () => parts.transaction([store.finish(id, { since, waited: 'method:a' })]));
        expect([won, failures.map(codeOf)]).to.deep.equal([1, Array.from({ length: 3 }, () => 'recovery_cancelled')]);
      });
    });

    it('leaves one that waits, or none, where it begins while all are stopped', async () => {
      await forAll(8, async (id) => {
        const { won } = await atOnce(2, (index) => parts.transaction([index ? store.start(id, 'questions', 72) : store.cancel(id)]));
        expect(won).to.equal(2);
        for (const begun of await store.of(id)) expect(begun).to.deep.include({ proof: 'questions', ripe: false });
      });
    });
  });

  it('begins its time anew when it was stopped', async () => {
    const id = newAccount();
    await parts.transaction([store.start(id, 'method:a', 24)]);
    parts.later(24 * HOUR);
    expect((await store.of(id))[0]!.ripe).to.equal(true);
    await parts.transaction([store.cancel(id)]);
    await parts.transaction([store.start(id, 'method:a', 24)]);
    const [anew] = await store.of(id);
    expect([anew!.startedAt, anew!.ripe]).to.deep.equal([parts.clock(), false]);
    expect((anew!.ripeAt.getTime() - parts.clock().getTime()) / 1000).to.equal(24 * HOUR);
  });

  it('is of no use to whoever had read it before it was stopped, nor in the place of the next one', async () => {
    const id = newAccount();
    await parts.transaction([store.start(id, 'method:a', 24)]);
    parts.later(24 * HOUR);
    const since = parts.clock();
    const [read] = await store.of(id);
    expect(read!.ripe).to.equal(true);
    parts.later(1);
    const finish = (from = since) => failure(parts.transaction([store.finish(id, { since: from, waited: read!.proof })]));
    await parts.transaction([store.cancel(id)]);
    expect(codeOf(await finish())).to.equal('recovery_cancelled');
    await parts.transaction([store.start(id, 'method:a', 24)]);
    parts.later(1);
    expect(codeOf(await finish())).to.equal('recovery_cancelled');
    expect(codeOf(await finish(parts.clock())), 'with a newer mailed code, but not ripe').to.equal('recovery_cancelled');
    parts.later(24 * HOUR);
    expect(codeOf(await finish()), 'ripe, but the mailed code is older than the stop').to.equal('recovery_cancelled');
    expect(await store.of(id)).to.have.length(1);
    expect(await finish(parts.clock())).to.equal(undefined);
  });

  it('refuses what has been ripe for longer than it is kept, and what was never begun', async () => {
    const id = newAccount();
    await parts.transaction([store.start(id, 'questions', 72)]);
    parts.later(72 * HOUR + 7 * 24 * HOUR);
    for (const waited of ['questions', 'method:a'] as const)
      expect(codeOf(await failure(parts.transaction([store.finish(id, { since: parts.clock(), waited })])))).to.equal('recovery_cancelled');
  });

  it('ends with one all others of the account, and none of another account', async () => {
    const [id, other] = [newAccount(), newAccount()];
    await parts.transaction([store.start(id, 'method:a', 24), store.start(id, 'questions', 72), store.start(other, 'method:a', 24)]);
    const waiting = await store.of(other);
    parts.later(24 * HOUR);
    const since = parts.clock();
    parts.later(1);
    await parts.transaction([store.finish(id, { since, waited: 'method:a' })]);
    expect(await store.of(id)).to.deep.equal([]);
    expect(await store.of(other)).to.deep.equal(waiting.map((one) => ({ ...one, ripe: true })));
    expect(await store.cancelledSince(other, since)).to.equal(false);
    expect(await failure(parts.transaction([store.finish(other, { since, waited: 'method:a' })]))).to.equal(undefined);
  });

  it('undoes nothing where what came with it fails', async () => {
    const id = newAccount();
    await parts.transaction([store.start(id, 'method:a', 24)]);
    const before = await store.of(id);
    const undo = () => Promise.reject(new Error('undone'));
    await failure(parts.transaction([store.cancel(id), store.start(id, 'questions', 72), undo]));
    expect(await store.of(id)).to.deep.equal(before);
    expect(await store.cancelledSince(id, parts.clock())).to.equal(false);
  });

  it('forgets everything of an account that is erased', async () => {
    const id = newAccount();
    await parts.transaction([store.cancel(id), store.start(id, 'operators', 72, 'a hash')]);
    expect((await store.of(id)).map(({ codeHash }) => codeHash)).to.deep.equal(['a hash']);
    await parts.transaction([store.forget(id)]);
    expect(await parts.raw('recoveries')).not.to.contain(id);
  });
});
