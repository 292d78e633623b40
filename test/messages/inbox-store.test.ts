import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createInboxStore } from '../../src/messages/inbox-store.ts';
import { testDatabase } from '../support/mongo.ts';

describe('the inbox store', () => {
  let db: Connection;
  let store: ReturnType<typeof createInboxStore>;
  let now = new Date('2026-11-22T12:00:00Z');
  const mail = (to: string, subject: string) => store.add({ channel: 'mail', to, subject, text: 'text', html: '<p>text</p>' });

  before(async function () {
    this.timeout(120_000);
    db = await testDatabase();
    store = createInboxStore({ db, clock: () => now });
    await store.init();
  });
  beforeEach(() => store.clear());

  it('gives back what was put in, the newest first, also within one millisecond', async () => {
    for (const subject of ['one', 'two', 'three']) await mail('ana@example.org', subject);
    now = new Date(now.getTime() + 1000);
    await store.add({ channel: 'text', to: '+12025550123', subject: '', text: 'four' });
    const all = await store.list();
    expect(all.map(({ subject, text }) => subject || text)).to.deep.equal(['four', 'three', 'two', 'one']);
    expect(all[0]).to.deep.equal({ id: all[0]?.id, channel: 'text', to: '+12025550123', subject: '', text: 'four', at: now });
    expect(all[1]).to.include({ html: '<p>text</p>' });
  });

  it('finds the messages of one address however it is written, and of nobody for an operator', async () => {
    await mail('Ana@Example.org', 'hers');
    await mail('ana@example.org.evil.test', 'not hers');
    expect((await store.list('ana@example.ORG')).map(({ subject }) => subject)).to.deep.equal(['hers']);
    expect(await store.list('.*')).to.deep.equal([]);
  });

  it('shows what was sent twice as two', async () => {
    for (let index = 0; index < 2; index += 1) await mail('ana@example.org', 'same');
    expect(await store.list()).to.have.length(2);
  });

  it('finds one by its id', async () => {
    await mail('ana@example.org', 'one');
    const [first] = await store.list();
    expect(await store.find(first?.id ?? '')).to.deep.equal(first);
    expect(await store.find('nothing')).to.equal(undefined);
  });

  it('is kept for a week', async () => {
    await mail('ana@example.org', 'one');
    const kept = await db.collection('inbox').findOne();
    expect(kept?.['expiresAt']).to.deep.equal(new Date(now.getTime() + 7 * 24 * 3600 * 1000));
    const indexes = await db.collection('inbox').indexes();
    expect(indexes.find(({ key }) => 'expiresAt' in key)).to.include({ expireAfterSeconds: 0 });
  });
});
