/**
 * What the provider keeps, one collection for each of its models (clients have a store of their own): each then has its own indexes, its own life and its own shard key
 * (`_id`, hashed; clients by id), `revokeByGrantId` needs no filter by model, and one that grows leaves the others alone.
 *
 * This folder owns how those are kept; what they mean belongs to `oidc/`.
 */

const MINUTE = 60;
const DAY = 24 * 3600;

/** How long an authorization request may be left open at most: the 7 days of a sign-up (`ttl.Interaction`). */
const LONGEST_INTERACTION = 7 * DAY;

/** How long a refresh token that outlives its session (scope `offline_access`) and its rotated successors live, in seconds. */
export const OFFLINE_LIFETIME = 30 * DAY;

export interface KeptModel {
  readonly collection: string;
  /**
   * Seconds that a document is kept beyond its `exp`. The library judges `exp` itself and must still find what has expired to see that
   * it is used again; never less than its 15 s clock tolerance, within which an expired document still counts.
   */
  readonly slack: number;
  /** The whole payload is closed: the raw session cookie and interaction id stand in it, or what a person typed (`login_hint`). */
  readonly sealed?: true;
  /** Has no end of its own. */
  readonly lasting?: true;
  /** Used once only: a second document of the same id is refused, not written over the first. */
  readonly insertOnly?: true;
  /** Looked up or removed by these, beside the id. */
  readonly indexes?: readonly Readonly<Record<string, 1>>[];
}

const OF_A_GRANT = [{ grantId: 1 }, { accountId: 1, clientId: 1 }, { clientId: 1 }] as const;

export const MODELS: Readonly<Record<string, KeptModel>> = {
  // A session outlives its `exp` by a day, so that whoever tells the services of its end still finds which ones to tell.
  Session: { collection: 'oidc_session', slack: DAY, sealed: true, indexes: [{ uid: 1 }, { accountId: 1 }] },
  Interaction: { collection: 'oidc_interaction', slack: MINUTE, sealed: true },
  Grant: { collection: 'oidc_grant', slack: MINUTE, indexes: [{ accountId: 1, clientId: 1 }, { clientId: 1 }] },
  // A code is remembered as long as what it gave lives: a replay must find it, and through it the family to revoke (RFC 9700 4.5.2).
  AuthorizationCode: { collection: 'oidc_authorization_code', slack: OFFLINE_LIFETIME + DAY, indexes: OF_A_GRANT },
  AccessToken: { collection: 'oidc_access_token', slack: MINUTE, indexes: OF_A_GRANT },
  // Each of a family expires when the family does, so a rotated one is there to be recognised until then.
  RefreshToken: { collection: 'oidc_refresh_token', slack: MINUTE, indexes: OF_A_GRANT },
  // Marked as used when the authorization ends, which may be after a sign-up of a week and the pages that follow it.
  PushedAuthorizationRequest: { collection: 'oidc_pushed_authorization_request', slack: LONGEST_INTERACTION + DAY, sealed: true },
  ReplayDetection: { collection: 'oidc_replay_detection', slack: MINUTE, insertOnly: true },
  // How often the first may still be used stands beside (`initial-access-store.ts`); the second lives as long as its client.
  InitialAccessToken: { collection: 'oidc_initial_access_token', slack: MINUTE },
  RegistrationAccessToken: { collection: 'oidc_registration_access_token', slack: MINUTE, lasting: true, indexes: [{ clientId: 1 }] },
};
