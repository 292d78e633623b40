/** What tokens say of a person: as little as does (OpenID Connect Core 5.4), and only what is true. */

import type { FindAccount } from 'oidc-provider';
import type { SecondFactor } from '../accounts/assurance.ts';
import type { Service } from '../config.ts';
import { randomToken } from '../crypto/random.ts';
import type { Write } from '../mongo/transaction.ts';

/** An account as far as tokens are concerned. */
export interface TokenAccount {
  readonly id: string;
  readonly email: string;
  /** Service id → account type, as the person declared it. */
  readonly memberships: Readonly<Record<string, string>>;
  readonly methods?: readonly { readonly method: SecondFactor }[] | undefined;
  readonly passkeys?: readonly unknown[] | undefined;
  /** Sessions whose sign-in is older do not count. */
  readonly sessionsSince?: Date | null | undefined;
  /** The same for all sessions but one (`SessionStore.idOf`). */
  readonly othersSince?: { readonly but: string; readonly at: Date } | null | undefined;
  /** Sessions that were ended (`SessionStore.idOf`), whatever a request under way has written back. */
  readonly endedSessions?: readonly { readonly id: string; readonly at: Date }[] | undefined;
  /** An account that an operator has locked has no sessions and gets no tokens. */
  readonly locked?: { readonly at: Date } | null | undefined;
  /** Nor does one that waits to be erased, until its owner keeps it. */
  readonly closesAt?: Date | null | undefined;
}

export interface TokenAccounts {
  find(id: string): Promise<TokenAccount | undefined>;
  /** Nothing that was signed in before this moment counts. */
  endEarlierSessions(id: string): Write;
  /** The same, but for this session (`SessionStore.idOf`). */
  endEarlierOthers(id: string, but: string): Write;
  /** Of sessions, as `SessionStore.idOf` names them. */
  endSessions(id: string, ids: readonly string[]): Write;
}

/** The account, if there is one and it may be used. */
export async function findActive(accounts: Pick<TokenAccounts, 'find'>, id: string): Promise<TokenAccount | undefined> {
  const account = await accounts.find(id);
  return account && !account.locked && !account.closesAt ? account : undefined;
}

/**
 * Whether a session was ended: by itself (`id`, as `SessionStore.idOf` says), or with everything of the account that was signed in before
 * (`loginTs`, seconds since 1970). That its document is there says nothing: a request that had read it before writes it back.
 */
export const isEnded = (
  { sessionsSince, othersSince, endedSessions = [] }: Pick<TokenAccount, 'sessionsSince' | 'othersSince' | 'endedSessions'>,
  { loginTs, id }: { readonly loginTs: number | undefined; readonly id?: string | undefined },
): boolean =>
  loginTs !== undefined &&
  (Boolean(sessionsSince && loginTs < secondsOf(sessionsSince)) ||
    // Of a token that outlives its session this does not count; it went with its grant, if that was another.
    Boolean(othersSince && id !== undefined && id !== othersSince.but && loginTs < secondsOf(othersSince.at)) ||
    // A browser may sign in again in what is left of such a session: the library keeps its uid (until `sessions/name-anew.ts`).
    endedSessions.some((ended) => ended.id === id && loginTs <= secondsOf(ended.at)));

const secondsOf = (date: Date) => Math.floor(date.getTime() / 1000);

export type ServiceEntry = Pick<Service, 'id' | 'clientId' | 'accountTypes'>;

/** Scope → claims. `account_type` stands with `openid` so that ID tokens carry it; it is filled in only where its scope was granted. */
export const CLAIMS = {
  openid: ['sub', 'acr', 'amr', 'auth_time', 'jti', 'account_type'],
  email: ['email', 'email_verified'],
  account_type: ['account_type'],
};

export const SCOPES = ['openid', 'offline_access', 'email', 'account_type'] as const;

/** What a `scope` names that is known here; the rest is passed over (OpenID Connect Core 3.1.2.1). */
export const knownScopes = (scope: unknown): readonly string[] =>
  typeof scope === 'string' ? scope.split(' ').filter((one) => (SCOPES as readonly string[]).includes(one)) : [];

/** The claims of what these scopes give, which a `claims` parameter may then ask for one by one, or in the ID token. */
export const claimsOf = (scopes: readonly string[]): readonly string[] =>
  [...new Set(scopes)].flatMap((scope) => (scope in CLAIMS && scope !== 'openid' ? CLAIMS[scope as keyof typeof CLAIMS] : []));

/** The type of this account at the service that the client is; undefined when it is no service, or none of its types was chosen. */
export function accountTypeOf(account: TokenAccount, service: ServiceEntry | undefined): string | undefined {
  const chosen = service && account.memberships[service.id];
  return service?.accountTypes.find(({ id }) => id === chosen)?.id;
}

/** What is known of the sign-in that a code or a token comes from. */
interface Source {
  readonly authTime?: number;
  readonly expiresWithSession?: boolean;
  readonly sessionUid?: string;
}

export function createFindAccount({
  accounts,
  services,
  sessionId,
}: {
  accounts: Pick<TokenAccounts, 'find'>;
  services: readonly ServiceEntry[];
  /** What a session is listed as (`SessionStore.idOf`). */
  sessionId: (uid: string) => string;
}): FindAccount {
  return async (ctx, accountId, token) => {
    const account = await findActive(accounts, accountId);
    const { authTime: loginTs, expiresWithSession, sessionUid } = (token ?? {}) as Source;
    const id = expiresWithSession && sessionUid !== undefined ? sessionId(sessionUid) : undefined;
    // Given out by a request that was under way when its session, or everything, was ended: that has written both back.
    if (!account || isEnded(account, { loginTs, id })) return undefined;
    const accountType = () =>
      accountTypeOf(
        account,
        services.find(({ clientId }) => clientId === ctx.oidc.client?.clientId),
      );
    return {
      accountId,
      accountType,
      // Needed before the library has loaded a client, and by the policy.
      account,
      claims: (use, scope) => {
        const type = scope.split(' ').includes('account_type') ? accountType() : undefined;
        return {
          sub: accountId,
          email: account.email,
          email_verified: true,
          ...(type !== undefined && { account_type: type }),
          // Two sign-ins give two tokens that can be told apart (SP 800-63C 4.9); only an ID token is an assertion.
          ...(use === 'id_token' && { jti: randomToken(16) }),
        };
      },
    };
  };
}
