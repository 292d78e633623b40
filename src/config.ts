/**
 * The configuration: settings of the environment and the files of `CONFIG_DIR`, read once, checked as a whole, frozen and passed on.
 * Nothing imports a configuration; nothing else reads the environment.
 */
import path from 'node:path';
import { type ClientRecord, type RefusedClient, readClients } from './config/clients.ts';
import { type ConfigFiles, readFiles } from './config/files.ts';
import { readSettings, type Settings } from './config/settings.ts';

export type { ClientRecord, RefusedClient } from './config/clients.ts';
export type { Brand, Localized, Policy, Service } from './config/shapes.ts';
export type { SmsSettings } from './config/sms.ts';

export interface Config extends Settings, ConfigFiles {
  readonly clients: readonly ClientRecord[];
  /** Records of clients.json that were left out, each with the field and the reason; to be logged at start. */
  readonly refusedClients: readonly RefusedClient[];
}

/** The configuration cannot be used. The message has one line per fault, all of them. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/**
 * Reads and checks everything. `env` as `process.env` has it (`.env.example` lists the settings). Throws a ConfigError that names
 * every missing, weak or unreadable setting and file at once; a client record that is wrong is put aside and stops nobody.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const settings = readSettings(env, faults);
  const context = { env, production: settings.production, folders: foldersOf(settings) };
  const files = readFiles(context, faults);
  const clients = readClients(context, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return freeze({ ...settings, ...files, ...clients });
}

/** The demonstration client and service exist in development alone. */
const foldersOf = ({ production, configDir }: Settings): string[] =>
  production ? [configDir] : [configDir, path.join(configDir, 'development')];

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
