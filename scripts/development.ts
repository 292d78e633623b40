/** Everything that development needs, without a setting: the database, the secrets, the provider and the demonstration service. */
import path from 'node:path';
import { type Embedded, openEmbedded } from '../src/mongo/embedded.ts';
import { type Child, compileBeforehand, startChild } from './child.ts';
import { openDataDir } from './data-dir.ts';
import { isFree } from './ports.ts';
import { leaveSettings } from './settings.ts';
import { StartError } from './start-error.ts';

const PROJECT = path.resolve(import.meta.dirname, '..');

export interface DevelopmentInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For people: one line at a time. */
  readonly say: (line: string) => void;
  /** Receives the JSON log of the processes. */
  readonly output: NodeJS.WritableStream;
  /** The programs; others in tests. */
  readonly provider?: string;
  readonly demo?: string;
}

export interface Development {
  /** Resolves with an exit code when one of the processes has ended by itself. */
  readonly ended: Promise<number>;
  /** Ends everything in order: the demonstration, the provider, the database. */
  stop(): Promise<void>;
  /** Ends the processes at once. */
  kill(): void;
}

/** Starts all of it and resolves when it can be used. Throws a StartError with a sentence that says what to do; then nothing runs. */
export async function startDevelopment(input: DevelopmentInput): Promise<Development> {
  const { env, say, output } = input;
  const port = portOf(env['PORT']);
  const host = env['HOST'] || '127.0.0.1';
  const folder = path.resolve(env['DATA_DIR'] || '.data');
  const issuer = env['ISSUER'] || `http://localhost:${port}`;
  const demoUrl = env['DEMO_URL'] || `http://localhost:${port + 1}`;

  // First the folder: "already running" says more than "the port is taken".
  const data = openDataDir(folder);
  let database: Embedded | undefined;
  let compiled: Promise<void> | undefined;
  let takeBack: (() => void) | undefined;
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    takeBack?.();
    for (const child of children.reverse()) await child.stop();
    await database?.stop();
    await compiled;
    data.release();
  };

  try {
    for (const needed of [port, port + 1]) {
      if (!(await isFree(needed, host))) {
        throw new StartError(`Port ${needed} is in use by another program. End it, or choose other ports: PORT=${port + 1000} npm start`);
      }
    }
    const { secrets } = data;
    const script = input.provider ?? path.join(PROJECT, 'src/main.ts');
    // While the database starts. What serves is loaded by the provider only when its settings are right; by itself it does nothing, and ends.
    if (input.provider === undefined) compiled = compileBeforehand(path.join(PROJECT, 'src/server.ts'), env);
    if (!env['MONGODB_URI']) database = await openDatabase(path.join(folder, 'mongodb'), input);
    await compiled;
    const shared = {
      ...env,
      DATA_DIR: folder,
      ISSUER: issuer,
      DEMO_URL: demoUrl,
      DEMO_CLIENT_ID: 'myuscis',
      DEMO_CLIENT_SECRET: env['DEMO_CLIENT_SECRET'] || secrets.demoClientSecret,
    };
    const settings = {
      ...shared,
      HOST: host,
      PORT: String(port),
      MONGODB_URI: env['MONGODB_URI'] || withDatabase(database?.uri ?? ''),
      ENCRYPTION_KEYS: env['ENCRYPTION_KEYS'] || secrets.encryptionKey,
      COOKIE_KEYS: env['COOKIE_KEYS'] || secrets.cookieKey,
    };
    const provider = startChild({ name: 'The provider', script, env: settings, output });
    children.push(provider);
    await provider.ready;
    takeBack = leaveSettings(folder, settings);
    const demo = startChild({
      name: 'The demonstration service',
      script: input.demo ?? path.join(PROJECT, 'demo/main.ts'),
      env: { ...shared, HOST: host, PORT: String(port + 1) },
      output,
    });
    children.push(demo);
    // It waits for the provider, which may have died meanwhile.
    const lost = provider.ended.then((code) =>
      Promise.reject(new StartError('The provider ended; the lines above say why.', { exitCode: code || 1 })),
    );
    await Promise.race([demo.ready, lost]);
  } catch (error) {
    await stop();
    throw error;
  }

  for (const line of [
    '',
    'Everything is running. Open:',
    `  ${issuer}/             sign in, or create an account`,
    ...(env['SMTP_URL']
      ? [`  (mail goes out through SMTP_URL)`]
      : [`  ${issuer}/dev/inbox    the inbox: every mail and text message that is sent`]),
    `  ${demoUrl}/             the demonstration myUSCIS, a service that people sign in to`,
    `The demonstration is the client "myuscis"; its secret and the data are in ${nameOf(folder)}. End with Ctrl-C.`,
    '',
  ]) {
    say(line);
  }
  return {
    ended: Promise.race(children.map((child) => child.ended)),
    stop,
    kill: () => {
      for (const child of children) child.kill();
    },
  };
}

/** As people would type it: relative where that is shorter. */
function nameOf(folder: string): string {
  const relative = path.relative(process.cwd(), folder);
  return relative === '' || relative.startsWith('..') ? folder : relative;
}

function portOf(value: string | undefined): number {
  const port = Number(value || 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_534)
    throw new StartError(`PORT must be a whole number from 1 to 65534, not "${value}".`);
  return port;
}

async function openDatabase(dataDir: string, { env, say }: DevelopmentInput): Promise<Embedded> {
  try {
    return await openEmbedded({ dataDir, log: say, env });
  } catch (cause) {
    throw new StartError((cause as Error).message, { cause });
  }
}

/** The embedded server's address, with the name of our database. */
function withDatabase(uri: string): string {
  const parsed = new URL(uri);
  parsed.pathname = '/provider';
  return parsed.href;
}
