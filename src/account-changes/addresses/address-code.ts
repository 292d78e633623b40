import type { Account } from '../../accounts/account.ts';
import type { EmailAddress } from '../../accounts/email-address.ts';
import type { Deps } from '../../deps.ts';
import type { Step, Visit } from '../../journey/journey.ts';
import type { Message } from '../../messages/message.ts';
import type { Write } from '../../mongo/transaction.ts';
import { keptOf } from '../../steps/codes/code-page.ts';
import { emailChannel } from '../../steps/codes/email-code.ts';
import { type Channel, type Proven, sentCodeStep } from '../../steps/codes/sent-code.ts';
import { type Owned, ownerOf } from '../owner.ts';

interface Options<Needs> {
  /** The address that was typed on the page before. */
  readonly address: (answers: Needs) => EmailAddress;
  readonly changeStep: string;
  /** What is sent in place of a code, where this address cannot be had. */
  readonly taken?: (deps: Deps, account: Account, address: EmailAddress) => Promise<Message | undefined>;
  /** What is saved when the first code is sent to an address. */
  readonly begun?: (deps: Deps, visit: Visit<Needs>, account: Account, address: EmailAddress) => readonly Write[];
}

/** Where its owner typed the address a moment ago, it is shown whole: that is how a slip is seen. */
const CHANNEL: Channel = {
  ...emailChannel,
  purpose: 'address-code',
  view: 'account-changes/address-code',
  mask: (address) => address,
  message: (to, code, { language }, minutes) => ({ kind: 'address-code', to, language, code, minutes }),
};

/** The code that shows that a new address is its owner's. Its tries count apart from those of sign-ins. */
export function addressCode<Needs extends Owned>({
  address: addressOf,
  changeStep,
  taken,
  begun,
}: Options<Needs>): Step<'address-code', Needs, Proven> {
  const step = sentCodeStep<'address-code', Needs>('address-code', CHANNEL, {
    recipient: async (deps, visit) => {
      const account = await ownerOf(deps, visit);
      const to = addressOf(visit.answers);
      const before = keptOf(visit, 'address-code') as { address?: string; at?: string } | undefined;
      const first = before?.address !== to.address || before.at === undefined;
      return {
        address: to.address,
        person: `${account.id}|address`,
        accountId: account.id,
        message: await taken?.(deps, account, to),
        beside: first ? begun?.(deps, visit, account, to) : undefined,
      };
    },
    changeStep: () => changeStep,
  });
  return { ...step, holds: (proof, answers) => 'address' in proof && proof.address === addressOf(answers).address };
}
