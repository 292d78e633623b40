/**
 * clients.json: an array of client metadata (RFC 7591, 2). Only the file as a whole can stop the start; a record that cannot be read is
 * left out with the field and the reason.
 */
import path from 'node:path';
import { z } from 'zod';
import { type FileContext, fill, readJson } from './files.ts';

/** Metadata by their RFC names, with what this system adds to them. */
export interface ClientRecord {
  readonly client_id: string;
  readonly client_secret?: string | undefined;
  readonly redirect_uris?: readonly string[] | undefined;
  /** A service of the operator's own: no consent page, refresh tokens without `offline_access`. */
  readonly first_party?: boolean | undefined;
  /** For trying things out: may redirect to this machine over http. */
  readonly sandbox?: boolean | undefined;
  /** The APIs (resource indicators, RFC 8707) that it may get access tokens for. */
  readonly audiences?: readonly string[] | undefined;
  readonly [field: string]: unknown;
}

export interface RefusedClient {
  /** Its place in clients.json, from 1. */
  readonly index: number;
  /** Its `client_id`, where it has one. */
  readonly clientId: string | undefined;
  readonly field: string;
  readonly reason: string;
}

/** Everything else is judged where clients are registered, the same in all ways (`src/oidc/clients/check-client.ts`). */
const recordShape = z.looseObject({ client_id: z.string() });

interface Clients {
  readonly clients: readonly ClientRecord[];
  readonly refusedClients: readonly RefusedClient[];
}

export function readClients(context: FileContext, faults: string[]): Clients {
  const clients: ClientRecord[] = [];
  const refusedClients: RefusedClient[] = [];
  for (const folder of context.folders) {
    const records = readJson(path.join(folder, 'clients.json'), faults, folder !== context.folders[0]);
    if (records === undefined) continue;
    if (!Array.isArray(records)) {
      faults.push(`${path.join(folder, 'clients.json')} must be an array of client records`);
      continue;
    }
    for (const [index, record] of records.entries()) {
      const judged = judge(record, context, clients);
      if ('client' in judged) clients.push(judged.client);
      else refusedClients.push({ index: index + 1, clientId: idOf(record), ...judged });
    }
  }
  return { clients, refusedClients };
}

type Judged = { client: ClientRecord } | { field: string; reason: string };

function judge(record: unknown, context: FileContext, known: readonly ClientRecord[]): Judged {
  const missing: string[] = [];
  const filled = fill(record, context.env, 'settings', missing);
  if (missing[0]) return { field: '(settings)', reason: missing[0] };
  const parsed = recordShape.safeParse(filled);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { field: issue?.path.join('.') || '(record)', reason: issue?.message ?? 'is not a client record' };
  }
  const client = parsed.data as ClientRecord;
  if (known.some((other) => other.client_id === client.client_id)) return { field: 'client_id', reason: 'is used by another record' };
  return { client };
}

function idOf(record: unknown): string | undefined {
  const id = (record as { client_id?: unknown } | null)?.client_id;
  return typeof id === 'string' ? id.slice(0, 255) : undefined;
}
