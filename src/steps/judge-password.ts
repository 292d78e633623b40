/**
 * Judging a typed password within the limits. Counted before it is judged, for unknown addresses alike; a browser that has completed a
 * sign-in of this account has a bucket of its own, so nobody can lock the owner out from elsewhere.
 */
import type { Spent } from '../attempts/attempts.ts';
import type { Deps } from '../deps.ts';
import type { Visit } from '../journey/journey.ts';
import type { Text } from '../language.ts';
import { noteLimit } from './note-failure.ts';

export interface Judged {
  readonly right: boolean;
  /** What to say where it is not. */
  readonly problem: Text;
}

interface Typed {
  readonly password: string;
  /** Undefined costs the same time and is wrong. */
  readonly hash: string | undefined;
  /** By what it is counted: the address, whether or not somebody has it. */
  readonly key: string;
  /** Whose password it would be; undefined while there is no account. */
  readonly accountId?: string | undefined;
  /** This browser, where it has completed a sign-in of this account. */
  readonly knownBrowser?: string | undefined;
}

export async function judgePassword(
  deps: Pick<Deps, 'attempts' | 'passwords' | 'audit'>,
  visit: Pick<Visit<unknown>, 'ip' | 'browser' | 'device' | 'reference'>,
  typed: Typed,
): Promise<Judged> {
  const { attempts, passwords, audit } = deps;
  const { ip, browser, device, reference } = visit;
  const refused = (spent: Extract<Spent, { ok: false }>): Judged => {
    noteLimit(deps, visit, typed.accountId, spent);
    return { right: false, problem: { key: 'problems.wait', until: spent.until } };
  };
  const network = await attempts.spend('password-network', ip);
  if (!network.ok) return refused(network);
  const [limit, key] = typed.knownBrowser
    ? (['password-browser', `${typed.key}|${typed.knownBrowser}`] as const)
    : (['password-account', typed.key] as const);
  const counted = await attempts.spend(limit, key);
  if (!counted.ok) return refused(counted);
  const right = await passwords.verify(typed.password, typed.hash);
  if (right) await Promise.all([attempts.forgive(limit, key), attempts.giveBack('password-network', ip)]);
  else audit.note({ type: 'sign-in.failed', accountId: typed.accountId, ip, browser, device }, reference);
  return { right, problem: { key: 'problems.sign_in_failed' } };
}
