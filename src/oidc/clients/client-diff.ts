/** What is another in one record than in the other, for an operator to read before it is done. Secrets are never told. */
import { isDeepStrictEqual } from 'node:util';
import type { Metadata } from '../../oidc-store/kept-client.ts';

export interface FieldChange {
  readonly field: string;
  /** A value is absent where the field is. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** By field; the id is the same. Fields without a value are none. */
export function differences(before: Metadata, after: Metadata): readonly FieldChange[] {
  const [old, young] = [plain(before), plain(after)];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(young)])].filter((field) => field !== 'client_id').sort();
  return fields
    .filter((field) => !isDeepStrictEqual(old[field], young[field]))
    .map((field) => ({ field, ...(field in old && { before: old[field] }), ...(field in young && { after: young[field] }) }));
}

/** One line, or one for each entry of a list that came or went. */
export function describeChange({ field, before, after }: FieldChange): readonly string[] {
  if (/secret$/.test(field)) return [`${field}: ${before === undefined ? 'set' : after === undefined ? 'removed' : 'changed'}`];
  if (Array.isArray(before) && Array.isArray(after)) {
    const gone = before.filter((entry) => !after.some((other) => isDeepStrictEqual(entry, other)));
    const come = after.filter((entry) => !before.some((other) => isDeepStrictEqual(entry, other)));
    if (gone.length + come.length > 0)
      return [
        ...gone.map((entry) => `${field}: - ${JSON.stringify(entry)}`),
        ...come.map((entry) => `${field}: + ${JSON.stringify(entry)}`),
      ];
  }
  if (before === undefined) return [`${field}: ${JSON.stringify(after)}`];
  return [`${field}: ${JSON.stringify(before)} -> ${after === undefined ? 'removed' : JSON.stringify(after)}`];
}

const plain = (metadata: Metadata): Record<string, unknown> => JSON.parse(JSON.stringify(metadata));
