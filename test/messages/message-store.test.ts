import { expect } from 'chai';
import { createSeal } from '../../src/crypto/seal.ts';
import type { Message } from '../../src/messages/message.ts';
import { createMessageStore, LEASE_SECONDS } from '../../src/messages/message-store.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { testDatabase } from '../support/mongo.ts';
import { sampleMessage } from '../support/sample-messages.ts';

const KEY = 'k'.repeat(43);

describe('the message store', () => {
  let db: Awaited<ReturnType<typeof testDatabase>>;
  let now: Date;
  let store: ReturnType<typeof createMessageStore>;
  const later = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  const add = (id: string, message: Message = sampleMessage('email-code')) => createTransaction(db)([store.add(id, message)]);
  const raw = (id: string) =>
    db.collection<{ _id: string; sealed?: string; expiresAt?: Date; nextAt?: Date }>('messages').findOne({ _id: id });

  before(async function () {
    this.timeout(120_000);
    db = await testDatabase();
    store = createMessageStore({ db, clock: () => now, seal: createSeal([KEY]) });
    await store.init();
  });
  beforeEach(async () => {
    now = new Date('2026-11-22T12:00:00Z');
    await db.collection('messages').deleteMany({});
  });

  it('keeps neither address nor words in clear', async () => {
    const message = sampleMessage('confirm-sign-up', 'en', 'maria.lopez@example.org');
    await add('m/1', message);
    const kept = JSON.stringify(await raw('m/1'));
    for (const secret of ['maria', 'lopez', 'example.org', message.code, message.link]) expect(kept).not.to.include(secret);
    expect((await store.lease('mail'))?.open()).to.deep.equal(message);
  });

  it('cannot be read under another message’s id', async () => {
    await add('m/1');
    await add('m/2', sampleMessage('email-code', 'en', 'other@example.org'));
    const { sealed } = (await raw('m/1')) ?? {};
    await db.collection<{ _id: string }>('messages').updateOne({ _id: 'm/2' }, { $set: { sealed } });
    const leased = [await store.lease('mail'), await store.lease('mail')].find((each) => each?.id === 'm/2');
    expect(() => leased?.open()).to.throw();
  });

  it('writes a message once, however often it is enqueued, and does not abort the transaction it is in', async () => {
    await add('m/1', sampleMessage('email-code', 'en', 'first@example.org'));
    const others = db.collection<{ _id: string }>('others');
    await createTransaction(db)([
      store.add('m/1', sampleMessage('email-code', 'en', 'second@example.org')),
      async (session) => void (await others.insertOne({ _id: 'beside' }, { session })),
    ]);
    expect(await others.countDocuments({ _id: 'beside' })).to.equal(1);
    expect((await store.lease('mail'))?.open().to).to.equal('first@example.org');
    expect(await store.lease('mail')).to.equal(undefined);
  });

  it('writes one message when 16 transactions enqueue it at once, and commits all of them', async () => {
    const others = db.collection<{ _id: string }>('parallel');
    await db.createCollection('parallel');
    await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        createTransaction(db)([
          store.add('m/1', sampleMessage('email-code')),
          async (session) => void (await others.insertOne({ _id: `${index}` }, { session })),
        ]),
      ),
    );
    expect(await others.countDocuments()).to.equal(16);
    expect(await store.waiting()).to.equal(1);
  });

  it('forgets a message whose transaction was undone', async () => {
    const undone = createTransaction(db)([
      store.add('m/1', sampleMessage('email-code')),
      async () => {
        throw new Error('undo');
      },
    ]);
    await undone.then(
      () => expect.fail('the transaction was committed'),
      (error: Error) => expect(error.message).to.equal('undo'),
    );
    expect(await store.stateOf('m/1')).to.deep.equal({ state: 'none', since: now, tries: 0 });
  });

  it('gives each message to one of many workers that ask at once', async () => {
    for (let index = 0; index < 10; index += 1) await add(`m/${index}`);
    const taken = await Promise.all(Array.from({ length: 20 }, () => store.lease('mail')));
    const ids = taken.flatMap((leased) => leased?.id ?? []);
    expect(ids).to.have.length(10);
    expect(new Set(ids).size).to.equal(10);
  });

  it('keeps the channels apart', async () => {
    await add('m/1', sampleMessage('text-code'));
    expect(await store.lease('mail')).to.equal(undefined);
    expect((await store.lease('text'))?.id).to.equal('m/1');
  });

  it('gives the message of a worker that died to another when the lease has ended, not before', async () => {
    await add('m/1');
    const first = await store.lease('mail');
    later(LEASE_SECONDS - 1);
    expect(await store.lease('mail')).to.equal(undefined);
    later(1);
    const second = await store.lease('mail');
    expect(second).to.include({ id: 'm/1', tries: 2 });
    expect(second?.lease).not.to.equal(first?.lease);
  });

  it('listens to no failure reported after the lease has passed on, but to a success', async () => {
    await add('m/1');
    const first = (await store.lease('mail')) ?? expect.fail();
    later(LEASE_SECONDS);
    const second = (await store.lease('mail')) ?? expect.fail();
    await store.again(first, now);
    await store.refused(first, 'rejected');
    expect(await store.stateOf('m/1')).to.include({ state: 'waiting' });
    expect(await store.lease('mail')).to.equal(undefined);
    await store.sent(first);
    expect(await store.stateOf('m/1')).to.include({ state: 'sent' });
    await store.again(second, now);
    expect(await store.stateOf('m/1')).to.include({ state: 'sent' });
  });

  it('tells how a message is doing: since when, and how many tries have ended', async () => {
    const created = now;
    await add('m/1');
    expect(await store.stateOf('m/1')).to.deep.equal({ state: 'waiting', since: created, tries: 0 });
    later(1);
    const leased = (await store.lease('mail')) ?? expect.fail();
    expect(await store.stateOf('m/1')).to.deep.equal({ state: 'waiting', since: created, tries: 0 });
    await store.again(leased, new Date(now.getTime() + 5000));
    expect(await store.stateOf('m/1')).to.deep.equal({ state: 'waiting', since: created, tries: 1 });
    expect(await store.lease('mail')).to.equal(undefined);
    later(5);
    await store.sent((await store.lease('mail')) ?? expect.fail());
    expect(await store.stateOf('m/1')).to.deep.equal({ state: 'sent', since: now, tries: 2 });
  });

  it('tells why a message was refused', async () => {
    await add('m/1', sampleMessage('text-code'));
    await store.refused((await store.lease('text')) ?? expect.fail(), 'opted-out');
    expect(await store.stateOf('m/1')).to.deep.equal({ state: 'refused', reason: 'opted-out', since: now, tries: 1 });
  });

  it('erases what was said as soon as it is over, and the rest after 7 days', async () => {
    for (const id of ['m/sent', 'm/refused']) await add(id);
    for (const leased of [await store.lease('mail'), await store.lease('mail')]) {
      if (leased?.id === 'm/sent') await store.sent(leased);
      else await store.refused(leased ?? expect.fail(), 'rejected');
    }
    for (const id of ['m/sent', 'm/refused']) {
      const kept = await raw(id);
      expect(kept).not.to.have.any.keys('sealed', 'nextAt', 'lease');
      expect(kept?.expiresAt?.getTime()).to.equal(now.getTime() + 7 * 24 * 3600 * 1000);
    }
    const indexes = await db.collection('messages').indexes();
    expect(indexes.find(({ key }) => 'expiresAt' in key)).to.include({ expireAfterSeconds: 0 });
  });

  it('counts what is still to be sent, in a worker’s hands or not', async () => {
    for (const id of ['m/1', 'm/2', 'm/3']) await add(id);
    await store.sent((await store.lease('mail')) ?? expect.fail());
    await store.lease('mail');
    expect(await store.waiting()).to.equal(2);
  });

  it('finds what is due and counts what waits by the index', async () => {
    await add('m/1');
    const messages = db.collection('messages');
    for (const filter of [{ channel: 'mail', nextAt: { $lte: now } }, { nextAt: { $exists: true } }]) {
      const plan = JSON.stringify(await messages.find(filter).sort({ nextAt: 1 }).explain('queryPlanner'));
      expect(plan).to.include('"nextAt_1_channel_1"').and.not.to.include('"COLLSCAN"').and.not.to.include('"SORT"');
    }
  });

  it('takes back the mails to one address that wait, and what they say goes at once', async () => {
    const [mine, other] = ['ana@example.org', 'eve@example.org'];
    for (const [id, to] of [
      ['waits', mine],
      ['in hand', mine],
      ['of another', other],
    ] as const)
      await add(id, sampleMessage('email-code', 'en', to));
    await add('a text', sampleMessage('text-code', 'en', '+12025550123'));
    await db.collection<{ _id: string }>('messages').updateOne({ _id: 'in hand' }, { $set: { state: 'sending', lease: 'x' } });
    await createTransaction(db)([await store.takeBack(mine), await store.takeBack('+12025550123')]);
    expect(await store.stateOf('waits')).to.include({ state: 'refused' });
    expect(await raw('waits')).not.to.have.any.keys('sealed', 'nextAt');
    for (const id of ['in hand', 'of another', 'a text']) expect((await store.stateOf(id)).state, id).to.equal('waiting');
  });
});
