/** Who works with the operators' commands, and what they have to say: alike for recoveries and locks. */
import type { Deps } from '../../deps.ts';
import type { OperatorStore } from './operator-store.ts';

/** A sentence for whoever typed the command: nothing was done. */
export class OperatorRefused extends Error {}

/** Who types, and what proves it. */
export interface Operator {
  readonly name: string;
  readonly passphrase: string;
}

const SHORTEST_REASON = 10;
const LONGEST_REASON = 500;

/** Throws `OperatorRefused` unless the passphrase is this operator's; tries are counted as those of a password. */
export async function prove(
  { attempts, passwords }: Pick<Deps, 'attempts' | 'passwords'>,
  store: Pick<OperatorStore, 'hashOf'>,
  { name, passphrase }: Operator,
): Promise<void> {
  const key = `${name}|operator`;
  const counted = await attempts.spend('password-account', key);
  if (!counted.ok) throw new OperatorRefused(`Too many wrong passphrases; the next one counts at ${counted.until.toISOString()}.`);
  if (!(await passwords.verify(passphrase, await store.hashOf(name))))
    throw new OperatorRefused('No operator has this name and passphrase.');
  await attempts.forgive('password-account', key);
}

/** The reason, tidied; throws `OperatorRefused` where it says nothing. */
export function readReason(typed: string): string {
  const reason = typed.trim();
  if (reason.length < SHORTEST_REASON || reason.length > LONGEST_REASON)
    throw new OperatorRefused(`Say the reason in ${SHORTEST_REASON} to ${LONGEST_REASON} characters; the history of the account keeps it.`);
  return reason;
}
