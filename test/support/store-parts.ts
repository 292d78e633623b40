/** What a store is made of, beside itself: a real, empty database, keys, and a clock that stands still until a test moves it. */
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { testDatabase } from './mongo.ts';

export type StoreParts = Awaited<ReturnType<typeof storeParts>>;

export async function storeParts() {
  const db = await testDatabase();
  let now = new Date('2026-11-22T12:00:00Z');
  return {
    db,
    clock: () => now,
    /** Puts the clock forward by so many seconds. */
    later: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1000);
    },
    seal: createSeal(['an encryption key of more than thirty-two characters']),
    rootSecret: createRootSecret(Buffer.alloc(32, 7)),
    transaction: createTransaction(db),
    /** All documents of a collection as they lie in the database, in one text. */
    raw: async (collection: string) => JSON.stringify(await db.collection(collection).find({}).toArray()),
  };
}

/** What a promise is rejected with; undefined when it is not. */
export const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** The code of an AppError; undefined where it is none. */
export const codeOf = (error: unknown) => (error as { code?: string } | undefined)?.code;

/** Runs it so many times at once: how many went well, and what the others failed with. */
export async function atOnce(count: number, work: (index: number) => Promise<unknown>) {
  const results = await Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)));
  return {
    won: results.filter(({ status }) => status === 'fulfilled').length,
    failures: results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])),
  };
}
