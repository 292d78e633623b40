import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { AppError } from '../../src/errors.ts';
import { afterCommit, createTransaction, type Transaction, type Write } from '../../src/mongo/transaction.ts';
import { testDatabase } from '../support/mongo.ts';

describe('mongo/transaction', () => {
  let db: Connection;
  let transaction: Transaction;
  before(async () => {
    db = await testDatabase();
    await db.createCollection('things');
    transaction = createTransaction(db);
  });

  const insert =
    (name: string): Write =>
    async (session) => {
      await db.collection<{ _id: string }>('things').insertOne({ _id: name }, { session });
    };
  const count = (name: string) => db.collection<{ _id: string }>('things').countDocuments({ _id: name });

  it('keeps all writes', async () => {
    await transaction([insert('a'), insert('b')]);
    expect(await count('a')).to.equal(1);
    expect(await count('b')).to.equal(1);
  });

  it('keeps none when one throws, and throws what it threw', async () => {
    const refusal = new Error('no');
    const caught = await transaction([
      insert('c'),
      async () => {
        throw refusal;
      },
      insert('d'),
    ]).catch((error: unknown) => error);
    expect(caught).to.equal(refusal);
    expect(await count('c')).to.equal(0);
    expect(await count('d')).to.equal(0);
  });

  it('runs them one at a time, in order', async () => {
    const order: string[] = [];
    const step =
      (name: string): Write =>
      async (session) => {
        order.push(`${name} begins`);
        await insert(name)(session);
        order.push(`${name} ends`);
      };
    await transaction([step('e'), step('f')]);
    expect(order).to.deep.equal(['e begins', 'e ends', 'f begins', 'f ends']);
  });

  it('lets one of many win a conditional write', async () => {
    await db.collection<{ _id: string; used: boolean }>('things').insertOne({ _id: 'once', used: false });
    const use: Write = async (session) => {
      const used = await db
        .collection<{ _id: string; used: boolean }>('things')
        .updateOne({ _id: 'once', used: false }, { $set: { used: true } }, { session });
      if (used.modifiedCount !== 1) throw new Error('used');
    };
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => transaction([use])));
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('gives up on what stays locked, as by a process that was killed in the middle of it', async () => {
    await db.collection<{ _id: string; n: number }>('things').insertOne({ _id: 'locked', n: 0 });
    const add: Write = async (session) => {
      await db.collection<{ _id: string; n: number }>('things').updateOne({ _id: 'locked' }, { $inc: { n: 1 } }, { session });
    };
    const dead = await db.startSession();
    dead.startTransaction();
    await add(dead);
    const impatient = createTransaction(db, { tryAgainMs: 100 });
    const caught = await impatient([insert('g'), add]).catch((error: unknown) => error);
    expect(caught).to.be.instanceOf(AppError).with.property('code', 'unavailable');
    await dead.abortTransaction();
    await dead.endSession();
    expect(await count('g')).to.equal(0);
    await impatient([insert('g'), add]);
    expect(await db.collection<{ _id: string; n: number }>('things').findOne({ _id: 'locked' })).to.deep.equal({ _id: 'locked', n: 1 });
  });

  describe('what is done afterwards', () => {
    const done: string[] = [];
    const note =
      (name: string): Write =>
      async (session) =>
        afterCommit(session, () => done.push(name));
    beforeEach(() => {
      done.length = 0;
    });

    it('is done when all is kept, in order, and not before', async () => {
      const nothingYet: Write = async () => {
        expect(done).to.deep.equal([]);
      };
      await transaction([note('one'), insert('h'), note('two'), nothingYet]);
      expect(done).to.deep.equal(['one', 'two']);
      await transaction([note('three')]);
      expect(done).to.deep.equal(['one', 'two', 'three']);
    });

    it('is not done where nothing is kept', async () => {
      const refuse: Write = async () => Promise.reject(new Error('no'));
      expect(await transaction([note('never'), insert('i'), refuse]).catch((error: unknown) => error)).to.be.instanceOf(Error);
      expect(done).to.deep.equal([]);
    });

    it('is done once, though a conflict runs the writes again', async () => {
      const things = db.collection<{ _id: string; n: number }>('things');
      await things.insertOne({ _id: 'contended', n: 0 });
      let runs = 0;
      const overtaken: Write = async (session) => {
        await things.findOne({ _id: 'contended' }, { session });
        if (++runs <= 2) await things.updateOne({ _id: 'contended' }, { $inc: { n: 10 } });
        await things.updateOne({ _id: 'contended' }, { $inc: { n: 1 } }, { session });
      };
      await transaction([note('before'), overtaken, note('after')]);
      expect([runs, (await things.findOne({ _id: 'contended' }))!.n]).to.deep.equal([3, 21]);
      expect(done).to.deep.equal(['before', 'after']);
    });

    it('is refused in a session that would never do it', async () => {
      const session = await db.startSession();
      expect(() => afterCommit(session, () => {})).to.throw('not a session of a transaction');
      await session.endSession();
    });
  });

  it('does not wait for a database that has gone', async () => {
    const caught = await createTransaction(db, { tryAgainMs: 20, outageMs: 30 })([
      () => new Promise<void>((resolve) => setTimeout(resolve, 200)),
    ]).catch((error: unknown) => error);
    expect(caught).to.be.instanceOf(AppError).with.property('code', 'unavailable');
  });
});
