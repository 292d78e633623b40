/** What the operators' commands have in common: they run beside the provider, with its settings and on its database. */
import type { Command } from 'commander';
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { type Config, ConfigError, loadConfig } from '../src/config.ts';
import { openRootSecret } from '../src/crypto/root-secret-store.ts';
import { createSeal } from '../src/crypto/seal.ts';
import { createDeps } from '../src/deps.ts';
import { connectMongo } from '../src/mongo/connect.ts';
import { isOutage } from '../src/mongo/outage.ts';
import { settingsOf } from './settings.ts';
import { StartError } from './start-error.ts';

/** Opens the database, sees that the keys are those it was made with, and closes it after the work. Throws StartError and ConfigError. */
export async function beside(work: (config: Config, db: Connection) => Promise<void>, env = process.env): Promise<void> {
  const config = loadConfig(settingsOf(env));
  const db = await connectMongo(config.mongodbUri).catch(refuse('The database cannot be opened (MONGODB_URI): '));
  try {
    await openRootSecret(db, createSeal(config.encryptionKeys)).catch((error: unknown) => {
      throw isOutage(error) ? error : new StartError((error as Error).message, { cause: error });
    });
    await work(config, db);
  } catch (error) {
    if (isOutage(error)) refuse('The database went away; what was asked may be done or not, look before you ask again: ')(error);
    throw error;
  } finally {
    await db.close();
  }
}

/** The same, with what the provider is built of. What the work has noted in histories is written when it resolves. */
export const besideProvider = (work: (built: Awaited<ReturnType<typeof createDeps>>, config: Config, db: Connection) => Promise<void>) =>
  beside(async (config, db) => {
    const log = pino({ level: 'error' }, process.stderr);
    const built = await createDeps({ config, db, clock: () => new Date(), log, asset: (file) => file });
    await work(built, config, db);
    await built.deps.audit.settled();
  });

export const say = (line: string) => process.stdout.write(`${line}\n`);

const refuse = (sentence: string) => (cause: unknown) => {
  throw new StartError(`${sentence}${(cause as Error).message}`, { cause });
};

/** Does what was typed. Of what the person at the keyboard can put right they are told in a sentence; anything else is thrown. */
export async function obey(program: Command, refusals: readonly (new (...given: never[]) => Error)[]): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (![StartError, ConfigError, ...refusals].some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
