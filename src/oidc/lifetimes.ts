/** How long everything lives that the provider hands out. All in seconds. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../clock.ts';
import { OFFLINE_LIFETIME } from '../oidc-store/models.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Of a JWT access token: nothing can take it back before. */
export const API_TOKEN = 5 * MINUTE;
const ACCESS_TOKEN = HOUR;
/** How long a person's consent to a third party is remembered. */
export const CONSENT_REMEMBERED = 365 * DAY;

export interface Lifetimes {
  readonly ttl: NonNullable<Configuration['ttl']>;
  /** Whether a sign-in at `authTime` (seconds since 1970) is too old for its session, however active that is. */
  isOver(authTime: number | undefined): boolean;
  /** When a session that is used now ends: after the idle time, and never beyond its absolute limit. */
  sessionEnd(authTime: number | undefined): number;
  /**
   * Whether that is so much later than the end it has as to be worth a write: by a minute, or by a twentieth of the idle time where that is
   * less. A session may end so much sooner after its last use, and never later.
   */
  isWorthMoving(from: number, to: number): boolean;
}

interface Policy {
  readonly session: { readonly idleMinutes: number; readonly absoluteHours: number };
}

export function createLifetimes({ session }: Policy, clock: Clock): Lifetimes {
  const idle = session.idleMinutes * MINUTE;
  const absolute = session.absoluteHours * HOUR;
  const now = () => Math.floor(clock().getTime() / 1000);
  /** Until the sign-in is too old; the library wants a positive number even when nothing is left. */
  const left = (authTime: number, limit: number) => Math.max(1, Math.min(limit, authTime + absolute - now()));

  const authTimeOf = ({ oidc: { entities } }: KoaContextWithOIDC): number | undefined =>
    entities.RefreshToken?.authTime ?? entities.AuthorizationCode?.authTime;

  return {
    isOver: (authTime) => authTime === undefined || now() - authTime >= absolute,
    sessionEnd: (authTime = now()) => now() + left(authTime, idle),
    isWorthMoving: (from, to) => to - from >= Math.min(MINUTE, idle / 20),
    ttl: {
      // The most that FAPI 2.0 5.3.2.1 (11) allows; the library adds no tolerance for clocks to it.
      AuthorizationCode: MINUTE,
      IdToken: 10 * MINUTE,
      // Bound to a session, a token never outlives the session's absolute limit.
      AccessToken(ctx, token) {
        const usual = token.resourceServer?.accessTokenTTL ?? ACCESS_TOKEN;
        const authTime = authTimeOf(ctx);
        return token.expiresWithSession && authTime !== undefined ? left(authTime, usual) : usual;
      },
      // All of a family end together, when its first was promised to (`iiat`), so rotation prolongs nothing.
      RefreshToken(_ctx, token) {
        if (token.expiresWithSession && token.authTime !== undefined) return left(token.authTime, absolute);
        return Math.max(1, (token.iiat ?? now()) + OFFLINE_LIFETIME - now());
      },
      Grant: OFFLINE_LIFETIME + DAY,
      // A sign-up may wait a week for a mail; whoever signs in is there. A change of the account rests on a sign-in just before it.
      Interaction: (_ctx, { prompt }) => (prompt.name === 'create' ? 7 * DAY : prompt.name === 'change' ? 30 * MINUTE : HOUR),
      Session: (_ctx, { loginTs }) => (loginTs === undefined ? idle : left(loginTs, idle)),
    },
  };
}
