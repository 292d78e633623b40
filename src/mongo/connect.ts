import mongoose, { type Connection } from 'mongoose';

/**
 * Opens the connection that everything shares. Writes are acknowledged by a majority, so that what a page says has happened survives
 * the loss of a server. An outage is an error within 2 seconds, or about 5 where the server keeps the line and says nothing (a 503 with
 * a reference), never a request that hangs; the driver finds the set again by itself.
 *
 * Filters are sanitised: a value that carries an operator (`{ $ne: '' }`, as a form field may) does not match but throws. What a store
 * itself means as an operator says so: `trusted({ $gt: now })`, imported from mongoose.
 *
 * `monitorCommands` makes the driver tell of every command, for counting them. Throws when no primary answers within 2 seconds.
 */
export async function connectMongo(uri: string, { monitorCommands = false } = {}): Promise<Connection> {
  const connection = mongoose.createConnection(uri, {
    monitorCommands,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    retryWrites: true,
    writeConcern: { w: 'majority', wtimeoutMS: 5000 },
    serverSelectionTimeoutMS: 2000,
    connectTimeoutMS: 2000,
    waitQueueTimeoutMS: 5000,
    // A server that holds the line and says nothing is found out by the monitor, which then cuts all lines to it.
    heartbeatFrequencyMS: 1000,
    socketTimeoutMS: 30_000,
    maxPoolSize: 20,
  });
  connection.set('sanitizeFilter', true);
  try {
    return await connection.asPromise();
  } catch (error) {
    await connection.close().catch(() => {});
    throw error;
  }
}
