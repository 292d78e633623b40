import { expect } from 'chai';
import { type Connection, Schema, trusted } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { testDatabase } from '../support/mongo.ts';

describe('connectMongo', () => {
  let db: Connection;
  before(async () => {
    db = await testDatabase();
  });

  it('writes with majority acknowledgement', () => {
    expect(db.getClient().options.writeConcern?.w).to.equal('majority');
  });

  it('refuses an operator that came in as a value, and takes one the code means', async () => {
    const Thing = db.model('Thing', new Schema({ name: String }), 'things');
    await Thing.create({ name: 'one' });
    const injected = await Thing.findOne({ name: { $ne: '' } as unknown as string })
      .lean()
      .catch((error: Error) => error);
    expect(injected).to.be.instanceOf(Error).with.property('name', 'CastError');
    expect(await Thing.findOne({ name: trusted({ $ne: '' }) }).lean()).to.have.property('name', 'one');
  });

  it('runs transactions', async () => {
    const things = db.collection('in-a-transaction');
    await db.createCollection('in-a-transaction');
    await db
      .withSession((session) =>
        session.withTransaction(async () => {
          await things.insertOne({ a: 1 }, { session });
          throw new Error('undo');
        }),
      )
      .catch(() => {});
    expect(await things.countDocuments()).to.equal(0);
  });

  it('gives up within a few seconds when nobody answers', async () => {
    const started = Date.now();
    const outcome = await connectMongo('mongodb://127.0.0.1:9/none?replicaSet=none').catch((error: Error) => error);
    expect(outcome).to.be.instanceOf(Error);
    expect(Date.now() - started).to.be.below(6000);
  });
});
