/** The mail that confirms an address: a link and a short code, or, where the address has an account, a word to its owner. */
import type { Deps } from '../deps.ts';
import type { Language } from '../language.ts';
import type { Write } from '../mongo/transaction.ts';
import type { EmailAnswer } from './email.ts';

const LINK_HOURS = 24;

export interface Confirmation {
  readonly canonical: string;
  readonly at?: string;
  readonly messageId?: string;
  /** Sending was refused: when it may be asked for again. */
  readonly until?: string;
  /** Whose limit refused it: this address has just been mailed, or this network asked for too many. */
  readonly limited?: 'address' | 'network';
}

interface SignUpInProgress {
  readonly journeyId: string;
  readonly email: EmailAnswer;
  readonly language: Language;
  readonly keptUntil: Date;
  readonly ip: string;
}

export const codeKeyOf = (journeyId: string, canonical: string) =>
  ({ purpose: 'confirm-sign-up', journeyId, destination: canonical }) as const;

/** Addresses that nobody signs up with are counted like the others. */
export const spendConfirmation = ({ attempts }: Pick<Deps, 'attempts'>, ip: string, canonical: string) =>
  attempts.spendAll([
    ['confirmation-network', ip],
    ['confirmation-address', canonical],
  ]);

/** Within the limits; the same work and the same page whether or not the address has an account. */
export async function sendConfirmation(deps: Deps, signUp: SignUpInProgress): Promise<{ keep: Confirmation; writes: readonly Write[] }> {
  const { journeyId, email, language, keptUntil } = signUp;
  const { canonical } = email;
  const spent = await spendConfirmation(deps, signUp.ip, canonical);
  if (!spent.ok) {
    const limited = spent.limit === 'confirmation-network' ? 'network' : 'address';
    return { keep: { canonical, until: spent.until.toISOString(), limited }, writes: [] };
  }
  const holder = await deps.accounts.holderOf(canonical);
  const issued = deps.codes.issue(codeKeyOf(journeyId, canonical), deps.config.policy.code.emailMinutes);
  const link = deps.mailedLinks.issue({ purpose: 'confirm-sign-up', about: journeyId, canonical, hours: LINK_HOURS });
  const messageId = `confirm-sign-up/${journeyId}/${deps.newId()}`;
  const to = { to: email.address, language };
  const held = holder?.reserved
    ? ({ kind: 'address-reserved', ...to } as const)
    : ({ kind: 'account-exists', ...to, signInUrl: `${deps.config.issuer}/` } as const);
  const message = holder
    ? deps.outbox.enqueue(messageId, held)
    : deps.outbox.enqueue(messageId, {
        kind: 'confirm-sign-up',
        ...to,
        link: `${deps.config.issuer}/users/confirmation?confirmation_token=${link.token}`,
        code: issued.code,
        linkHours: LINK_HOURS,
        minutes: deps.config.policy.code.emailMinutes,
        until: keptUntil,
      });
  return { keep: { canonical, at: deps.clock().toISOString(), messageId }, writes: [issued.write, link.write, message] };
}
