/** What must not have changed: everything that people answered, own, or are to be sent. Counters of attempts are left out. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';

const KEPT = ['journeys', 'accounts', 'messages', 'mailed_links', 'audit_events'];

export type Snapshot = Readonly<Record<string, readonly object[]>>;

export async function snapshot(db: Connection): Promise<Snapshot> {
  const taken: Record<string, object[]> = {};
  for (const name of KEPT) {
    const documents = await db.collection(name).find({}).sort({ _id: 1 }).toArray();
    // How far a message has got is the outbox's affair.
    taken[name] = name === 'messages' ? documents.map(({ _id, kind }) => ({ _id, kind })) : documents;
  }
  return taken;
}

/** `what` was done in between. */
export async function expectUnchanged(db: Connection, before: Snapshot, what: string): Promise<void> {
  const after = await snapshot(db);
  for (const name of KEPT) expect(after[name], `${name} after ${what}`).to.deep.equal(before[name]);
}
