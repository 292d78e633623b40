/** The settings of the provider, for the commands beside it. In development nobody has set them: `npm start` chose, and leaves word. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SETTINGS } from '../src/config/settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

const NAMES = [...Object.keys(SETTINGS.shape), 'DEMO_URL', 'DEMO_CLIENT_ID', 'DEMO_CLIENT_SECRET'];
const fileOf = (folder: string) => path.join(folder, 'settings.json');

/** Leaves word of what the provider that runs with this data was started with; returns how to take it back. */
export function leaveSettings(folder: string, env: Env): () => void {
  const settings = Object.fromEntries(NAMES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  writeFileSync(fileOf(folder), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  return () => rmSync(fileOf(folder), { force: true });
}

/** What the environment says, and where it does not, in development, what the provider that runs was started with. */
export function settingsOf(env: Env): Env {
  if (env['NODE_ENV'] === 'production' || env['MONGODB_URI']) return env;
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  try {
    return { ...JSON.parse(readFileSync(fileOf(path.resolve(env['DATA_DIR'] || '.data')), 'utf8')), ...set };
  } catch {
    // None runs; which settings are missing then is said by whoever reads them.
    return env;
  }
}
