/** What this process is told from outside. `readSettings` reports every fault at once; nothing else reads the environment. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** The public base URL, without a slash at its end. */
  readonly url: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly sessionSecret: string;
  readonly logLevel: string;
}

/** The message names every setting that is missing or wrong, one a line. */
export class SettingsError extends Error {
  constructor(faults: readonly string[]) {
    super(`The demonstration cannot start:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

const loopback = (hostname: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname);

/** https anywhere, http on this machine only: sign-in cookies and codes must not cross a network in the clear. */
const address = z
  .string()
  .refine((value) => URL.canParse(value), 'must be a URL')
  .refine((value) => {
    const { protocol, hostname } = URL.canParse(value) ? new URL(value) : { protocol: 'https:', hostname: '' };
    return protocol === 'https:' || (protocol === 'http:' && loopback(hostname));
  }, 'must begin with https:// (http:// only on localhost)');

const schema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3001),
  DEMO_URL: address.transform((value) => value.replace(/\/+$/, '')),
  ISSUER: address,
  DEMO_CLIENT_ID: z.string().min(1).default('myuscis'),
  DEMO_CLIENT_SECRET: z.string().min(1),
  SESSION_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .default(() => randomBytes(32).toString('base64url')),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Reads `env`; an empty value counts as unset. Throws `SettingsError`. */
export const readSettings = (env: Readonly<Record<string, string | undefined>>): Settings => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) throw new SettingsError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  const read = result.data;
  return Object.freeze({
    host: read.HOST,
    port: read.PORT,
    url: read.DEMO_URL,
    issuer: read.ISSUER,
    clientId: read.DEMO_CLIENT_ID,
    clientSecret: read.DEMO_CLIENT_SECRET,
    sessionSecret: read.SESSION_SECRET,
    logLevel: read.LOG_LEVEL,
  });
};
