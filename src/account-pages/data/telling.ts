/**
 * Tables that say of every field of a value whether it is told, in which words, or why it is left out. A field without an entry does not
 * compile, so nothing that is kept of people is forgotten here.
 */
interface LeftOut {
  readonly leftOut: string;
}

interface How<Value> {
  /** The name in the file, where the field has another. */
  readonly as?: string;
  readonly tell: (value: Value) => unknown;
}

type FieldOf<Of> = Of extends unknown ? keyof Of : never;
type ValueOf<Of, Field> = Of extends unknown ? (Field extends keyof Of ? Of[Field] : never) : never;

/** Of a union, every field that one of its members has. */
export type Telling<Of> = { readonly [Field in FieldOf<Of>]-?: LeftOut | How<ValueOf<Of, Field>> };

export const whole: How<unknown> = { tell: (value) => value };
export const named = <Value>(as: string, tell: (value: Value) => unknown): How<Value> => ({ as, tell });
export const leftOut = (why: string): LeftOut => ({ leftOut: why });

/** What a table tells of a value. */
export function tell<Of extends object>(value: Of, telling: Telling<Of>): Readonly<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for (const [field, how] of Object.entries(telling) as [string, LeftOut | How<unknown>][])
    if (!('leftOut' in how) && field in value) told[how.as ?? field] = how.tell(value[field as keyof Of]);
  return told;
}

/** What a table leaves out, as `<name>.<field>`, and why. */
export const leftOutOf = (name: string, telling: object): readonly (readonly [string, string])[] =>
  Object.entries(telling as Readonly<Record<string, LeftOut | object>>).flatMap(([field, how]) =>
    'leftOut' in how ? [[`${name}.${field}`, how.leftOut] as const] : [],
  );
