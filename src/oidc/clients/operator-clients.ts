/** What an operator does with clients, in words; the command and the start of the server are made of it. */
import type Provider from 'oidc-provider';
import type { ClientMetadata } from 'oidc-provider';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { randomId, randomToken } from '../../crypto/random.ts';
import type { ClientStore } from '../../oidc-store/client-store.ts';
import type { KeptClient, Metadata } from '../../oidc-store/kept-client.ts';
import { ClientRefused, checkClient, type Fault, faultOfStored, unreadFields } from './check-client.ts';
import { differences, type FieldChange } from './client-diff.ts';
import { type ApplyOptions, applyAtStart, applyFile, type ClientFile, type FileLine } from './file-clients.ts';

/** How long the secret before the current one is good where nobody says otherwise, in hours. */
export const KEEP_HOURS = 24;
const MOST_HOURS = 30 * 24;

export interface OperatorClients {
  /** As at every start; says in the log what was refused, changed, or is gone, and which clients are not served. */
  applyAtStart(file: ClientFile): Promise<void>;
  apply(file: ClientFile, options: Omit<ApplyOptions, 'formerUntil'> & { readonly keepHours?: number }): Promise<readonly FileLine[]>;
  /** Gives it an id where it has none, and the secret that it needs, which is told this once. Throws ClientRefused. */
  add(metadata: Metadata): Promise<Added>;
  /**
   * Puts these fields in the place of what it has; one that is null goes. The id stays, and so does the secret of whoever needs one; who needs
   * one and has none is given one, which is told this once. Throws ClientRefused where the result would be wrong, or where the file would undo it.
   */
  change(clientId: string, fields: Metadata, options?: { readonly dryRun?: boolean }): Promise<Changed>;
  list(): Promise<readonly ListedClient[]>;
  /** Throws ClientRefused where there is none. */
  get(clientId: string): Promise<KeptClient>;
  /**
   * Makes another secret, which is told this once; says until when the one before it is good, too. Throws ClientRefused, also where two are
   * good already and one of them would be kept.
   */
  rotateSecret(clientId: string, keepHours?: number): Promise<{ readonly secret: string; readonly formerUntil: Date | undefined }>;
  endFormerSecret(clientId: string): Promise<void>;
  /** Ends the token by which a client that has registered itself changes its own record. Throws ClientRefused where there is none. */
  endManagement(clientId: string): Promise<void>;
  /** Throws ClientRefused where there is none, or where the file would bring it back. */
  remove(clientId: string, file: ClientFile): Promise<void>;
}

export interface ListedClient extends KeptClient {
  /** What breaks a rule of today; no request of such a client is answered. */
  readonly fault?: Fault;
}

interface Told {
  readonly secret?: string;
  /** Fields that were given and that nothing reads, where there are any. */
  readonly unread?: readonly string[];
}
export type Added = Told & { readonly clientId: string };
export type Changed = Told & { readonly changes: readonly FieldChange[] };

interface Given {
  readonly provider: () => Provider;
  readonly clients: ClientStore;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createOperatorClients({ provider, clients, clock, log }: Given): OperatorClients {
  const deps = () => ({ provider: provider(), clients });

  function formerUntil(keepHours = KEEP_HOURS): Date | undefined {
    if (!(keepHours >= 0 && keepHours <= MOST_HOURS))
      throw new ClientRefused({ field: '--keep', reason: `must be 0 to ${MOST_HOURS} hours` });
    return keepHours === 0 ? undefined : new Date(clock().getTime() + keepHours * 3600_000);
  }

  async function get(clientId: string): Promise<KeptClient> {
    const found = await clients.get(clientId);
    if (!found) throw notThere();
    return found;
  }

  async function list(): Promise<readonly ListedClient[]> {
    const listed: ListedClient[] = [];
    for (const kept of await clients.list()) {
      const fault = await faultOfStored(provider(), kept.metadata);
      listed.push(fault ? { ...kept, fault } : kept);
    }
    return listed;
  }

  /** Whether it proves with a secret who it is. */
  const needsSecret = (metadata: Metadata): boolean =>
    (provider().Client as unknown as { needsSecret(metadata: ClientMetadata): boolean }).needsSecret(metadata as never);
  const missingSecret = (metadata: Metadata): string | undefined =>
    metadata.client_secret === undefined && needsSecret(metadata) ? randomToken(32) : undefined;

  /** Throws ClientRefused; tells which of the fields that were given nothing reads. */
  async function check(metadata: Metadata, given: Metadata): Promise<Pick<Told, 'unread'>> {
    const fault = await checkClient(provider(), metadata);
    if (fault) throw new ClientRefused(fault);
    const unread = unreadFields(provider(), metadata).filter((field) => field in given);
    return unread.length > 0 ? { unread } : {};
  }

  return {
    async applyAtStart(file) {
      await applyAtStart(deps(), file, formerUntil()!, log);
      for (const { clientId: client, origin, fault } of await list())
        if (fault) log.error({ client, origin, ...fault }, 'a client is not served: its record breaks a rule of this version');
    },
    apply: (file, { keepHours, ...options }) => applyFile(deps(), file, { ...options, formerUntil: formerUntil(keepHours) }),

    async add(given) {
      const clientId = given.client_id ?? randomId();
      const secret = missingSecret(given);
      const metadata = { ...given, client_id: clientId, ...(secret !== undefined && { client_secret: secret }) };
      const unread = await check(metadata, given);
      if (!(await clients.add(String(clientId), metadata, 'command'))) throw new ClientRefused({ field: 'client_id', reason: 'is taken' });
      return { clientId: String(clientId), ...(secret !== undefined && { secret }), ...unread };
    },

    async change(clientId, fields, { dryRun = false } = {}) {
      const kept = await get(clientId);
      if (kept.origin === 'file')
        throw new ClientRefused({ field: 'client_id', reason: 'is in clients.json; change it there, then: npm run clients -- apply' });
      if ((fields.client_id ?? clientId) !== clientId) throw new ClientRefused({ field: 'client_id', reason: 'cannot be changed' });
      if ('client_secret' in fields)
        throw new ClientRefused({ field: 'client_secret', reason: 'is changed by: npm run clients -- rotate-secret' });
      const asked = Object.fromEntries(Object.entries({ ...kept.metadata, ...fields }).filter(([, value]) => value !== null));
      const secret = missingSecret(asked);
      const { client_secret: _, ...without } = asked;
      // One that proves nothing any more would be good again after the next change, to whoever had found it meanwhile.
      const metadata = needsSecret(asked) ? { ...asked, ...(secret !== undefined && { client_secret: secret }) } : without;
      const unread = await check(metadata, fields);
      const changes = differences(kept.metadata, metadata);
      if (dryRun || changes.length === 0) return { changes, ...unread };
      if (!(await clients.replace(kept, metadata, undefined)))
        throw new ClientRefused({
          field: '(record)',
          reason: 'was changed by somebody else at the same moment; look at it, then try again',
        });
      return { changes, ...(secret !== undefined && { secret }), ...unread };
    },

    list,
    get,

    async rotateSecret(clientId, keepHours) {
      const until = formerUntil(keepHours);
      const { origin, metadata, formerUntil: former } = await get(clientId);
      if (origin === 'file')
        throw new ClientRefused({
          field: 'client_secret',
          reason: 'is what clients.json says; change it there, then: npm run clients -- apply',
        });
      // There are two at most, and the client may use either: nobody ends one of them by the way.
      if (until && former && former > clock())
        throw new ClientRefused({
          field: 'client_secret',
          reason: `the one before the current one is good until ${former.toISOString()} and would end now; end-former-secret ends it, --keep 0 both`,
        });
      const secret = randomToken(32);
      if (metadata.client_secret === undefined || !(await clients.rotateSecret(clientId, secret, until)))
        throw new ClientRefused({ field: 'client_secret', reason: `there is none (${metadata.token_endpoint_auth_method})` });
      return { secret, formerUntil: until };
    },

    async endManagement(clientId) {
      await get(clientId);
      if (!(await clients.endManagement(clientId)))
        throw new ClientRefused({ field: 'client_id', reason: 'has no registration access token' });
    },

    async endFormerSecret(clientId) {
      if (!(await clients.endFormerSecret(clientId))) throw notThere();
    },

    async remove(clientId, file) {
      if (file.clients.some(({ client_id: id }) => id === clientId) && (await get(clientId)).origin === 'file')
        throw new ClientRefused({ field: 'client_id', reason: 'is in clients.json, which would bring it back; take it out there first' });
      if (!(await clients.remove(clientId))) throw notThere();
    },
  };
}

const notThere = () => new ClientRefused({ field: 'client_id', reason: 'there is no client of this id' });
