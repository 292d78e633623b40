/** The shape of a client's record: as it is stored, and as it is handed on. */

export type ClientOrigin = 'file' | 'command' | 'registration';
/** By the names of RFC 7591, and what this system adds to them. */
export type Metadata = Readonly<Record<string, unknown>>;

export interface StoredClient {
  _id: string;
  payload: Record<string, unknown>;
  /** Sealed under `clients/<id>/client_secret`, like the former one. */
  secret?: string;
  former?: { secret: string; until: Date };
  origin: ClientOrigin;
  createdAt: Date;
  updatedAt: Date;
}

export interface KeptClient {
  readonly clientId: string;
  /** With `client_id`, and with `client_secret` where there is one. */
  readonly metadata: Metadata;
  readonly origin: ClientOrigin;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Until when the secret before this one is accepted, too; it may be over. */
  readonly formerUntil?: Date;
}

/** A secret has a place of its own. Fields without a value are none. */
export function split(metadata: Metadata): { payload: Record<string, unknown>; secret: string | undefined } {
  const { client_secret: secret, ...payload } = JSON.parse(JSON.stringify(metadata)) as Record<string, unknown>;
  return { payload, secret: typeof secret === 'string' ? secret : undefined };
}
