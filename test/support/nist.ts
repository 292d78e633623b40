/** Servers in the profile `nist`, and the same database before and after the operator changed the profile. */
import { readFileSync } from 'node:fs';
import { configDir } from '../config/config-dir.ts';
import { startServer, type TestServer } from './server.ts';

/** A configuration folder with that profile. */
export function nistConfig(): string {
  const shipped = JSON.parse(readFileSync('config/policy.json', 'utf8'));
  const password = { ...shipped.password, minLength: 15 };
  return configDir({ 'policy.json': { ...shipped, profile: 'nist', password, code: { ...shipped.code, emailMinutes: 10 } } });
}

export const startNist = (): Promise<TestServer> => startServer({ env: { CONFIG_DIR: nistConfig() } });

/** The operator has changed the profile, and started the same system again. */
export async function restart(server: TestServer, profile: 'seed' | 'nist'): Promise<TestServer> {
  await server.close();
  const { CONFIG_DIR: _, ...env } = server.env as Record<string, string>;
  return startServer({ env: profile === 'nist' ? { ...env, CONFIG_DIR: nistConfig() } : env });
}
