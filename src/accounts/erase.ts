/**
 * Erases what has run out and no TTL index can erase: former addresses that did not object, and the accounts whose time is over. These go
 * each in one transaction with everything that hangs on it: whoever is first does it, and what a crash interrupts is done by the next run.
 * An hour later the same is done once more, for what a request under way at that moment may have written after it. What stays, and for
 * how long, is in docs/operating.md; why the history goes too, in docs/decisions.
 */
import { randomInt } from 'node:crypto';
import { Cron } from 'croner';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import { parseEmailAddress } from './email-address.ts';
import { noticesTo } from './notices.ts';
import { filedAs } from './recovery-store.ts';

type ErasingDeps = Pick<
  Deps,
  | 'accounts'
  | 'attempts'
  | 'audit'
  | 'clock'
  | 'config'
  | 'journeys'
  | 'log'
  | 'mailedLinks'
  | 'newId'
  | 'outbox'
  | 'recoveries'
  | 'sessions'
  | 'transaction'
>;

export interface Erasing {
  /** Erases what is due; says how many accounts. Never throws: one that fails is logged, and tried again by the next run. */
  run(): Promise<number>;
  /** Runs each hour from now on, in a minute of this process's own. */
  start(): void;
  /** Starts no more, and waits for the account that is being erased. */
  stop(): Promise<void>;
}

/** Of one run; the rest is the next one's. */
const AT_MOST = 1000;

/** `besides`: what forgets an account in places that are no part of `deps`. */
export function createErasing(deps: ErasingDeps, besides: readonly ((id: string) => Write)[] = []): Erasing {
  const { accounts, attempts, audit, journeys, log, mailedLinks, outbox, recoveries, sessions, transaction } = deps;
  let stopping = false;
  let running: Promise<unknown> = Promise.resolve();

  /** Everything that names an account. `also`: what belongs into the same transaction, before it. */
  async function forget(id: string, also: readonly Write[], then: readonly Write[] = []): Promise<void> {
    const ending = await sessions.endAll(id);
    const traces = [journeys, mailedLinks, attempts, recoveries, audit].map((store) => store.forget(id));
    traces.push(journeys.forget(filedAs(id, 'former')));
    await transaction([...also, ...traces, ...besides.map((forget) => forget(id)), ...ending.writes, ...then]);
    await ending.after();
  }

  /** The last mail is written down while the address is still known. */
  async function erase(id: string): Promise<void> {
    const account = await accounts.find(id);
    if (!account) throw new AppError('changed_elsewhere');
    const { email } = account;
    const canonical = parseEmailAddress(email)?.canonical ?? email;
    // Not of the account's id, which would stand in the outbox for another week; the transaction happens once.
    const farewell = noticesTo(deps, account, `account-closed/${deps.newId()}`, { kind: 'account-closed' });
    await forget(id, [accounts.erase(id)], [attempts.forget(canonical), await outbox.takeBack(email), ...farewell]);
    outbox.nudge();
  }

  const sweep = (id: string) => forget(id, [accounts.sweep(id)]);

  async function each(find: (most: number) => Promise<readonly string[]>, work: (id: string) => Promise<void>): Promise<number> {
    let done = 0;
    for (const id of await find(AT_MOST)) {
      if (stopping) break;
      try {
        await work(id);
        done++;
      } catch (err) {
        // Another process was first, or its owner has kept it.
        if (!(err instanceof AppError && err.code === 'changed_elsewhere')) log.error({ err, accountId: id }, 'an account was not erased');
      }
    }
    return done;
  }

  async function run(): Promise<number> {
    try {
      const erased = await each(accounts.due, erase);
      await each(accounts.unswept, sweep);
      await accounts.forgetFormer();
      if (erased > 0) log.info({ erased }, 'closed accounts erased');
      return erased;
    } catch (err) {
      log.error({ err }, 'closed accounts were not erased');
      return 0;
    }
  }

  let schedule: Cron | undefined;
  return {
    run,
    start() {
      schedule ??= new Cron(`${randomInt(60)} * * * *`, { unref: true, protect: true }, async () => {
        running = run();
        await running;
      });
    },
    async stop() {
      stopping = true;
      schedule?.stop();
      await running;
    },
  };
}
