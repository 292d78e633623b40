import { expect } from 'chai';
import { mongo } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { isOutage } from '../../src/mongo/outage.ts';
import { freePort } from '../support/free-port.ts';

describe('mongo/outage', () => {
  it('knows a database that is not there, directly and as a cause', async function () {
    this.timeout(10_000);
    const error = await connectMongo(`mongodb://127.0.0.1:${await freePort()}/x?directConnection=true`).catch((cause: unknown) => cause);
    expect(isOutage(error)).to.equal(true);
    expect(isOutage(new Error('in a step', { cause: error }))).to.equal(true);
  });

  it('knows a lost connection, a primary that stepped down and a transaction that was cut off', () => {
    expect(isOutage(new mongo.MongoNetworkError('connection 3 to 10.0.0.1:27017 closed'))).to.equal(true);
    // As Node says it when the server has just ended the line; the driver once let it through, and people were shown a 500.
    const ended = Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' });
    expect(isOutage(ended)).to.equal(true);
    for (const label of ['RetryableWriteError', 'TransientTransactionError'])
      expect(isOutage(new mongo.MongoServerError({ message: 'not primary', errorLabels: [label] })), label).to.equal(true);
  });

  it('takes nothing else for one', () => {
    const duplicate = new mongo.MongoServerError({ message: 'E11000 duplicate key', code: 11000 });
    const loop = new Error('its own cause');
    loop.cause = loop;
    for (const error of [duplicate, loop, new TypeError('x'), undefined, null, 'away', {}]) expect(isOutage(error)).to.equal(false);
  });
});
