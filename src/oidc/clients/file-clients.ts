/**
 * The operator's file, made true: what it has is so afterwards, and nothing is written for what is so already. What it has no more stays
 * until somebody says that it shall go; what was registered in another way is never taken over.
 */
import type Provider from 'oidc-provider';
import type { Logger } from 'pino';
import type { ClientRecord, RefusedClient } from '../../config.ts';
import type { ClientStore } from '../../oidc-store/client-store.ts';
import type { KeptClient } from '../../oidc-store/kept-client.ts';
import { checkClient, type Fault, sayUnread, unreadFields } from './check-client.ts';
import { describeChange, differences, type FieldChange } from './client-diff.ts';

/** As `Config` has it. */
export interface ClientFile {
  readonly clients: readonly ClientRecord[];
  readonly refusedClients: readonly RefusedClient[];
}

export type FileLine = { readonly clientId: string } & (
  | {
      readonly what: 'new' | 'changed';
      readonly changes: readonly FieldChange[];
      readonly unread: readonly string[];
      /** Until when a secret was to be good that ends now: two are good at most, and the one of the file is one of them. */
      readonly ends?: Date;
    }
  | { readonly what: 'unchanged' | 'gone' | 'removed' | 'doubtful' }
  | ({ readonly what: 'refused' } & Fault)
);

export interface ApplyOptions {
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean;
  /** Removes what the file has registered and has no more. */
  readonly prune?: boolean;
  /** How long the secret before one that is changed stays good. */
  readonly formerUntil: Date | undefined;
}

interface FileDeps {
  readonly provider: Provider;
  readonly clients: ClientStore;
}

/** One line for each record, in the order of the file; then those that the file has registered and has no more. */
export async function applyFile(deps: FileDeps, file: ClientFile, options: ApplyOptions): Promise<readonly FileLine[]> {
  const { clients } = deps;
  const known = new Map((await clients.list()).map((client) => [client.clientId, client]));
  const lines: FileLine[] = file.refusedClients.map(({ clientId, index, field, reason }) => ({
    clientId: clientId ?? `record ${index}`,
    what: 'refused',
    field,
    reason,
  }));
  for (const record of file.clients) lines.push(await applyRecord(deps, record, known.get(record.client_id), options));
  const named = new Set([...file.clients.map(({ client_id: id }) => id), ...file.refusedClients.map(({ clientId }) => clientId)]);
  // What came of a record whose id cannot be read may be any of those that seem to be gone.
  const doubtful = file.refusedClients.some(({ clientId }) => clientId === undefined || clientId.includes('${'));
  for (const { clientId, origin } of known.values()) {
    if (origin !== 'file' || named.has(clientId)) continue;
    const what = !options.prune ? 'gone' : doubtful ? 'doubtful' : 'removed';
    if (what === 'removed' && !options.dryRun) await clients.remove(clientId, 'file');
    lines.push({ clientId, what });
  }
  return lines;
}

async function applyRecord(
  { provider, clients }: FileDeps,
  record: ClientRecord,
  kept: KeptClient | undefined,
  { dryRun, formerUntil }: ApplyOptions,
): Promise<FileLine> {
  const clientId = record.client_id;
  const changes = differences(kept?.metadata ?? {}, record);
  const isStored = kept !== undefined && changes.length === 0;
  const fault = (await checkClient(provider, record, { isStored })) ?? (kept && faultOfOrigin(kept));
  if (fault) return { clientId, what: 'refused', ...fault };
  if (isStored) return { clientId, what: 'unchanged' };
  const ends = kept && (await endOfThird(clients, kept, record));
  const done = dryRun || (await (kept ? clients.replace(kept, record, formerUntil) : clients.add(clientId, record, 'file')));
  if (done) return { clientId, what: kept ? 'changed' : 'new', changes, unread: unreadFields(provider, record), ...(ends && { ends }) };
  // Another process, which starts at the same moment, has the same file.
  const now = await clients.get(clientId);
  const theirs = now && faultOfOrigin(now);
  if (theirs) return { clientId, what: 'refused', ...theirs };
  if (now && differences(now.metadata, record).length === 0) return { clientId, what: 'unchanged' };
  return { clientId, what: 'refused', field: '(record)', reason: 'was changed by somebody else at the same moment; apply it again' };
}

/** A secret that still counts beside the current one, and has no place beside it and the file's. */
async function endOfThird(clients: ClientStore, { clientId, metadata, formerUntil }: KeptClient, record: ClientRecord) {
  if (record.client_secret === metadata.client_secret) return undefined;
  const former = await clients.formerSecret(clientId);
  return former === undefined || former === record.client_secret ? undefined : formerUntil;
}

const WAYS = { command: 'by command', registration: 'by itself (dynamic registration)' } as const;

function faultOfOrigin({ origin }: KeptClient): Fault | undefined {
  if (origin === 'file') return undefined;
  return { field: 'client_id', reason: `is of a client that was registered ${WAYS[origin]}; remove that one first, or take another id` };
}

const MARKS = { new: '+', changed: '~', removed: '-', gone: '?', doubtful: '?', refused: '!', unchanged: '=' } as const;
const WORDS = {
  new: 'new',
  changed: 'changed',
  removed: 'removed: gone from the file',
  gone: 'gone from the file, stays registered; --prune removes it',
  doubtful: 'stays registered: may be of the record in the file whose id cannot be read',
  refused: 'refused',
  unchanged: 'unchanged',
} as const;

const sayEnded = (until: Date): string =>
  `the one before the current one was to be good until ${until.toISOString()}, and ends with this; whoever still uses it is refused`;

/** For people to read. */
export function describeLine(line: FileLine): readonly string[] {
  const head = `${MARKS[line.what]} ${line.clientId}  ${WORDS[line.what]}`;
  if (line.what === 'refused') return [`${head}: ${line.field}: ${line.reason}`];
  if (!('changes' in line)) return [head];
  const ended = line.ends ? [`client_secret: ${sayEnded(line.ends)}`] : [];
  return [head, ...[...line.changes.flatMap(describeChange), ...ended, ...line.unread.map(sayUnread)].map((text) => `    ${text}`)];
}

/** As at every start. */
export async function applyAtStart(deps: FileDeps, file: ClientFile, formerUntil: Date, log: Logger): Promise<void> {
  const lines = await applyFile(deps, file, { formerUntil });
  for (const line of lines) {
    const client = line.clientId;
    if (line.what === 'refused') log.error({ client, field: line.field, reason: line.reason }, 'a client of clients.json was refused');
    if (line.what === 'changed') log.info({ client, fields: line.changes.map(({ field }) => field) }, 'a client was changed');
    if ('ends' in line && line.ends) log.warn({ client }, `a secret in clients.json was changed twice: ${sayEnded(line.ends)}`);
    if ('unread' in line && line.unread.length > 0)
      log.warn({ client, fields: line.unread }, 'a client of clients.json has fields that nothing reads');
  }
  const gone = lines.filter(({ what }) => what === 'gone').map(({ clientId }) => clientId);
  if (gone.length > 0)
    log.warn({ clients: gone }, 'clients are gone from clients.json and stay registered; "npm run clients -- apply --prune" removes them');
}
