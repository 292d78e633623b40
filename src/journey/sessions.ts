/**
 * What people see and end of where they are signed in, and of the services that they have let in. `oidc/sessions` stands behind it; nothing
 * here speaks the library's own words.
 */
import type { Write } from '../mongo/transaction.ts';

/** One live session of an account. */
export interface ListedSession {
  /** A digest: it opens nothing, and stays the same for as long as the session lives. */
  readonly id: string;
  /** Whether it is the session that `SignedIn.sessionUid` names. */
  current(sessionUid: string): boolean;
  /** As `deviceOf` says it, where the session was seen last; '' when it is not known. */
  readonly device: string;
  /** The network address where it was seen last; '' when it is not known. */
  readonly ip: string;
  readonly startedAt: Date;
  readonly lastUsedAt: Date;
}

/** A client that holds something of the account. */
export interface ConnectedService {
  readonly clientId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly since?: Date;
  readonly firstParty: boolean;
}

/**
 * What ends sessions or tokens, to be saved in one transaction with its reason. Which services are to be told of it (OpenID Connect
 * Back-Channel Logout 1.0) is saved in the same one; `after` has them told at once, waits for none of them, and never throws. JWT access
 * tokens live until their `exp`, 5 minutes at most.
 */
export interface Ending {
  readonly writes: readonly Write[];
  readonly after: () => Promise<void>;
}

export interface Sessions {
  /** The live sessions of an account, the one that was used last first. */
  of(accountId: string): Promise<readonly ListedSession[]>;
  /** So many of them at most, with the one that `SignedIn.sessionUid` names whenever it was used; and how many there are besides. */
  newest(
    accountId: string,
    most: number,
    sessionUid: string,
  ): Promise<{ readonly sessions: readonly ListedSession[]; readonly more: number }>;
  /** One of them. */
  one(accountId: string, id: string): Promise<ListedSession | undefined>;
  /** Whether the account had this session a while ago, or has it. */
  had(accountId: string, id: string): Promise<boolean>;
  /** Ends all sessions, grants, remembered consents, codes and tokens of the account; a request under way brings none of them back. */
  endAll(accountId: string): Promise<Ending>;
  /** The same, but for this session, what came from it, and the consents that are remembered. */
  endOthers(accountId: string, sessionUid: string): Promise<Ending>;
  /**
   * Ends one session and what came from it. Undefined when the account has no such session; its write throws AppError `changed_elsewhere`
   * when somebody else was first.
   */
  endOne(accountId: string, id: string): Promise<Ending | undefined>;
  /** The clients that the account has granted something, by name; our own pages are none. */
  services(accountId: string): Promise<readonly ConnectedService[]>;
  /** A client of the past may be gone by now; then its id is all that is known of it. */
  clientName(clientId: string): Promise<string>;
  /**
   * Takes everything back from one client, wherever it was granted, with the consent that was remembered. Undefined when it has nothing;
   * its write throws AppError `changed_elsewhere` when somebody else was first.
   */
  withdraw(accountId: string, clientId: string): Promise<Ending | undefined>;
}
