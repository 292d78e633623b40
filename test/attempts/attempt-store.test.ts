import { expect } from 'chai';
import { type AttemptStore, createAttemptStore, FOR_GOOD } from '../../src/attempts/attempt-store.ts';
import type { Limit } from '../../src/attempts/limits.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { testDatabase, testDatabaseUri } from '../support/mongo.ts';
import { afterFile } from '../support/suite.ts';

describe('the counters of limits', () => {
  let store: AttemptStore;
  let rows = 0;
  const start = new Date('2026-11-22T12:00:00Z').getTime();
  const at = (seconds: number) => new Date(start + seconds * 1000);
  const newId = () => `row-${++rows}`;

  before(async () => {
    const db = await testDatabase();
    store = createAttemptStore(db);
    await store.init();
    const indexes = await db.collection('attempts').indexes();
    expect(indexes.find((index) => index['key']['expiresAt'])?.['expireAfterSeconds']).to.equal(0);
  });

  /** Spends at each of these seconds: `true` where it passed, else the second at which the next would. */
  async function spendAt(limit: Limit, id: string, seconds: readonly number[]): Promise<(true | number)[]> {
    const outcomes: (true | number)[] = [];
    for (const second of seconds) {
      const decision = await store.spend(id, limit, at(second));
      outcomes.push(decision.ok || (decision.until.getTime() - start) / 1000);
    }
    return outcomes;
  }

  it('let three pass in any ten seconds, wherever the ten seconds begin', async () => {
    const limit = { units: 3, seconds: 10 };
    expect(await spendAt(limit, newId(), [0, 8, 9, 9.5, 10, 10.5, 17.9, 18, 18.5, 19])).to.deep.equal([
      true,
      true,
      true,
      10,
      true,
      18,
      18,
      true,
      19,
      true,
    ]);
  });

  it('keep those apart that must be', async () => {
    const limit = { units: 3, seconds: 100, apartSeconds: 30 };
    expect(await spendAt(limit, newId(), [0, 1, 29.9, 30, 59, 60, 90, 99.9, 100, 129])).to.deep.equal([
      true,
      30,
      30,
      true,
      60,
      true,
      100,
      100,
      true,
      130,
    ]);
  });

  it('slow and never shut what must go on', async () => {
    const limit = { units: 2, seconds: 100, thenEverySeconds: 10 };
    expect(await spendAt(limit, newId(), [0, 1, 2, 10.9, 11, 12, 21, 31])).to.deep.equal([true, true, 11, 11, true, 21, true, true]);
    expect(await spendAt(limit, newId(), [0, 1, 100, 101, 102])).to.deep.equal([true, true, true, true, 111]);
  });

  it('refuse for the pause after a full row, then begin anew', async () => {
    const limit = { units: 3, pauseSeconds: 900, forgetSeconds: 86_400 };
    expect(await spendAt(limit, newId(), [0, 5000, 9000, 9001, 9899, 9900, 9901, 9902, 9903])).to.deep.equal([
      true,
      true,
      true,
      9900,
      9900,
      true,
      true,
      true,
      10_802,
    ]);
  });

  it('forget a row that is not full, and never a full one without a pause', async () => {
    const limit = { units: 3, forgetSeconds: 1000 };
    const id = newId();
    expect(await spendAt(limit, id, [0, 1, 1001, 1002, 1003])).to.deep.equal([true, true, true, true, true]);
    for (const later of [1003, 5000, 100_000_000])
      expect(await store.spend(id, limit, at(later))).to.deep.equal({ ok: false, until: FOR_GOOD });
    await store.forgive(id);
    expect(await store.spend(id, limit, at(5001))).to.deep.equal({ ok: true });
  });

  it('wait twice as long each time, up to the longest, and forget in the end', async () => {
    const limit = { units: 4, firstSeconds: 1, longestSeconds: 3600, forgetSeconds: 86_400 };
    const id = newId();
    expect(await spendAt(limit, id, [0, 0, 0, 0, 0, 0, 0.9, 1, 1, 3, 3, 7])).to.deep.equal([
      true,
      true,
      true,
      true,
      true,
      1,
      1,
      true,
      3,
      true,
      7,
      true,
    ]);
    let now = 7;
    const waits: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      const decision = await store.spend(id, limit, at(now));
      expect(decision.ok).to.equal(false);
      const until = decision.ok ? 0 : (decision.until.getTime() - start) / 1000;
      waits.push(until - now);
      expect((await store.spend(id, limit, at(until - 0.001))).ok).to.equal(false);
      expect((await store.spend(id, limit, at(until))).ok).to.equal(true);
      now = until;
    }
    expect(waits).to.deep.equal([8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
    expect(await spendAt(limit, id, Array(5).fill(now + 86_400))).to.deep.equal(Array(5).fill(true));
  });

  it('are told by the database without the times, of which a window may have thousands', async () => {
    const db = await connectMongo(await testDatabaseUri(), { monitorCommands: true });
    afterFile(() => db.close());
    const watched = createAttemptStore(db);
    await watched.init();
    const replies: unknown[] = [];
    db.getClient().on('commandSucceeded', ({ commandName, reply }) => {
      if (commandName === 'findAndModify') replies.push((reply as { readonly value: unknown }).value);
    });
    const id = newId();
    for (const second of [0, 1]) await watched.spend(id, { units: 1, seconds: 10 }, at(second));
    expect(replies).to.deep.equal([
      { _id: id, ok: true, until: null },
      { _id: id, ok: false, until: at(10) },
    ]);
  });

  it('count nothing that is refused', async () => {
    const limit = { units: 4, firstSeconds: 10, longestSeconds: 3600, forgetSeconds: 86_400 };
    const id = newId();
    await spendAt(limit, id, [0, 0, 0, 0, 0]);
    for (let count = 0; count < 50; count += 1) await store.spend(id, limit, at(1));
    expect(await spendAt(limit, id, [9.9, 10, 10])).to.deep.equal([10, true, 30]);
  });

  it('take a unit back, of a window and of a row, and none that is not there', async () => {
    for (const limit of [
      { units: 2, seconds: 100 },
      { units: 2, forgetSeconds: 100 },
      { units: 2, pauseSeconds: 50, forgetSeconds: 100 },
    ]) {
      const id = newId();
      await store.giveBack(id, limit);
      expect(await store.peek(id, limit, at(0))).to.deep.equal({ left: 2 });
      expect((await spendAt(limit, id, [0, 1, 2])).map((outcome) => outcome === true)).to.deep.equal([true, true, false]);
      await store.giveBack(id, limit);
      expect((await spendAt(limit, id, [3, 4])).map((outcome) => outcome === true)).to.deep.equal([true, false]);
      for (let count = 0; count < 5; count += 1) await store.giveBack(id, limit);
      expect((await spendAt(limit, id, [5, 6, 7])).map((outcome) => outcome === true)).to.deep.equal([true, true, false]);
    }
  });

  it('tell what is left without counting', async () => {
    const limit = { units: 3, seconds: 10 };
    const id = newId();
    for (let count = 0; count < 5; count += 1) expect(await store.peek(id, limit, at(0))).to.deep.equal({ left: 3 });
    await spendAt(limit, id, [0, 1]);
    expect(await store.peek(id, limit, at(2))).to.deep.equal({ left: 1 });
    await spendAt(limit, id, [2]);
    expect(await store.peek(id, limit, at(3))).to.deep.equal({ left: 0, until: at(10) });
    expect(await store.peek(id, limit, at(10))).to.deep.equal({ left: 1 });
  });

  for (const [kind, limit] of Object.entries<Limit>({
    window: { units: 5, seconds: 900 },
    row: { units: 5, pauseSeconds: 900, forgetSeconds: 86_400 },
    growing: { units: 4, firstSeconds: 1, longestSeconds: 3600, forgetSeconds: 86_400 },
  }))
    it(`let 5 of 40 pass that come at once (${kind}), the first upsert included`, async () => {
      const id = newId();
      const outcomes = await Promise.all(Array.from({ length: 40 }, () => store.spend(id, limit, at(0))));
      expect(outcomes.filter(({ ok }) => ok)).to.have.length(5);
    });

  it('let one of 20 pass that must be apart', async () => {
    const limit = { units: 5, seconds: 900, apartSeconds: 30 };
    const id = newId();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.spend(id, limit, at(0))));
    expect(outcomes.filter(({ ok }) => ok)).to.have.length(1);
  });

  it('lose no unit that is given back while others are spent', async () => {
    const limit = { units: 100, seconds: 900 };
    const id = newId();
    await Promise.all(Array.from({ length: 30 }, () => store.spend(id, limit, at(0))));
    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? store.spend(id, limit, at(1)) : store.giveBack(id, limit))));
    expect(await store.peek(id, limit, at(2))).to.deep.equal({ left: 70 });
  });
});
