import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { JourneyMoved } from '../../src/journey/stored-journey.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('journey/stored-journey', () => {
  let db: Connection;
  before(async () => {
    db = await connectMongo((await sharedServer()).env.MONGODB_URI);
  });
  after(() => db.close());

  it('says nothing in clear of who it is, where and what was answered', async () => {
    const { deps } = await sharedServer();
    const start = {
      kind: 'test',
      uid: 'secret-uid',
      browser: 'b',
      authorization: { state: 'secret-state' },
      language: 'en',
      keptMinutes: 5,
    } as const;
    const journey = await deps.journeys.open(start);
    const content = {
      ...journey.content,
      answers: { email: 'secret@people.test' },
      kept: { a: 'secret' },
      draft: { step: 'a', values: { a: 'secret' } },
    };
    await deps.transaction([
      deps.journeys.save(journey, content, { address: { value: 'secret@people.test', proven: true }, keptMinutes: 5 }),
    ]);
    const kept = await db.collection('journeys').findOne({ _id: journey.id as never });
    expect(JSON.stringify(kept)).not.to.contain('secret');
    expect((await deps.journeys.find(journey.id))!.content).to.deep.equal(content);
  });

  it('tells a lost race from every other error', () => {
    expect(new JourneyMoved()).to.be.instanceOf(Error);
  });
});
