/** A moment of a server, to return to as often as is wanted: for tests that do different things from the same point on. */
import type { Connection } from 'mongoose';
import type { TestServer } from './server.ts';

/** Keeps what the database holds and what time it is, once nothing is waiting to be sent; what it answers returns to that. */
export async function keepMoment({ deps, clock }: Pick<TestServer, 'deps' | 'clock'>, db: Connection): Promise<() => Promise<void>> {
  const allSent = async () => {
    while ((await deps.outbox.waiting()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await allSent();
  const at = clock().getTime();
  const collections = await db.db!.collections();
  const kept = await Promise.all(collections.map(async (collection) => ({ collection, documents: await collection.find().toArray() })));
  return async () => {
    await allSent();
    await Promise.all(
      kept.map(async ({ collection, documents }) => {
        await collection.deleteMany();
        if (documents.length > 0) await collection.insertMany(documents);
      }),
    );
    clock.advance((at - clock().getTime()) / 1000);
  };
}
