/**
 * Whether a record may be a client: the library's rules and ours (`extraClientMetadata`), as at a registration, and what only the operator
 * can choose: the id and the secret.
 */
import type Provider from 'oidc-provider';
import { type Client, type ClientMetadata, errors } from 'oidc-provider';
import type { Metadata } from '../../oidc-store/kept-client.ts';
import { ACCOUNT_PAGES } from '../clients.ts';
import { askingSector } from './sector.ts';

export interface Fault {
  /** Its name in the record; `(record)` where it is about several. */
  readonly field: string;
  /** Goes on from the name of the field: "must …". */
  readonly reason: string;
}

/** A client that is refused, or a command about one; the message names the field. */
export class ClientRefused extends Error {
  override readonly name = 'ClientRefused';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(`${fault.field}: ${fault.reason}`);
    this.fault = fault;
  }
}

const LEAST_SECRET = 32;

/**
 * Asks `sector_identifier_uri` for what is there, unless the very record is stored: it was asked then. Never throws because of what the
 * record says.
 */
export async function checkClient(provider: Provider, metadata: Metadata, { isStored = false } = {}): Promise<Fault | undefined> {
  const { client_id: id, client_secret: secret } = metadata;
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(id))
    return { field: 'client_id', reason: 'must be 1 to 255 visible ASCII characters' };
  if (id === ACCOUNT_PAGES) return { field: 'client_id', reason: `${ACCOUNT_PAGES} is built in` };
  if (secret !== undefined && !(typeof secret === 'string' && secret.length >= LEAST_SECRET))
    return { field: 'client_secret', reason: `must have at least ${LEAST_SECRET} characters` };
  const check = () => faultOfStored(provider, metadata);
  return isStored ? check() : askingSector(check);
}

/** Why a record that is stored is no client, though it was one when it was made: the rules have become stricter. Asks nobody. */
export async function faultOfStored(provider: Provider, metadata: Metadata): Promise<Fault | undefined> {
  try {
    await provider.Client.validate(structuredClone(metadata) as ClientMetadata);
    return undefined;
  } catch (error) {
    if (error instanceof errors.InvalidClientMetadata) return faultOf(error);
    // The library looks at some values before it has checked their types; what is nested without end ends in the second.
    if (error instanceof TypeError || error instanceof RangeError) return { field: '(record)', reason: error.message };
    throw error;
  }
}

/** The client that a record is which is right, as the library would have it; its types do not say that it can be made. */
export const clientOf = (provider: Provider, metadata: Metadata): Client =>
  new (provider.Client as unknown as new (metadata: Metadata) => Client)(structuredClone(metadata));

/** Fields of a record that is right which nothing reads: RFC 7591 2 wants them passed over, but a name may have been typed wrong. */
export function unreadFields(provider: Provider, metadata: Metadata): readonly string[] {
  const read = clientOf(provider, metadata).metadata();
  return Object.keys(metadata).filter((field) => metadata[field] !== undefined && !(field in read));
}

/** For people to read. */
export const sayUnread = (field: string): string => `${field}: nothing reads this field; is its name right?`;

/** The library names the field in its sentence, nearly always at the beginning. */
function faultOf({ error_description: sentence = '', cause }: errors.InvalidClientMetadata): Fault {
  const detail = cause instanceof Error ? cause.message : '';
  if (sentence === 'sector_identifier_uri is mandatory property')
    return { field: 'sector_identifier_uri', reason: 'is needed, since redirect_uris are at several hosts; or register a client for each' };
  if (sentence.includes('JSON Web Key Set')) return { field: 'jwks', reason: detail || sentence };
  const field = /\b(?:[a-z\d]+(?:_[a-z\d]+)+|jwks|scope|contacts|sandbox|audiences|fapi2)\b/.exec(sentence)?.[0] ?? '(record)';
  const rest = sentence.startsWith(`${field} `) ? sentence.slice(field.length + 1) : '';
  return { field, reason: /^(?:must|is|can|cannot) /.test(rest) ? rest : sentence };
}
