/** The whole system in this process, as `src/main.ts` puts it together: real database, real endpoints, a clock that tests can move. */

import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { pino } from 'pino';
import { LEAST_HASH_COST } from '../../src/config/shapes.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import type { Deps } from '../../src/deps.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { openServer } from '../../src/server.ts';
import { freePort } from './free-port.ts';
import { testDatabaseUri } from './mongo.ts';
import { putSigningKeys } from './signing-keys.ts';
import { afterFile } from './suite.ts';
import { createVisitor } from './visitor.ts';

export interface Received {
  readonly id: string;
  readonly channel: 'mail' | 'text';
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly links: readonly string[];
  readonly codes: readonly string[];
}

/** A clock that runs, and can be put forward or held. */
export function movableClock() {
  let ahead = 0;
  let held: number | undefined;
  return Object.assign(() => new Date((held ?? Date.now()) + ahead), {
    /** No time passes while the work is under way, however long it takes. */
    whileHeld: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      held = Date.now();
      try {
        return await work();
      } finally {
        held = undefined;
      }
    },
    advance: (seconds: number) => {
      ahead += seconds * 1000;
    },
  });
}

export const secretOf = () => randomBytes(32).toString('base64');

/** Of all servers of this process, so that they can have the same signing keys. */
const ENCRYPTION_KEYS = secretOf();

/** The connection string of a new database that is empty but for signing keys. */
async function databaseWithKeys(): Promise<string> {
  const uri = await testDatabaseUri();
  const db = await connectMongo(uri);
  await putSigningKeys(db, ENCRYPTION_KEYS);
  await db.close();
  return uri;
}

/** What a server of the tests is started with; `env` adds to it. */
export async function testEnvironment(env: Readonly<Record<string, string | undefined>> = {}) {
  const port = await freePort();
  return {
    PORT: String(port),
    ISSUER: `http://localhost:${port}`,
    MONGODB_URI: env.MONGODB_URI ?? (await databaseWithKeys()),
    ENCRYPTION_KEYS,
    COOKIE_KEYS: secretOf(),
    DEMO_URL: 'http://localhost:9',
    DEMO_CLIENT_SECRET: secretOf(),
    LOG_LEVEL: 'warn',
    ...env,
  };
}

/** What Argon2id costs in the tests, whose people sign in thousands of times. */
export const CHEAP_HASHES = { memoryKiB: 64, passes: 1, lanes: 1 } as const;

/** Leaves alone what a test has set itself. */
function withCheapHashes(config: Config): Config {
  if (!isDeepStrictEqual(config.policy.passwordHash, LEAST_HASH_COST)) return config;
  return { ...config, policy: { ...config.policy, passwordHash: CHEAP_HASHES } };
}

export type TestServer = Awaited<ReturnType<typeof startServer>>;

interface StartOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly logLines?: string[];
  readonly connect?: typeof connectMongo;
  /** Until the file is done that starts it, if not said otherwise. */
  readonly lasting?: boolean;
}

export async function startServer(options: StartOptions = {}) {
  const env = await testEnvironment(options.env);
  const config = withCheapHashes(loadConfig(env));
  const clock = movableClock();
  const lines = options.logLines ?? [];
  const log = pino(
    { level: env.LOG_LEVEL },
    { write: (line) => void (process.env.SHOW_LOG ? process.stderr.write(line) : lines.push(line)) },
  );
  const server = await openServer({ config, clock, log, ...(options.connect && { connect: options.connect }) });
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    await server.close();
  };
  if (!options.lasting) afterFile(close);
  const { deps } = server as { deps: Deps };

  /** Messages to this address or number, the newest first. */
  const received = async (to: string): Promise<Received[]> => {
    const answer = await fetch(`${config.issuer}/dev/inbox.json?to=${encodeURIComponent(to)}`);
    return (await answer.json()) as Received[];
  };
  /** Waits until so many messages to this address have been delivered, and returns the newest. */
  const newest = async (to: string, count = 1): Promise<Received> => {
    for (const until = Date.now() + 10_000; Date.now() < until; ) {
      const messages = await received(to);
      if (messages.length >= count) return messages[0]!;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`fewer than ${count} messages to ${to} within 10 seconds`);
  };

  return {
    config,
    env,
    deps,
    clock,
    close,
    erasing: server.erasing,
    keyRing: server.keyRing,
    logoutQueue: server.logoutQueue,
    origin: config.issuer,
    received,
    newest,
    visitor: (headers?: Record<string, string>, others?: readonly string[]) => createVisitor(config.issuer, headers, others),
  };
}
