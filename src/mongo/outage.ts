import { Error as MongooseError, mongo } from 'mongoose';

/** What a socket says; the driver lets these through as they are when the server ended the line a moment ago. */
const CUT_OFF = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED']);

/**
 * Whether an error means that the database is away, has no primary, or says nothing: nothing was done, and the same request may work in
 * a moment. Looks at what caused it, too.
 */
export const isOutage = (cause: unknown): boolean =>
  cause instanceof MongooseError.MongooseServerSelectionError ||
  cause instanceof mongo.MongoServerSelectionError ||
  cause instanceof mongo.MongoNetworkError ||
  cause instanceof mongo.MongoNotConnectedError ||
  cause instanceof mongo.MongoTopologyClosedError ||
  (cause instanceof mongo.MongoError && (cause.hasErrorLabel('RetryableWriteError') || cause.hasErrorLabel('TransientTransactionError'))) ||
  (cause instanceof Error && CUT_OFF.has(String((cause as { code?: unknown }).code))) ||
  (cause instanceof Error && cause.cause !== undefined && cause.cause !== cause && isOutage(cause.cause));
