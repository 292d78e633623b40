import { randomUUID } from 'node:crypto';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { afterFile, sharedMongo } from './suite.ts';

/** The connection string of a new, empty database on the shared server, for processes that a test starts. */
export async function testDatabaseUri(): Promise<string> {
  const uri = new URL(await sharedMongo());
  uri.pathname = `/test-${randomUUID()}`;
  return uri.href;
}

/**
 * A connection of its own to a new, empty database, closed when the file is done; the database goes with its server. Ask in a `before`
 * hook, which needs `this.timeout(120_000)` only where a MongoDB server may have to be fetched first (`npm test` fetches it beforehand).
 */
export async function testDatabase(): Promise<Connection> {
  const connection = await connectMongo(await testDatabaseUri());
  afterFile(() => connection.close());
  return connection;
}
