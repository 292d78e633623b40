/**
 * Password hashes: Argon2id (RFC 9106) with a pepper that is not in the database. Backup codes and answers are kept the same way. A
 * check costs tens of milliseconds of processor time, so they wait in a queue of bounded length: a flood of sign-ins is told to come
 * back, and everything else goes on.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import argon2 from 'argon2';
import type { Policy } from '../config.ts';
import type { RootSecret } from '../crypto/digest.ts';
import { AppError } from '../errors.ts';
import { normalisePassword } from './password-rules.ts';

export interface Passwords {
  /** A PHC string with its own salt and cost. */
  hash(password: string): Promise<string>;
  /** Whether `password` gave `hash`. Without a hash (nobody has that address) the same work is done, and the answer is false. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Whether `hash` was made at another cost than is asked now, so that the next right password should be hashed again. */
  needsRehash(hash: string): boolean;
}

/**
 * `concurrency`: hashes computed at once (default: one for each core, at most 3, for Node's pool has 4 threads and mail and files need
 * one). `queueLimit`: how many may wait beside them. All three functions throw for a malformed hash, which is a stored value gone
 * bad; `hash` and `verify` throw `AppError('busy')` when the queue is full.
 */
export function createPasswords(options: {
  rootSecret: RootSecret;
  concurrency?: number;
  queueLimit?: number;
  cost: Policy['passwordHash'];
}): Passwords {
  const { memoryKiB, passes, lanes } = options.cost;
  const cost = { memoryCost: memoryKiB, timeCost: passes, parallelism: lanes };
  const secret = options.rootSecret.key('password-pepper');
  const run = createQueue(options.concurrency ?? Math.max(1, Math.min(availableParallelism(), 3)), options.queueLimit ?? 200);
  const base64 = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  // No password has this hash; checking one against it takes what a real check takes.
  const nobodys = `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${base64(16)}$${base64(32)}`;

  return {
    hash: (password) => run(() => argon2.hash(normalisePassword(password), { ...cost, type: argon2.argon2id, secret })),
    async verify(password, hash) {
      const right = await run(() => argon2.verify(hash ?? nobodys, normalisePassword(password), { secret }));
      return right && hash !== undefined;
    },
    needsRehash: (hash) => !hash.startsWith('$argon2id$') || argon2.needsRehash(hash, cost),
  };
}

/** Runs at most `concurrency` tasks at once, in the order of their coming; beyond `limit` waiting ones it throws `AppError('busy')`. */
function createQueue(concurrency: number, limit: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(task: () => Promise<T>): Promise<T> => {
    if (running < concurrency) running += 1;
    else if (waiting.length >= limit) throw new AppError('busy', { detail: 'the queue of password hashes is full' });
    // Whoever finishes hands its place on, so that no newcomer slips in before those who wait.
    else await new Promise<void>((start) => waiting.push(start));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
