/** What an account is. Accounts come into being whole, at the end of a sign-up, and are never half there. */
import type { Language } from '../language.ts';

export type Method = 'email' | 'text' | 'app';

/** One way to get a one-time code. `id` is stable and names nothing secret; `name` is what its owner calls it. */
export type DeliveryMethod =
  | { readonly id: 'email'; readonly method: 'email' }
  | { readonly id: string; readonly method: 'text'; readonly phone: string; readonly name?: string | undefined }
  | {
      readonly id: string;
      readonly method: 'app';
      readonly secret: string;
      /** The last 30-second step whose code was accepted (RFC 6238 5.2). */
      readonly lastStep: number;
      readonly name?: string | undefined;
    };

/** A WebAuthn credential. It is no `method`: where scripts do not run it is no way in, so it never stands alone. */
export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  /** Signature counter at the last use; 0 for ever where the authenticator keeps none. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly name: string;
  /** Whether its key stays in one device (`hwk`) or travels (`swk`), if known (RFC 8176). */
  readonly key?: 'hwk' | 'swk' | undefined;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** What an address change left behind, for the time in which the former address may object. */
export interface Former {
  readonly email: string;
  /** Where it went before it came to the present one, if it was changed several times in a row: they may object, too. */
  readonly between: readonly string[];
  /** What could be proven before the change: only that restores. */
  readonly methods: readonly DeliveryMethod[];
  readonly backupCodeHash: string | null;
  readonly until: Date;
  /** When the former address stopped the change and all recovery. */
  readonly frozenAt: Date | null;
}

/** What an operator has locked nobody can use, its owner neither. `reason` is for operators; its owner is never shown it. */
export interface Locked {
  readonly at: Date;
  /** The operator. */
  readonly by: string;
  readonly reason: string;
}

export interface EndedSession {
  /** As the provider's storage names it. */
  readonly id: string;
  readonly at: Date;
}

/** Five password reset questions. */
export interface Questions {
  readonly ids: readonly string[];
  /** One hash over all five answers: they are judged together. */
  readonly answersHash: string;
  /** Whether they may reset the password; their owner can switch that off. */
  readonly forRecovery: boolean;
}

export interface Account {
  /** Random; the base of every `sub`, and never given to anybody else. */
  readonly id: string;
  readonly email: string;
  /** A second address, for notices only; it opens nothing. */
  readonly noticeEmail: string | null;
  /** Of mails and texts. */
  readonly language: Language;
  readonly passwordHash: string;
  /** The password may be known to somebody else: the next sign-in asks for another. */
  readonly newPasswordDue: boolean;
  readonly methods: readonly DeliveryMethod[];
  readonly passkeys: readonly Passkey[];
  /** When its owner said "not now" to a passkey. */
  readonly passkeyDeclinedAt: Date | null;
  /** `null` once it is spent, until the new one is shown. */
  readonly backupCodeHash: string | null;
  /** `null` where the profile of the operator has none, and until they are set after that. */
  readonly questions: Questions | null;
  readonly terms: { readonly version: string; readonly at: Date };
  /** Service id → account type, as the person declared it. */
  readonly memberships: Readonly<Record<string, string>>;
  /** Digests of the browsers that have completed a sign-in, newest last. */
  readonly browsers: readonly string[];
  readonly createdAt: Date;
  /** Sessions whose sign-in is older do not count, whoever wrote them last. */
  readonly sessionsSince: Date | null;
  /** The same for all sessions but one (`but`, as `EndedSession.id`): also for a sign-in that has no session yet, and takes it up later. */
  readonly othersSince: { readonly but: string; readonly at: Date } | null;
  /** Sessions that were ended by themselves, newest last: what was signed in there before does not count either. */
  readonly endedSessions: readonly EndedSession[];
  readonly former: Former | null;
  /** When it will be erased; signing in before that may keep it. */
  readonly closesAt: Date | null;
  /** When its owner last kept it after all. */
  readonly keptAt: Date | null;
  readonly locked: Locked | null;
}

/** An account as a sign-up makes it; the rest begins empty. */
export type NewAccount = Omit<
  Account,
  | 'createdAt'
  | 'noticeEmail'
  | 'newPasswordDue'
  | 'passkeys'
  | 'passkeyDeclinedAt'
  | 'sessionsSince'
  | 'othersSince'
  | 'endedSessions'
  | 'former'
  | 'closesAt'
  | 'keptAt'
  | 'locked'
  | 'questions'
> & {
  readonly questions: Pick<Questions, 'ids' | 'answersHash'> | null;
  readonly passkeys?: readonly Passkey[] | undefined;
  readonly passkeyDeclinedAt?: Date | null | undefined;
};
