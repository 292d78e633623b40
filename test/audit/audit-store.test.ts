import { expect } from 'chai';
import { type AuditLog, createAuditLog } from '../../src/audit/audit-store.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
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

  it('gives no more than was asked for, and nothing of an account without a history', async () => {
    for (const version of ['1', '2', '3']) {
      await parts.transaction([audit.record(event(version))]);
      parts.later(1);
    }
    expect((await audit.of(event('').accountId, 2)).map((kept) => 'version' in kept && kept.version)).to.deep.equal(['3', '2']);
    expect(await audit.of('nobody')).to.deep.equal([]);
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
