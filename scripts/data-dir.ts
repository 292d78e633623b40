/** The folder in which development keeps its database and its secrets, used by one start at a time. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isRunning } from '../src/mongo/running-process.ts';
import { StartError } from './start-error.ts';

export interface DevelopmentSecrets {
  readonly encryptionKey: string;
  readonly cookieKey: string;
  readonly demoClientSecret: string;
}

export interface DataDir {
  readonly folder: string;
  readonly secrets: DevelopmentSecrets;
  /** Lets the next start have the folder. */
  release(): void;
}

/** Takes the folder, and makes what it lacks. Throws a StartError when another start is using it or it cannot be written. */
export function openDataDir(folder: string): DataDir {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StartError(`The data folder ${folder} cannot be made: ${(cause as Error).message}. Choose another with DATA_DIR.`, { cause });
  }
  const release = lock(folder);
  try {
    return { folder, secrets: readSecrets(path.join(folder, 'secrets.json')), release };
  } catch (error) {
    release();
    throw error;
  }
}

function lock(folder: string): () => void {
  const file = path.join(folder, 'running.pid');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new StartError(`The data folder ${folder} cannot be written: ${(cause as Error).message}. Choose another with DATA_DIR.`, {
          cause,
        });
      }
      const pid = Number(readFileSync(file, 'utf8'));
      if (pid !== process.pid && isRunning(pid, 'node')) {
        throw new StartError(
          `Another start (process ${pid}) is using ${folder}. End that one first, or give this one a folder and a port of its own:\n  DATA_DIR=.data-2 PORT=3010 npm start`,
        );
      }
      // Whoever wrote it is gone without a word.
      rmSync(file, { force: true });
    }
  }
  throw new StartError(`Another start has just taken ${folder}.`);
}

function readSecrets(file: string): DevelopmentSecrets {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      // New secrets would make the accounts that are there unreadable, without a word.
      throw new StartError(`${file} cannot be read: ${(cause as Error).message}. Put it back, or remove the whole folder to begin anew.`, {
        cause,
      });
    }
  }
  const secrets = {
    encryptionKey: randomBytes(32).toString('base64'),
    cookieKey: randomBytes(32).toString('base64'),
    demoClientSecret: randomBytes(32).toString('base64url'),
  };
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}
