/**
 * The operator's command for clients, beside the file `clients.json`. Runs with the settings of the provider, beside it; all processes
 * follow within a second.
 *
 *   npm run clients -- --help
 */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Config } from '../src/config.ts';
import { ClientRefused, sayUnread } from '../src/oidc/clients/check-client.ts';
import { describeChange } from '../src/oidc/clients/client-diff.ts';
import { describeLine } from '../src/oidc/clients/file-clients.ts';
import { KEEP_HOURS, type ListedClient, type OperatorClients } from '../src/oidc/clients/operator-clients.ts';
import { createProvider, type OpenIdProvider } from '../src/oidc/provider.ts';
import type { KeptClient } from '../src/oidc-store/kept-client.ts';
import { besideProvider, obey, say } from './beside.ts';

const withProvider = (work: (provider: OpenIdProvider, config: Config) => Promise<void>) =>
  besideProvider(async ({ deps }, config, db) => work(await createProvider({ ...deps, db }), config));

const withClients = (work: (clients: OperatorClients, config: Config) => Promise<void>) =>
  withProvider(({ clients }, config) => work(clients, config));

/** A record as clients.json has one; `-` is the standard input. */
async function readRecord(file: string): Promise<Record<string, unknown>> {
  let record: unknown;
  try {
    record = JSON.parse(file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ClientRefused({ field: '--json', reason: `cannot be read: ${(error as Error).message}` });
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw new ClientRefused({ field: '--json', reason: 'must be one client record, an object' });
  return record as Record<string, unknown>;
}

/** The fields that `add` and `change` take as flags. */
const withFlags = (command: Command) =>
  command
    .option('--name <name>', 'what people are shown')
    .option('--redirect-uri <uri...>', 'where codes go, to the letter')
    .option('--post-logout-redirect-uri <uri...>')
    .option('--backchannel-logout-uri <uri>')
    .option('--initiate-login-uri <uri>')
    .option('--jwks-uri <uri>', 'where its public keys are')
    .option('--scope <scopes>', 'separated by spaces, in quotes')
    .option('--grant-type <type...>')
    .option('--auth-method <method>', 'private_key_jwt, client_secret_basic, client_secret_post, none')
    .option('--audience <uri...>', 'APIs that it may get access tokens for')
    .option('--first-party', "the operator's own service: no page of consent")
    .option('--sandbox', 'for trying things out: may redirect to this machine over http')
    .option('--fapi2', 'held to the FAPI 2.0 Security Profile');

/** By the name of the field, without a value where the flag was not given. */
const flags = (options: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  client_id: options.id,
  client_name: options.name,
  redirect_uris: options.redirectUri,
  post_logout_redirect_uris: options.postLogoutRedirectUri,
  backchannel_logout_uri: options.backchannelLogoutUri,
  initiate_login_uri: options.initiateLoginUri,
  jwks_uri: options.jwksUri,
  scope: options.scope,
  grant_types: options.grantType,
  token_endpoint_auth_method: options.authMethod,
  audiences: options.audience,
  first_party: options.firstParty,
  sandbox: options.sandbox,
  fapi2: options.fapi2,
});
const given = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

/** `--json`, and the flags over it. */
const asked = async (options: Readonly<Record<string, unknown>>) => ({
  ...(typeof options.json === 'string' && (await readRecord(options.json))),
  ...given(flags(options)),
});

/** `Number` takes what is empty, as of a variable of the shell that is not set, for 0: here it is no number. */
const number = (typed: string) => (typed.trim() === '' ? Number.NaN : Number(typed));

const saySecret = (secret: string | undefined) => {
  if (secret !== undefined) say(`client_secret, shown this once: ${secret}`);
};

const row = ({ clientId, origin, metadata, updatedAt, formerUntil, fault }: ListedClient) =>
  [
    clientId,
    origin.padEnd(12),
    String(metadata.token_endpoint_auth_method ?? 'client_secret_basic').padEnd(19),
    updatedAt.toISOString(),
    String(metadata.client_name ?? ''),
    isAhead(formerUntil) ? `(former secret until ${formerUntil?.toISOString()})` : '',
    fault ? `! not served: ${fault.field}: ${fault.reason}` : '',
  ]
    .join('  ')
    .trimEnd();
const isAhead = (time: Date | undefined) => time !== undefined && time > new Date();

function withoutSecret({ metadata, origin, createdAt, updatedAt, formerUntil }: KeptClient) {
  const { client_secret: secret, ...rest } = metadata;
  return {
    ...rest,
    ...(secret !== undefined && { client_secret: '(set)' }),
    origin,
    createdAt,
    updatedAt,
    ...(isAhead(formerUntil) && { formerUntil }),
  };
}

const program = new Command('clients').description(
  'Services that people sign in to: registered by the file clients.json, by this command, or by themselves. One record, one set of rules.',
);

withFlags(
  program
    .command('add')
    .description('registers a client; its secret is shown this once')
    .option('--json <file>', 'its metadata (RFC 7591) as an object; - reads the input. Flags win over it')
    .option('--id <client_id>', 'made up where it is missing'),
).action(async (options: Record<string, unknown>) => {
  const record = await asked(options);
  await withClients(async (clients) => {
    const { clientId, secret, unread = [] } = await clients.add(record);
    say(`client_id: ${clientId}`);
    saySecret(secret);
    unread.map(sayUnread).forEach(say);
  });
});

withFlags(
  program
    .command('change <client_id>')
    .description('changes what is said, and nothing else, and says what is another; its secret stays')
    .option('--json <file>', 'fields (RFC 7591) as an object, null takes one away; - reads the input. Flags win over it')
    .option('--unset <field...>', 'takes fields away, by their names in the record')
    .option('--dry-run', 'says what would be another, and does nothing'),
).action(async (id: string, options: Record<string, unknown> & { unset?: string[]; dryRun?: boolean }) => {
  const { unset = [], dryRun = false } = options;
  const fields = { ...(await asked(options)), ...Object.fromEntries(unset.map((field) => [field, null])) };
  await withClients(async (clients) => {
    const { changes, secret, unread = [] } = await clients.change(id, fields, { dryRun });
    [...changes.flatMap(describeChange), ...unread.map(sayUnread)].forEach(say);
    if (changes.length === 0) say('Nothing is another.');
    if (dryRun) say('Nothing was done (--dry-run).');
    saySecret(secret);
  });
});

program
  .command('list')
  .description('all clients: id, origin, how they prove who they are, when they were changed, name; and why one is not served (!)')
  .action(() => withClients(async (clients) => (await clients.list()).map(row).forEach(say)));

program
  .command('show <client_id>')
  .description('one client, as JSON; never its secret')
  .action((id: string) => withClients(async (clients) => void say(JSON.stringify(withoutSecret(await clients.get(id)), null, 2))));

program
  .command('rotate-secret <client_id>')
  .description('makes another secret, shown this once; the one before it stays good for a while')
  .option('--keep <hours>', 'how long; 0 ends it at once', number, KEEP_HOURS)
  .action((id: string, { keep }: { keep: number }) =>
    withClients(async (clients) => {
      const { secret, formerUntil } = await clients.rotateSecret(id, keep);
      saySecret(secret);
      say(formerUntil ? `The one before it is good until ${formerUntil.toISOString()}.` : 'The one before it ends within a second.');
    }),
  );

program
  .command('end-former-secret <client_id>')
  .description('ends the secret before the current one before its time')
  .action((id: string) =>
    withClients(async (clients) => {
      await clients.endFormerSecret(id);
      say('Only the current secret is good now.');
    }),
  );

program
  .command('end-registration-token <client_id>')
  .description('ends the token by which a client that registered itself changes its own record: it was stolen, or is not to any more')
  .action((id: string) =>
    withClients(async (clients) => {
      await clients.endManagement(id);
      say('Only this command changes it now.');
    }),
  );

program
  .command('remove <client_id>')
  .description('removes a client; its grants, codes and tokens end (JWT access tokens by themselves, within 5 minutes)')
  .action((id: string) =>
    withClients(async (clients, config) => {
      await clients.remove(id, config);
      say('Removed.');
    }),
  );

program
  .command('apply')
  .description('applies clients.json now, as every start does, and says what is another')
  .option('--dry-run', 'says what would be done, and does nothing')
  .option('--prune', 'removes the clients that the file has registered and has no more')
  .option('--keep <hours>', 'how long the secret before one that is changed stays good; 0 ends it at once', number, KEEP_HOURS)
  .action(({ dryRun = false, prune = false, keep }: { dryRun?: boolean; prune?: boolean; keep: number }) =>
    withClients(async (clients, config) => {
      const lines = await clients.apply(config, { dryRun, prune, keepHours: keep });
      lines.flatMap(describeLine).forEach(say);
      if (dryRun) say('Nothing was done (--dry-run).');
      if (lines.some(({ what }) => what === 'refused')) process.exitCode = 1;
    }),
  );

const token = program.command('token').description('initial access tokens: with one, an integrator registers clients alone');

token
  .command('issue')
  .description('makes one, shown this once')
  .option('--uses <count>', 'how many clients can be registered with it', number, 1)
  .option('--days <days>', 'how long', number, 7)
  .option('--note <text>', 'for whom it is', '')
  .action((asked: { uses: number; days: number; note: string }) =>
    withProvider(async ({ initialAccess }) => {
      const issued = await initialAccess.issue(asked);
      say(`initial access token, shown this once: ${issued.token}`);
      say(`Its id is ${issued.id}; it ends at ${issued.expiresAt.toISOString()}.`);
    }),
  );

token
  .command('list')
  .description('those that have not ended: id, uses left, end, note')
  .action(() =>
    withProvider(async ({ initialAccess }) => {
      for (const { id, uses, usesLeft, expiresAt, note } of await initialAccess.list())
        say(`${id}  ${usesLeft} of ${uses} left  until ${expiresAt.toISOString()}  ${note}`.trimEnd());
    }),
  );

token
  .command('revoke <id>')
  .description('ends one; clients that were registered with it stay')
  .action((id: string) =>
    withProvider(async ({ initialAccess }) => {
      if (!(await initialAccess.revoke(id)))
        throw new ClientRefused({ field: 'id', reason: 'there is no such token; see: npm run clients -- token list' });
      say('Revoked.');
    }),
  );

await obey(program, [ClientRefused, RangeError]);
