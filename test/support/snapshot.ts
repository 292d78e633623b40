/** What must not have changed: everything that people answered, own, or are to be sent. Counters of attempts are left out. */
import { expect } from 'chai';
import { type Connection, mongo } from 'mongoose';

const KEPT = ['journeys', 'accounts', 'messages', 'mailed_links', 'audit_events'];

/** The documents of each collection as the database sends them: they are many, and mostly the same. */
export type Snapshot = Readonly<Record<string, readonly Uint8Array[]>>;

export async function snapshot(db: Connection): Promise<Snapshot> {
  const taken: Record<string, Uint8Array[]> = {};
  for (const name of KEPT) {
    // How far a message has got is the outbox's affair.
    const projection = name === 'messages' ? { kind: 1 } : {};
    const documents = db.collection(name).find({}, { raw: true, projection }).sort({ _id: 1 });
    taken[name] = (await documents.toArray()) as unknown as Uint8Array[];
  }
  return taken;
}

/** `what` was done in between. */
export async function expectUnchanged(db: Connection, before: Snapshot, what: string): Promise<void> {
  const after = await snapshot(db);
  for (const name of KEPT) {
    const [earlier, later] = [before[name]!, after[name]!];
    if (Buffer.concat(earlier).equals(Buffer.concat(later))) continue;
    expect(later.map(documentOf), `${name} after ${what}`).to.deep.equal(earlier.map(documentOf));
  }
}

const documentOf = (bytes: Uint8Array) => mongo.BSON.deserialize(bytes);
