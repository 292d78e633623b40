/** Everything that is recorded of an account's life, as types. No secret and no address ever stands in an event. */
interface Whose {
  readonly accountId: string;
  readonly ip: string;
  readonly browser: string;
  /** Browser and system, as mails say it; absent or empty if unknown. */
  readonly device?: string | undefined;
}

type Method = 'email' | 'text' | 'app';
/** What a recovery rested on besides the mailed code. */
type RecoveryProof = 'questions' | 'backup-code' | 'method' | 'passkey' | 'operators';

/** What an account became or did: recorded in the transaction that made it so. */
type Change =
  | { readonly type: 'account.created'; readonly methods: readonly string[] }
  | { readonly type: 'sign-in.succeeded'; readonly method: string; readonly acr: string; readonly client: string }
  | { readonly type: 'terms.accepted'; readonly version: string }
  | { readonly type: 'account-type.chosen'; readonly service: string; readonly accountType: string }
  | { readonly type: 'consent.given'; readonly client: string; readonly scopes: readonly string[] }
  | { readonly type: 'password.changed'; readonly how: 'changed' | 'recovered' }
  | { readonly type: 'method.added' | 'method.renamed'; readonly method: Method }
  /** `which`: digest of its id, by which a second click on the same button is known. */
  | { readonly type: 'method.removed'; readonly method: Method; readonly which?: string }
  | { readonly type: 'passkey.added' | 'passkey.renamed' }
  | { readonly type: 'passkey.removed'; readonly which?: string }
  | { readonly type: 'backup-code.used' | 'backup-code.replaced' }
  | { readonly type: 'questions.changed' }
  /** Whether they may reset the password. */
  | { readonly type: 'questions.switched'; readonly on: boolean }
  | { readonly type: 'recovery.requested' }
  /** `operators`: who asked for it and who approved it; `reason`: why, in their words. */
  | {
      readonly type: 'recovery.waiting';
      readonly proof: RecoveryProof;
      readonly operators?: readonly [requestedBy: string, approvedBy: string];
      readonly reason?: string;
    }
  /** By a link in a mail ("stop this recovery", "this wasn't me", "stop the change"), by a sign-in, or on the account pages. */
  | {
      readonly type: 'recovery.cancelled';
      readonly by: 'cancel-recovery' | 'not-me' | 'freeze-email' | 'sign-in' | 'account-pages' | 'operators';
    }
  | { readonly type: 'email.change-requested' | 'email.changed' | 'email.frozen' | 'email.restored' | 'email.settled' }
  | { readonly type: 'notice-email.changed' | 'language.changed' }
  | { readonly type: 'sessions.ended'; readonly scope: 'one' | 'others' | 'all' }
  | { readonly type: 'service.withdrawn'; readonly client: string }
  | { readonly type: 'account.closing' | 'account.kept' }
  /** By whom and why: for operators, not for its owner. */
  | { readonly type: 'account.locked' | 'account.unlocked'; readonly operators: readonly [string]; readonly reason?: string }
  | { readonly type: 'data.downloaded' }
  /** Its owner said, signed in, that something in the history was somebody else. */
  | { readonly type: 'not-me.reported' };

/** What was tried or came to its end, with nothing to be saved beside it (ASVS 16.3.1). */
type Incident =
  /** A wrong password. */
  | { readonly type: 'sign-in.failed' }
  /** A wrong one-time code. */
  | { readonly type: 'code.failed'; readonly method: string }
  /** `until`: when the next attempt passes. The account has one event for each time that a limit shuts, however many knock. */
  | { readonly type: 'limit.reached'; readonly limit: string; readonly until: Date }
  /** A proof in a recovery was wrong. */
  | { readonly type: 'recovery.failed'; readonly proof: RecoveryProof }
  /** Its counter had fallen: it may have been copied. */
  | { readonly type: 'passkey.refused' }
  /** Signed out. */
  | { readonly type: 'session.ended' };

export type AuditEvent = Whose & (Change | Incident);

/** `accountId` is undefined where nobody has the account: then the log alone tells of it. */
export type NotedEvent = Omit<Whose, 'accountId'> & { readonly accountId: string | undefined } & Incident;
