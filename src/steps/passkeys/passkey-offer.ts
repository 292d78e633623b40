import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import type { Deps } from '../../deps.ts';
import { action, advance, type Step } from '../../journey/journey.ts';
import { type NewPasskey, type NewPasskeyOptions, passkeyUsedUp, registerPasskey, showNewPasskey } from './new-passkey.ts';

/** A new passkey, or "not now". */
export type PasskeyOffered = NewPasskey | { readonly person: string; readonly declinedAt: string };

const DAY_MS = 24 * 3600 * 1000;
const NOT_AGAIN_DAYS = 30;

/** Whether this account is to be asked: it has no passkey, and has not been asked for a while. */
export const isToBeOffered = (
  { passkeys, passkeyDeclinedAt }: Pick<Account, 'passkeys' | 'passkeyDeclinedAt'>,
  { clock }: Pick<Deps, 'clock'>,
): boolean =>
  passkeys.length === 0 && (passkeyDeclinedAt === null || clock().getTime() - passkeyDeclinedAt.getTime() >= NOT_AGAIN_DAYS * DAY_MS);

interface Options<Needs> extends NewPasskeyOptions<Needs> {
  /** The account that its owner's answers name, where they do: what was answered for another one does not count. */
  readonly person?: (answers: Needs) => string;
  /** It is the last page of a sign-up: nothing is kept before it is answered. */
  readonly last?: boolean;
}

/** "Sign in faster and safer with a passkey": offered, never forced (NIST SP 800-63B-4 2.2.2). What was answered holds for that account. */
export function passkeyOffer<Needs>(options: Options<Needs>): Step<'passkey-offer', Needs, PasskeyOffered> {
  return {
    name: 'passkey-offer',
    view: 'steps/passkey-offer',
    typed: ['name'],
    usedUp: passkeyUsedUp,
    holds: ({ person }, answers) => options.person === undefined || options.person(answers) === person,
    show: async (deps, visit) => {
      const form = await showNewPasskey(deps, visit, await options.owner(deps, visit));
      return { ...form, days: NOT_AGAIN_DAYS, last: options.last ?? false };
    },
    actions: {
      submit: registerPasskey(options),
      decline: action(z.object({}), async (deps, visit) =>
        advance({ person: (await options.owner(deps, visit)).id, declinedAt: deps.clock().toISOString() }),
      ),
    },
  };
}
