import { expect } from 'chai';
import { type AuditLog, createAuditLog } from '../../src/audit/audit-store.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import { failure, type StoreParts, storeParts } from '../support/store-parts.ts';

describe('the audit log', () => {
  let parts: StoreParts;
  let audit: AuditLog;
  const told: AuditEvent[] = [];
  let accounts = 0;

  before(async () => {
    parts = await storeParts();
    audit = createAuditLog({ ...parts, recorded: (event) => told.push(event) });
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
});
