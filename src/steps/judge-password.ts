/**
 * Judging a typed password within the limits. Counted before it is judged, for unknown addresses alike; a browser that has completed a
 * sign-in of this account has a bucket of its own, so nobody can lock the owner out from elsewhere.
 */
import type { Deps } from '../deps.ts';
import type { Text } from '../language.ts';

export interface Judged {
  readonly right: boolean;
  /** What to say where it is not. */
  readonly problem: Text;
}

/** `hash` undefined costs the same time and is wrong. `key`: the account, or the address where there is none. */
export async function judgePassword(
  deps: Pick<Deps, 'attempts' | 'passwords'>,
  typed: { password: string; hash: string | undefined; key: string; ip: string; knownBrowser?: string | undefined },
): Promise<Judged> {
  const { attempts, passwords } = deps;
  const network = await attempts.spend('password-network', typed.ip);
  if (!network.ok) return { right: false, problem: { key: 'problems.wait', until: network.until } };
  const [limit, key] = typed.knownBrowser
    ? (['password-browser', `${typed.key}|${typed.knownBrowser}`] as const)
    : (['password-account', typed.key] as const);
  const counted = await attempts.spend(limit, key);
  if (!counted.ok) return { right: false, problem: { key: 'problems.wait', until: counted.until } };
  const right = await passwords.verify(typed.password, typed.hash);
  if (right) await Promise.all([attempts.forgive(limit, key), attempts.giveBack('password-network', typed.ip)]);
  return { right, problem: { key: 'problems.sign_in_failed' } };
}
