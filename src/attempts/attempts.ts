/**
 * Counting attempts against the limits. Everything is counted before it is judged, so that nothing is gained by asking in parallel;
 * what turns out right is forgiven or given back. Addresses that nobody has are counted like those that somebody has.
 */
import type { Connection } from 'mongoose';
import type { Clock } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import type { Write } from '../mongo/transaction.ts';
import { createAttemptStore } from './attempt-store.ts';
import { isNetworkLimit, type LimitName, type Limits } from './limits.ts';
import { createExemptions, networkKey } from './network-key.ts';

/** `until`: when the next one would pass; `FOR_GOOD` where only forgiveness helps. `limit`: which one refused. */
export type Spent = { readonly ok: true } | { readonly ok: false; readonly until: Date; readonly limit: LimitName };

export interface Attempts {
  init(): Promise<void>;
  /** Counts one, unless the limit is reached. `key`: whose (an account, an address, a network). Throws when it cannot be counted. */
  spend(limit: LimitName, key: string): Promise<Spent>;
  /** Counts one of each, in this order; when one refuses, those counted before it are given back. */
  spendAll(limits: readonly (readonly [limit: LimitName, key: string])[]): Promise<Spent>;
  /** One that should not have counted. */
  giveBack(limit: LimitName, key: string): Promise<void>;
  /** A success ends the row: nothing of it is remembered. */
  forgive(limit: LimitName, key: string): Promise<void>;
  /** Forgets all that was counted of an account or address: every key that is its id, or begins with that and a `|`. */
  forget(whose: string): Write;
  /** Counts nothing. `left`: how many more are free (of a growing or slowed limit: before it waits); `until`: if one were refused now. */
  peek(limit: LimitName, key: string): Promise<{ left: number; until?: Date }>;
}

/** `exemptNetworks` (CIDR): a library, a legal clinic; the limits of networks do not count there. */
export function createAttempts(deps: {
  db: Connection;
  clock: Clock;
  rootSecret: RootSecret;
  limits: Limits;
  exemptNetworks?: readonly string[];
}): Attempts {
  const { clock, rootSecret, limits } = deps;
  const store = createAttemptStore(deps.db);
  const isExempt = createExemptions(deps.exemptNetworks ?? []);
  const idOf = (limit: LimitName, key: string) =>
    rootSecret.digest('attempts', `${limit}\0${isNetworkLimit(limit) ? networkKey(key) : key}`);
  const whoseOf = (key: string) => rootSecret.digest('attempts-whose', key.split('|')[0]!);

  const attempts: Attempts = {
    init: store.init,

    async spend(limit, key) {
      if (isNetworkLimit(limit) && isExempt(key)) return { ok: true };
      const whose = isNetworkLimit(limit) ? undefined : whoseOf(key);
      const decision = await store.spend(idOf(limit, key), limits[limit], clock(), whose);
      return decision.ok ? decision : { ...decision, limit };
    },

    async spendAll(wanted) {
      for (const [index, [limit, key]] of wanted.entries()) {
        const spent = await attempts.spend(limit, key);
        if (spent.ok) continue;
        for (const [taken, whose] of wanted.slice(0, index)) await attempts.giveBack(taken, whose);
        return spent;
      }
      return { ok: true };
    },

    giveBack: (limit, key) => store.giveBack(idOf(limit, key), limits[limit]),
    forgive: (limit, key) => store.forgive(idOf(limit, key)),
    forget: (whose) => store.forget(whoseOf(whose)),

    peek: (limit, key) => store.peek(idOf(limit, key), limits[limit], clock()),
  };
  return attempts;
}
