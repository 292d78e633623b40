/** Everything that is recorded of an account's life, as types. No secret and no address ever stands in an event. */
export type AuditEvent = { readonly accountId: string; readonly ip: string; readonly browser: string } & (
  | { readonly type: 'account.created'; readonly methods: readonly string[] }
  | { readonly type: 'sign-in.succeeded'; readonly method: string; readonly acr: string; readonly client: string }
  | { readonly type: 'terms.accepted'; readonly version: string }
  | { readonly type: 'account-type.chosen'; readonly service: string; readonly accountType: string }
  | { readonly type: 'consent.given'; readonly client: string; readonly scopes: readonly string[] }
);
