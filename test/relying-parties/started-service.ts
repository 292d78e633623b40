/** A relying party that runs: the provider of the tests knows it as a client, and it knows the provider by its settings alone. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { folderOf, type RelyingPartyKind } from '../../scripts/relying-parties/relying-party.ts';
import { cacheDirOf } from '../../src/mongo/find-mongod.ts';
import { freePort } from '../support/free-port.ts';
import { secretOf, startServer } from '../support/server.ts';
import { afterFile } from '../support/suite.ts';

/** Where the service has its pages, below its origin. */
export interface Addresses {
  /** Where a sign-in begins, and what is shown after it. */
  readonly signIn: (issuer: string) => string;
  readonly callback: string;
  /** JSON: `id_token` and `userinfo`, their claims, and `access_token`; a 401 for whoever is signed out. */
  readonly account: string;
  /** Redeems the refresh token. */
  readonly refresh: (accessToken: string) => string;
  readonly signOut: string;
  readonly signedOut: string;
  readonly backChannel: string;
}

export interface ServiceInput {
  readonly kind: RelyingPartyKind;
  /** Its folder here. */
  readonly folder: string;
  readonly addresses: (home: string) => Addresses;
  /** What its record has besides. */
  readonly record: Readonly<Record<string, unknown>>;
  /** What its environment has besides. */
  readonly settings?: Readonly<Record<string, string>>;
}

export type StartedService = Awaited<ReturnType<typeof startService>>;

/** Starts a provider and the service; waits until the service answers. */
export async function startService({ kind, folder, addresses: addressesAt, record, settings }: ServiceInput) {
  const program = kind.find({ env: process.env, cacheDir: cacheDirOf(process.env) });
  if (!program) throw new Error(`${kind.name} is not installed: "npm test" does that, or ${kind.advice}`);

  // Another host than the provider's `localhost`: cookies know no ports.
  const port = await freePort();
  const home = `http://127.0.0.1:${port}`;
  const addresses = addressesAt(home);
  // Of characters that stay the same when they are encoded for a form, which RFC 6749, 2.3.1, asks for in the header: Authlib, among others,
  // sends a secret as it is, and a `+` in it would come out as a space.
  const secret = randomBytes(32).toString('base64url');
  const client = {
    client_id: folder,
    client_name: kind.name,
    client_secret: secret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [home + addresses.callback],
    post_logout_redirect_uris: [home + addresses.signedOut],
    backchannel_logout_uri: home + addresses.backChannel,
    backchannel_logout_session_required: true,
    ...record,
  };

  const place = await mkdtemp(path.join(tmpdir(), `${folder}-`));
  // What root starts may go on as another user.
  await chmod(place, 0o755);
  const configDir = path.join(place, 'config');
  await cp(path.resolve(import.meta.dirname, '../../config'), configDir, { recursive: true });
  await cp(folderOf(folder), path.join(place, 'service'), { recursive: true });
  await writeFile(path.join(configDir, 'clients.json'), JSON.stringify([client]));
  const server = await startServer({ env: { CONFIG_DIR: configDir } });

  // A file, since Apache opens its standard error anew, which a pipe of Node's does not let it.
  const log = path.join(place, 'said.log');
  const output = await open(log, 'a');
  const said = () => readFileSync(log, 'utf8').slice(-4000);
  const child = spawn(program.command, program.args, {
    cwd: place,
    env: {
      PATH: process.env.PATH,
      ISSUER: server.origin,
      CLIENT_ID: client.client_id,
      CLIENT_SECRET: secret,
      PORT: String(port),
      FOLDER: path.join(place, 'service'),
      PASSPHRASE: secretOf(),
      ...program.env,
      ...settings,
    },
    stdio: ['ignore', output.fd, output.fd],
  });
  await output.close();
  const ended = new Promise<void>((resolve) => child.once('error', () => resolve()).once('close', () => resolve()));
  let running = true;
  ended.then(() => {
    running = false;
  });
  const stop = async () => {
    if (running) child.kill('SIGTERM');
    await ended;
    await server.close();
    await rm(place, { recursive: true, force: true });
  };
  afterFile(stop);

  for (const until = Date.now() + 30_000; !(await answers(home)); await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (running && Date.now() < until) continue;
    const reason = said();
    await stop();
    throw new Error(`${kind.name} did not start: ${reason}`);
  }
  return { server, home, addresses, clientId: client.client_id, stop, said };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
