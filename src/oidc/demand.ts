/**
 * The level of assurance that a request asks for: `acr_values`, or `acr` in the `claims` parameter, where it may be essential
 * (OpenID Connect Core 5.5.1.1).
 */
import { canKeep } from '../oidc-store/can-keep.ts';

const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface Demand {
  readonly values: readonly string[];
  /** Without it the client gets no answer but an error; otherwise it is told what was reached. */
  readonly essential: boolean;
}

/** `params`: of the authorization request. The library lets `acr_values` hide an essential acr of `claims`; here that one wins. */
export function demandOf(params: Readonly<Record<string, unknown>>): Demand | undefined {
  const member = acrMember(params.claims);
  const claimed =
    member && [member.value, ...(Array.isArray(member.values) ? member.values : [])].filter((value) => typeof value === 'string');
  if (claimed?.length && member?.essential === true) return { values: claimed, essential: true };
  if (typeof params.acr_values === 'string') return { values: params.acr_values.split(' '), essential: false };
  return claimed?.length ? { values: claimed, essential: false } : undefined;
}

function acrMember(claims: unknown): Record<string, unknown> | undefined {
  if (typeof claims !== 'string') return undefined;
  // Checked to be JSON when the request came in.
  const { id_token: idToken } = JSON.parse(claims);
  return isJsonObject(idToken) && isJsonObject(idToken.acr) ? idToken.acr : undefined;
}

/** What is wrong with a `claims` parameter, if anything; beside this the library has checked that it is a JSON object of objects. */
export function faultOfClaims(claims: Readonly<Record<string, unknown>>): string | undefined {
  if (!canKeep(claims)) return 'claims must not be nested that deep, and no name in it may have a NUL';
  for (const part of ['userinfo', 'id_token']) {
    const members = claims[part];
    if (!isJsonObject(members)) continue;
    for (const [name, member] of Object.entries(members)) {
      if (member === null) continue;
      if (!isJsonObject(member)) return `claims.${part}.${name} must be null or an object`;
      if (member.values !== undefined && !(Array.isArray(member.values) && member.values.every((value) => typeof value === 'string')))
        return `claims.${part}.${name}.values must be an array of strings`;
      if (name === 'acr' && member.value !== undefined && typeof member.value !== 'string')
        return `claims.${part}.acr.value must be a string`;
    }
  }
  return undefined;
}
