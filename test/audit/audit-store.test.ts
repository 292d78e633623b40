import { expect } from 'chai';
import { type AuditLog, createAuditLog } from '../../src/audit/audit-store.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { type KeptLog, keptLog } from '../support/log.ts';
import { failure, type StoreParts, storeParts } from '../support/store-parts.ts';

describe('the audit log', () => {
  let parts: StoreParts;
  let audit: AuditLog;
  const told: AuditEvent[] = [];
  let log: KeptLog;
  let accounts = 0;

  before(async () => {
    parts = await storeParts();
    log = keptLog();
    audit = createAuditLog({ ...parts, log: log as never, recorded: (event) => told.push(event) });
    await audit.init();
  });
  beforeEach(() => {
    accounts++;
    told.length = 0;
  });

  const event = (version: string): AuditEvent => ({
    type: 'terms.accepted',
    accountId: `account-${accounts}`,
    ip: '192.0.2.7',
    browser: 'a-digest',
    version,
  });

  it('tells the history of an account, the newest first, and of no other', async () => {
    const [first, second] = [event('1'), event('2')];
    await parts.transaction([audit.record(first)]);
    const at = parts.clock();
    parts.later(60);
    await parts.transaction([audit.record(second), audit.record({ ...event('3'), accountId: 'another' })]);
    const { accountId, ...rest } = first;
    expect(await audit.of(accountId)).to.deep.equal([
      { ...rest, version: '2', at: parts.clock() },
      { ...rest, at },
    ]);
  });

  it('seals what operators wrote down, each in its place, and reads it again', async () => {
    const by = { accountId: `account-${accounts}`, ip: '', browser: '' };
    const said = {
      type: 'recovery.waiting',
      proof: 'operators',
      operators: ['kim', 'ada'],
      reason: 'Came to the office with a passport',
    } as const;
    await parts.transaction([audit.record({ ...said, ...by }), audit.record({ ...said, ...by, reason: 'Another reason' })]);
    const reasons = (await audit.of(by.accountId)).map((kept) => ('reason' in kept ? kept.reason : undefined));
    expect(reasons).to.have.members([said.reason, 'Another reason']);
    const rows = parts.db.collection('audit_events');
    const [one, other] = await rows.find({ accountId: by.accountId }).toArray();
    expect(JSON.stringify([one, other])).to.not.match(/passport|Another/);
    await rows.updateOne({ _id: one!._id }, { $set: { reason: other!.reason } });
    expect(await failure(audit.of(by.accountId)), 'moved to another event').to.be.instanceOf(Error);
  });

  it('has a row that says when and whether something was said', async () => {
    const { accountId } = event('1');
    await parts.transaction([audit.record({ type: 'service.withdrawn', client: 'casa', accountId, ip: '', browser: '' })]);
    expect(await audit.has(accountId, 'service.withdrawn', { client: 'casa' })).to.equal(true);
    expect(await audit.has(accountId, 'service.withdrawn', { client: 'other' })).to.equal(false);
    expect(await audit.has('another', 'service.withdrawn', { client: 'casa' })).to.equal(false);
    const at = parts.clock();
    parts.later(60);
    await parts.transaction([audit.record(event('2'))]);
    expect(await audit.lastOf(accountId, ['service.withdrawn', 'data.downloaded'])).to.deep.equal(at);
    expect(await audit.lastOf(accountId, ['data.downloaded'])).to.equal(undefined);
  });

  it('gives no more than was asked for, and nothing of an account without a history', async () => {
    for (const version of ['1', '2', '3']) {
      await parts.transaction([audit.record(event(version))]);
      parts.later(1);
    }
    expect((await audit.of(event('').accountId, 2)).map((kept) => 'version' in kept && kept.version)).to.deep.equal(['3', '2']);
    expect(await audit.of('nobody')).to.deep.equal([]);
  });

  describe('in pages', () => {
    const versions = ({ events }: { events: readonly object[] }) =>
      events.map((kept) => ('version' in kept ? Number(kept.version) : undefined));
    /** Three of each moment. */
    const live = async (count: number) => {
      for (let n = 1; n <= count; n++) {
        await parts.transaction([audit.record(event(String(n)))]);
        if (n % 3 === 0) parts.later(1);
      }
      return event('').accountId;
    };

    it('shows each event once, from the newest to the oldest and back', async () => {
      const id = await live(8);
      const [first, ...rest] = [await audit.page(id, { most: 3 })];
      expect(rest).to.deep.equal([]);
      expect(first).not.to.have.property('newer');
      const second = await audit.page(id, { older: first!.older!, most: 3 });
      const third = await audit.page(id, { older: second.older!, most: 3 });
      expect(third).not.to.have.property('older');
      const seen = [first!, second, third].flatMap(versions);
      expect([...seen].sort()).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(seen.slice(0, 2).sort()).to.deep.equal([7, 8]);
      expect(versions(await audit.page(id, { newer: third.newer!, most: 3 }))).to.deep.equal(versions(second));
      expect(await audit.page(id, { newer: second.newer!, most: 3 })).to.deep.equal(first);
    });

    it('stands where it is while new events come', async () => {
      const id = await live(6);
      const { older } = await audit.page(id, { most: 3 });
      const before = await audit.page(id, { older: older!, most: 3 });
      await live(3);
      expect(await audit.page(id, { older: older!, most: 3 })).to.deep.equal(before);
    });

    it('is one page where there is little, and none where there is nothing', async () => {
      const id = await live(3);
      expect(Object.keys(await audit.page(id, { most: 3 }))).to.deep.equal(['events']);
      expect(await audit.page('nobody', { most: 3 })).to.deep.equal({ events: [] });
    });

    it('takes a cursor that is none for none, and one of another account as a place in time', async () => {
      const other = await live(6);
      const { older } = await audit.page(other, { most: 3 });
      accounts++;
      const id = await live(1);
      const whole = await audit.page(id, { most: 3 });
      const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      for (const wrong of ['', 'x', made(null), made({}), made([1]), made(['1', 'x']), made([1e300, 'x']), made([1, { $ne: '' }])])
        for (const cursor of [{ older: wrong }, { newer: wrong }])
          expect(await audit.page(id, { ...cursor, most: 3 }), wrong).to.deep.equal(whole);
      expect((await audit.page(id, { older: older!, most: 3 })).events).to.deep.equal([]);
      expect(await audit.page(id, { newer: older!, most: 3 })).to.deep.equal(whole);
    });
  });

  it('keeps nothing of what did not happen', async () => {
    const undo = async () => {
      throw new Error('undone');
    };
    expect(await failure(parts.transaction([audit.record(event('1')), undo]))).to.be.instanceOf(Error);
    expect(await audit.of(event('').accountId)).to.deep.equal([]);
  });

  it('tells who counts of each event', async () => {
    await parts.transaction([audit.record(event('1'))]);
    expect(told).to.deep.equal([event('1')]);
  });

  it('tells of nothing that was undone, and once of what a conflict made run again', async () => {
    // The sign-ins in the metrics were more than there had been: each run of a transaction had counted.
    const undo = () => Promise.reject(new Error('undone'));
    await failure(parts.transaction([audit.record(event('1')), undo]));
    expect(told).to.deep.equal([]);
    const counters = parts.db.collection<{ _id: string; n: number }>('counters');
    await counters.insertOne({ _id: 'one', n: 0 });
    let runs = 0;
    const overtaken: Write = async (session) => {
      await counters.findOne({ _id: 'one' }, { session });
      if (++runs === 1) await counters.updateOne({ _id: 'one' }, { $inc: { n: 1 } });
      await counters.updateOne({ _id: 'one' }, { $inc: { n: 1 } }, { session });
    };
    await parts.transaction([audit.record(event('2')), overtaken]);
    expect(runs).to.equal(2);
    expect(told).to.deep.equal([event('2')]);
    expect(await audit.of(event('').accountId)).to.have.length(1);
  });

  it('lets the database forget an event after two years', async () => {
    await parts.transaction([audit.record(event('1'))]);
    const collection = parts.db.collection('audit_events');
    const kept = await collection.findOne({ accountId: event('').accountId });
    expect(kept?.expiresAt.getTime() - parts.clock().getTime()).to.equal(730 * 24 * 3600 * 1000);
    const ttl = (await collection.indexes()).find(({ expireAfterSeconds }) => expireAfterSeconds !== undefined);
    expect(ttl).to.deep.include({ key: { expiresAt: 1 }, expireAfterSeconds: 0 });
  });

  describe('noting what was saved with nothing else', () => {
    const noted = (accountId?: string) => ({ accountId, ip: '192.0.2.7', browser: 'a-digest' });
    const line = () => log.lines.at(-1)!;

    it('has a row and a line, which names the request', async () => {
      const { accountId } = event('');
      audit.note({ type: 'code.failed', ...noted(accountId), method: 'text' }, 'BCDF-2345');
      const said = { type: 'code.failed', accountId, ip: '192.0.2.7', method: 'text', reference: 'BCDF-2345' };
      expect(line()).to.deep.equal({ level: 'info', fields: said, text: 'security event' });
      await audit.settled();
      const { accountId: _, ...row } = { ...noted(accountId), type: 'code.failed', method: 'text', at: parts.clock() };
      expect(await audit.of(accountId)).to.deep.equal([row]);
      expect(told.map(({ type }) => type)).to.deep.equal(['code.failed']);
    });

    it('has only the line for what is nobody’s', async () => {
      const before = await parts.db.collection('audit_events').countDocuments();
      audit.note({ type: 'sign-in.failed', ...noted() });
      expect(line().fields).to.deep.include({ type: 'sign-in.failed', accountId: undefined });
      await audit.settled();
      expect(await parts.db.collection('audit_events').countDocuments()).to.equal(before);
    });

    it('has one row for each time that a limit shuts, however many knock at once', async () => {
      const { accountId } = event('');
      const until = new Date(parts.clock().getTime() + 60_000);
      const shut = { type: 'limit.reached', ...noted(accountId), limit: 'password-account' } as const;
      for (let time = 0; time < 30; time++) audit.note({ ...shut, until });
      audit.note({ ...shut, limit: 'code-account', until });
      audit.note({ ...shut, until: new Date(until.getTime() + 1) });
      await audit.settled();
      expect(await audit.of(accountId)).to.have.length(3);
      expect(log.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
    });

    it('does not fail when the database does, and says so', async () => {
      const { db, ...others } = await storeParts();
      const lost = createAuditLog({ db, ...others, log: log as never });
      await db.close();
      lost.note({ type: 'session.ended', ...noted('somebody') });
      await lost.settled();
      expect(line()).to.deep.include({ level: 'error', text: 'an audit event was not written' });
    });
  });
});
