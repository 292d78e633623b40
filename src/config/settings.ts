/** The settings of the environment, one field each, and the rules of production. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { keyRing, sharedKeys } from './keys.ts';
import { readSms, type SmsSettings, smsFields } from './sms.ts';

export interface Settings {
  readonly production: boolean;
  /** The address to listen at. */
  readonly host: string;
  readonly port: number;
  /** The public origin, without a slash at its end; also `iss` (OpenID Connect Core 2). */
  readonly issuer: string;
  readonly mongodbUri: string;
  readonly dataDir: string;
  readonly mail: {
    /** Undefined in development: the inbox page takes the mail. */
    readonly smtpUrl: string | undefined;
    /** The sender, e.g. `USCIS Account <account@example.org>`. */
    readonly from: string;
  };
  readonly sms: SmsSettings;
  /** Newest first; each carries at least 32 bytes. */
  readonly encryptionKeys: readonly string[];
  readonly cookieKeys: readonly string[];
  /** How many proxies in front are believed; 0 = none. */
  readonly trustProxy: number;
  readonly workers: number;
  /** Undefined: no metrics are served. */
  readonly metricsPort: number | undefined;
  readonly metricsHost: string;
  readonly logLevel: string;
  readonly configDir: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const PROJECT = path.resolve(import.meta.dirname, '../..');
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, `must be a whole number from ${least} to ${most}`);

const url = (...protocols: string[]) =>
  z.string().refine(
    (value) => {
      const parsed = URL.parse(value);
      return parsed !== null && protocols.includes(parsed.protocol) && parsed.hostname !== '';
    },
    `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );

/** `Name <mailbox@domain>` or `mailbox@domain` (RFC 5322, 3.4), in one line. */
const SENDER = /^(?:[^<>@\r\n]{1,100} <[^<>@\s]{1,64}@[^<>@\s]{1,255}>|[^<>@\s]{1,64}@[^<>@\s]{1,255})$/;

/** Every setting there is. `.env.example` has a line for each; a test compares the two. */
export const SETTINGS = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().min(1).optional(),
  PORT: whole(1, 65_535).optional(),
  ISSUER: url('https:', 'http:').refine(isOrigin, 'must be an origin alone: no path, query, fragment or user').optional(),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/[^/]+/, 'must begin with mongodb:// or mongodb+srv://')
    .optional(),
  DATA_DIR: z.string().optional(),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  MAIL_FROM: z.string().regex(SENDER, 'must be like: USCIS Account <account@example.org>').optional(),
  ...smsFields,
  ENCRYPTION_KEYS: keyRing.optional(),
  COOKIE_KEYS: keyRing.optional(),
  CONFIG_DIR: z.string().optional(),
  TRUST_PROXY: whole(0, 10).optional(),
  WORKERS: whole(1, 64).optional(),
  METRICS_PORT: whole(1, 65_535).optional(),
  METRICS_HOST: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).optional(),
});

/** Reads the settings; every fault found is added to `faults`. What comes back may be used only when there was none. */
export function readSettings(env: Env, faults: string[]): Settings {
  // An empty line in an env file means "not set".
  const given = Object.fromEntries(Object.keys(SETTINGS.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const value: Partial<z.infer<typeof SETTINGS>> = {};
  for (const [name, schema] of Object.entries(SETTINGS.shape)) {
    const parsed = schema.safeParse(given[name]);
    if (parsed.success) Object.assign(value, { [name]: parsed.data });
    else faults.push(...parsed.error.issues.map((issue) => `${name} ${issue.message}`));
  }
  const production = env['NODE_ENV'] === 'production';
  const port = value.PORT ?? 3000;
  for (const name of ['MONGODB_URI', 'ENCRYPTION_KEYS', 'COOKIE_KEYS'] as const) {
    if (!given[name]) faults.push(`${name} is missing${production ? '' : ' (`npm start` sets it)'}`);
  }
  if (value.ENCRYPTION_KEYS && value.COOKIE_KEYS && sharedKeys(value.ENCRYPTION_KEYS, value.COOKIE_KEYS)) {
    faults.push('COOKIE_KEYS must not repeat a key of ENCRYPTION_KEYS');
  }
  if (value.METRICS_PORT === port) faults.push('METRICS_PORT must differ from PORT: metrics are never served publicly');
  if (production) checkProduction(given, faults);
  const sms = readSms(value, production, faults);

  return {
    production,
    host: value.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port,
    issuer: (value.ISSUER ?? `http://localhost:${port}`).replace(/\/$/, ''),
    mongodbUri: value.MONGODB_URI ?? '',
    dataDir: path.resolve(value.DATA_DIR ?? path.join(PROJECT, '.data')),
    mail: { smtpUrl: value.SMTP_URL, from: value.MAIL_FROM ?? 'USCIS Account <account@example.org>' },
    sms,
    encryptionKeys: value.ENCRYPTION_KEYS ?? [],
    cookieKeys: value.COOKIE_KEYS ?? [],
    trustProxy: value.TRUST_PROXY ?? 0,
    workers: value.WORKERS ?? (production ? Math.min(availableParallelism(), 64) : 1),
    metricsPort: value.METRICS_PORT,
    metricsHost: value.METRICS_HOST ?? '127.0.0.1',
    logLevel: value.LOG_LEVEL ?? 'info',
    configDir: path.resolve(value.CONFIG_DIR ?? path.join(PROJECT, 'config')),
  };
}

function isOrigin(value: string): boolean {
  const parsed = URL.parse(value);
  return parsed !== null && [parsed.origin, `${parsed.origin}/`].includes(value);
}

/** Names that RFC 2606 and RFC 6761 keep for examples: such a value was copied and never filled in. */
const EXAMPLE = /(?:^|[@./])example(?:\.(?:com|net|org))?(?=$|[:/>])|\.invalid(?=$|[:/>])/i;

function checkProduction(given: Readonly<Record<string, string | undefined>>, faults: string[]): void {
  for (const name of ['ISSUER', 'SMTP_URL', 'MAIL_FROM'] as const) {
    const value = given[name];
    if (!value) faults.push(`${name} is missing`);
    else if (EXAMPLE.test(value)) faults.push(`${name} still has the value of an example`);
  }
  if (given['ISSUER']?.startsWith('http:')) faults.push('ISSUER must begin with https:// in production');
  const uri = given['MONGODB_URI'];
  if (uri?.startsWith('mongodb:') && !/[?&]replicaSet=[^&]/.test(uri)) faults.push('MONGODB_URI must name a replica set (replicaSet=…)');
}
