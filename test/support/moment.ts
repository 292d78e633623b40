/** A moment of a server, to return to as often as is wanted: for tests that do different things from the same point on. */
import mongoose, { type Connection, type mongo } from 'mongoose';
import { untilDelivered } from './delivered.ts';
import type { TestServer } from './server.ts';

/** Keeps what the database holds and what time it is, once nothing is waiting to be sent; what it answers returns to that. */
export async function keepMoment({ deps, clock }: Pick<TestServer, 'deps' | 'clock'>, db: Connection): Promise<() => Promise<void>> {
  const allSent = () => untilDelivered({ deps });
  await allSent();
  const at = clock().getTime();
  const names = (await db.db!.collections()).map(({ collectionName }) => collectionName);
  const kept = await contentOf(db, names);
  return async () => {
    await allSent();
    const found = await contentOf(db, names);
    await Promise.all(
      names.map(async (name) => {
        const writes = writesTo(found.get(name)!, kept.get(name)!);
        if (writes.length > 0) await db.collection(name).bulkWrite(writes);
      }),
    );
    clock.advance((at - clock().getTime()) / 1000);
  };
}

/** By its id, each document, and how it is stored: that tells whether it is the same one. */
type Content = ReadonlyMap<string, { readonly document: mongo.Document; readonly bytes: string }>;

const { BSON } = mongoose.mongo;
const bytesOf = (document: mongo.Document): string => Buffer.from(BSON.serialize(document)).toString('latin1');

/** All that these collections hold, in one question: there are many, and most are empty. */
async function contentOf(db: Connection, names: readonly string[]): Promise<ReadonlyMap<string, Content>> {
  const content = new Map(names.map((name) => [name, new Map<string, { document: mongo.Document; bytes: string }>()]));
  const [first, ...others] = names.map((name) => ({
    coll: name,
    pipeline: [{ $project: { _id: 0, name: { $literal: name }, document: '$$ROOT' } }],
  }));
  const all = [...first!.pipeline, ...others.map(($unionWith) => ({ $unionWith }))];
  for await (const { name, document } of db.collection(first!.coll).aggregate<{ name: string; document: mongo.Document }>(all))
    content.get(name)!.set(bytesOf({ id: document._id }), { document, bytes: bytesOf(document) });
  return content;
}

/** What must be written for a collection to hold what was kept, and nothing else. */
function writesTo(found: Content, kept: Content): mongo.AnyBulkWriteOperation[] {
  const gone = [...found].filter(([id, { bytes }]) => kept.get(id)?.bytes !== bytes).map(([, { document }]) => document['_id']);
  const missing = [...kept].filter(([id, { bytes }]) => found.get(id)?.bytes !== bytes);
  return [
    ...(gone.length > 0 ? [{ deleteMany: { filter: { _id: { $in: gone } } } }] : []),
    ...missing.map(([, { document }]) => ({ insertOne: { document } })),
  ];
}
