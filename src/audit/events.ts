/** Everything that is recorded of an account's life, as types. No secret and no address ever stands in an event. */
interface Whose {
  readonly accountId: string;
  readonly ip: string;
  readonly browser: string;
}

/** What an account became or did: recorded in the transaction that made it so. */
type Change =
  | { readonly type: 'account.created'; readonly methods: readonly string[] }
  | { readonly type: 'sign-in.succeeded'; readonly method: string; readonly acr: string; readonly client: string }
  | { readonly type: 'terms.accepted'; readonly version: string }
  | { readonly type: 'account-type.chosen'; readonly service: string; readonly accountType: string }
  | { readonly type: 'consent.given'; readonly client: string; readonly scopes: readonly string[] };

/** What was tried or came to its end, with nothing to be saved beside it (ASVS 16.3.1). */
type Incident =
  /** A wrong password. */
  | { readonly type: 'sign-in.failed' }
  /** A wrong one-time code. */
  | { readonly type: 'code.failed'; readonly method: string }
  /** `until`: when the next attempt passes. The account has one event for each time that a limit shuts, however many knock. */
  | { readonly type: 'limit.reached'; readonly limit: string; readonly until: Date }
  /** Signed out. */
  | { readonly type: 'session.ended' };

export type AuditEvent = Whose & (Change | Incident);

/** `accountId` is undefined where nobody has the account: then the log alone tells of it. */
export type NotedEvent = Omit<Whose, 'accountId'> & { readonly accountId: string | undefined } & Incident;
