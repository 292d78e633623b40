/**
 * What a client's record may say beyond what the library judges: one function over the whole record, the same for the operator's file, the
 * operator's command and registration. What a name leads to is judged when something is fetched from it (`outgoing.ts`).
 */
import { canKeep } from '../../oidc-store/can-keep.ts';
import type { Metadata } from '../../oidc-store/kept-client.ts';
import type { Fault } from './check-client.ts';
import { internalHost, isLoopback, uriFault } from './client-uris.ts';
import { fapiFault } from './fapi.ts';

type Judge = (value: unknown, record: Metadata) => string | undefined;

/** What only the operator may say of a client. */
const OPERATORS = ['first_party', 'sandbox', 'audiences', 'require_pkce'] as const;
/** What this system adds to the metadata of the specifications. */
export const OWN_FIELDS = [...OPERATORS, 'fapi2'] as const;

const LONGEST_NAME = 100;
/** Bits (RFC 7518 3.3, FAPI 2.0 5.4.1). */
const LEAST_RSA = 2048;
const MOST_URIS = 50;
/** Written from right to left, or not at all, they make a name look like another (CVE-2021-42574). */
const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;
const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

const boolean: Judge = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');

/** Throws nothing, whatever the values are. The first fault of several, by the order of the rules. */
export function faultOfRecord(record: Metadata, { production }: { readonly production: boolean }): Fault | undefined {
  /** May lead to this machine over http. */
  const local = record.sandbox === true || !production;

  const redirects: Judge = (value) => {
    if (!Array.isArray(value)) return 'must be an array';
    if (value.length > MOST_URIS) return `must have at most ${MOST_URIS} entries`;
    return value.map((uri) => redirectFault(uri, record.application_type === 'native', local)).find(Boolean);
  };
  const shown: Judge = (value) => uriFault(value) ?? webFault(value as string, local);
  const asked: Judge = (value) => {
    const fault = uriFault(value) ?? webFault(value as string, !production);
    if (fault || !production) return fault;
    return internalHost(new URL(value as string).hostname) ? 'must not be an internal address' : undefined;
  };

  const rules: readonly (readonly [field: string, judge: Judge])[] = [
    ...(['first_party', 'sandbox', 'require_pkce', 'fapi2'] as const).map((field) => [field, boolean] as const),
    ['require_pkce', pkceFault],
    ['audiences', audiencesFault],
    ['client_name', nameFault],
    ['redirect_uris', redirects],
    ['post_logout_redirect_uris', redirects],
    ...(['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const).map((field) => [field, shown] as const),
    ...(['jwks_uri', 'sector_identifier_uri', 'backchannel_logout_uri'] as const).map((field) => [field, asked] as const),
    ['initiate_login_uri', record.sandbox === true ? shown : asked],
    ['jwks', jwksFault],
    ['response_types', typesFault],
  ];
  for (const [field, judge] of rules) {
    const reason = record[field] === undefined ? undefined : judge(record[field], record);
    if (reason) return { field, reason };
  }
  return record.fapi2 === true ? fapiFault(record) : undefined;
}

/** What a client that registers itself may not say, and the operator may. */
export function faultOfRegistration(record: Metadata): Fault | undefined {
  const field = OPERATORS.find((name) => record[name] !== undefined && record[name] !== null && record[name] !== '');
  if (field) return { field, reason: 'can only be set by the operator' };
  return record.subject_type === 'public' ? { field: 'subject_type', reason: 'can be public only where the operator says so' } : undefined;
}

/** Compared by the letter later on (RFC 9700 4.1.3), so that what does not mean what it looks like has no place here. */
function redirectFault(uri: unknown, native: boolean, local: boolean): string | undefined {
  const fault = uriFault(uri);
  if (fault) return fault;
  const { protocol, hostname } = new URL(uri as string);
  if (!native) return webFault(uri as string, local);
  if (protocol === 'https:') return webFault(uri as string, false);
  // RFC 8252 7.3: on the device itself, with any port.
  if (protocol === 'http:') return isLoopback(hostname) ? undefined : 'must begin with https://, but for loopback addresses';
  // RFC 8252 7.1: the name of a domain of the app's, reversed; so `javascript:`, `data:` and the like are none.
  return /^[a-z][a-z\d+-]*(?:\.[a-z\d+-]+)+:$/.test(protocol)
    ? undefined
    : 'must begin with https://, a loopback address over http, or a private-use scheme that is a reversed domain name';
}

function webFault(uri: string, local: boolean): string | undefined {
  const { protocol, hostname } = new URL(uri);
  if (local && isLoopback(hostname) && (protocol === 'http:' || protocol === 'https:')) return undefined;
  if (protocol !== 'https:') return 'must begin with https:// (http is for this machine alone, in development or with "sandbox": true)';
  if (internalHost(hostname) === 'address') return 'must name a host, not an IP address';
  return isLoopback(hostname) ? 'must not lead to localhost (that is for development, or with "sandbox": true)' : undefined;
}

/** RFC 9700 2.1.1: who is exempt has a nonce in its place, and a secret or key of its own. */
function pkceFault(value: unknown, { token_endpoint_auth_method: method }: Metadata): string | undefined {
  return value === false && method === 'none' ? 'must not be false for a public client' : undefined;
}

function audiencesFault(value: unknown): string | undefined {
  return Array.isArray(value) && value.every((uri) => typeof uri === 'string' && URL.canParse(uri) && !uri.includes('#'))
    ? undefined
    : 'must be an array of absolute URIs without a fragment';
}

/** People are shown it when they are asked for consent. */
function nameFault(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() !== value || value === '')
    return 'must be a text that neither begins nor ends with a space';
  if ([...value].length > LONGEST_NAME) return `must have at most ${LONGEST_NAME} characters`;
  return UNSEEN.test(value) ? 'must not have control characters, invisible ones, or such as turn the direction of writing' : undefined;
}

function jwksFault(value: unknown, record: Metadata): string | undefined {
  if (record.jwks_uri !== undefined) return 'and jwks_uri must not be used at the same time';
  if (!canKeep(value)) return 'must not be nested that deep, and no name in it may have a NUL';
  const keys = (value as { keys?: unknown } | null)?.keys;
  const isKey = (key: unknown): key is Metadata => typeof key === 'object' && key !== null && typeof (key as Metadata).kty === 'string';
  if (!Array.isArray(keys) || !keys.every(isKey)) return 'must be a JSON Web Key Set';
  if (keys.length > 20) return 'must have at most 20 keys';
  if (keys.some(({ kty, n }) => kty === 'RSA' && Buffer.from(String(n), 'base64url').length < LEAST_RSA / 8))
    return `must have RSA keys of at least ${LEAST_RSA} bits`;
  return keys.some((key) => key.kty === 'oct' || PRIVATE_PARTS.some((part) => part in key))
    ? 'must have public keys alone: a key in it has private parts, and should be used no more'
    : undefined;
}

/** `none` is for our own pages, which no other client can be. */
function typesFault(value: unknown): string | undefined {
  return Array.isArray(value) && value.every((type) => type === 'code') ? undefined : 'can only contain code';
}
