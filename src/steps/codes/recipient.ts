/** To whom a code is sent, and within which limits. */
import type { LimitName } from '../../attempts/limits.ts';
import type { Message } from '../../messages/message.ts';
import type { Write } from '../../mongo/transaction.ts';

/** Whose code it is and where it goes. */
export interface Recipient {
  readonly address: string;
  /** Account, or journey while there is none: limits are counted by it. */
  readonly person: string;
  /** It is a method of an account already, not merely typed by somebody. */
  readonly proven?: boolean;
  /** The account in whose history a failure stands; that of `person`, where the method is proven. */
  readonly accountId?: string | undefined;
  /** What goes there in place of the code, where nobody is to have one; the page and its time are the same. */
  readonly message?: Message | undefined;
  /** What else is saved when a code is sent. */
  readonly beside?: readonly Write[] | undefined;
}

/** The limits of sending to this recipient, from the network `ip`. Numbers that nobody has proven cost apart from those of accounts. */
export function sendLimits(
  method: 'email' | 'text',
  { address, person, proven = false }: Recipient,
  ip: string,
): readonly (readonly [LimitName, string])[] {
  const to = address.toLowerCase();
  return [
    ['send-account', person],
    ['send-destination-account', `${person}|${to}`],
    ['send-destination', `${proven ? 'proven|' : ''}${to}`],
    ...(method === 'text' && !proven ? ([['send-texts-network', ip]] as const) : []),
    ...(method === 'text' ? ([['send-texts', proven ? 'proven' : 'all']] as const) : []),
  ];
}
