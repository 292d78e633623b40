/**
 * The operators' command for accounts: locks one that somebody else may be in, and unlocks it. Runs with the settings of the provider, beside
 * it; its processes follow at once, and tell the person and the services.
 *
 *   npm run accounts -- --help
 */
import { Command } from 'commander';
import { AppError } from '../src/errors.ts';
import { createProvider } from '../src/oidc/provider.ts';
import { type AccountState, createLocks } from '../src/recovery/operators/locks.ts';
import { OperatorRefused } from '../src/recovery/operators/operator.ts';
import { besideProvider, obey, say } from './beside.ts';
import { operatorOf } from './operator.ts';

const withLocks = (work: (locks: ReturnType<typeof createLocks>) => Promise<void>) =>
  besideProvider(async ({ deps, operators }, _config, db) => {
    const { sessions } = await createProvider({ ...deps, db });
    await work(createLocks({ ...deps, sessions }, operators));
  });

function* linesOf({ id, createdAt, locked, closesAt, frozenAt }: AccountState): Iterable<string> {
  yield `account ${id}, since ${createdAt.toISOString()}`;
  yield locked ? `locked since ${locked.at.toISOString()} by ${locked.by}: ${locked.reason}` : 'not locked';
  if (closesAt)
    yield `closed by its owner; ${locked ? 'the days until it is erased stand still' : `erased after ${closesAt.toISOString()}`}`;
  if (frozenAt) yield `frozen by a former address since ${frozenAt.toISOString()}`;
}

interface Options {
  readonly operator: string;
  readonly reason: string;
}

const program = new Command('accounts').description('Locks an account that somebody else may be in, until it is unlocked.');

program
  .command('lock <email>')
  .description('ends everything of the account at once; until it is unlocked nobody signs in to it, recovers or changes it')
  .requiredOption('--operator <name>', 'who locks it')
  .requiredOption('--reason <text>', 'why; kept in the history of the account, and never shown to its owner')
  .action(async (email: string, { operator, reason }: Options) => {
    const by = await operatorOf(operator);
    await withLocks((locks) => locks.lock(email, by, reason));
    say('Locked. Everybody is signed out; access tokens that are JWTs end by themselves, within 5 minutes. Every address is told.');
  });

program
  .command('unlock <email>')
  .description('its owner can sign in again; nothing that had ended comes back')
  .requiredOption('--operator <name>', 'who unlocks it')
  .requiredOption('--reason <text>', 'why; kept in the history of the account, and never shown to its owner')
  .action(async (email: string, { operator, reason }: Options) => {
    const by = await operatorOf(operator);
    await withLocks((locks) => locks.unlock(email, by, reason));
    say('Unlocked. Every address is told.');
  });

program
  .command('show <email>')
  .description('whether it is locked, since when, by whom and why; nothing that opens it')
  .action((email: string) =>
    withLocks(async (locks) => {
      for (const line of linesOf(await locks.show(email))) say(line);
    }),
  );

await obey(program, [OperatorRefused, AppError]);
