/** "Didn't receive confirmation instructions?": which mail goes out again, and to whose sign-up. */
import type { Account } from '../accounts/account.ts';
import type { Deps } from '../deps.ts';
import type { StoredJourney } from '../journey/stored-journey.ts';
import type { Language, Text } from '../language.ts';
import { findUnfinishedSignUp } from '../steps/unfinished-sign-up.ts';
import { sendConfirmation, spendConfirmation } from './confirmation.ts';
import type { EmailAnswer } from './email.ts';
import { signUp } from './journey.ts';

/** Asking twice within so long is asking once. */
const DOUBLE_CLICK_MS = 5_000;

/** Who asks: a network address, the digest of the cookie that tells browsers apart, and in which language. */
export interface Asking {
  readonly ip: string;
  readonly browser: string;
  /** Of the page for a sign-up of this language, which may have been changed since that was begun. */
  readonly languageFor: (begun: Language) => Language;
}

interface Unfinished {
  readonly id: string;
  readonly email: EmailAnswer;
  readonly language: Language;
  readonly keptUntil: Date;
}

/** What sends returns what to say where it is refused. */
export function createResend(deps: Deps) {
  return { waitingIn, mailAgain, sendAgain };

  /**
   * The sign-up of this browser that waits for its address to be confirmed. One that has been is nobody's business here: several people
   * may share the browser, and the cookie that tells it from others lasts a year and proves nothing.
   */
  async function waitingIn({ browser }: Pick<Asking, 'browser'>): Promise<StoredJourney | undefined> {
    const begun = await deps.journeys.findByBrowser('sign-up', browser);
    return begun && !signUp.answered('confirm', begun.content.answers) ? begun : undefined;
  }

  /** An unfinished sign-up gets a mail that resumes it, a finished account its account-created mail, an unknown address nothing. */
  async function sendAgain(asking: Asking, canonical: string): Promise<Text | undefined> {
    const account = await deps.accounts.findByEmail(canonical);
    const unfinished = (await waitingHere(asking, canonical)) ?? (await findUnfinishedSignUp(deps, canonical));
    return unfinished && !account
      ? mailAgain(asking.ip, { ...unfinished, email: { address: unfinished.address, canonical } })
      : createdAgain(asking.ip, canonical, account);
  }

  /** The sign-up with this address that waits in this very browser: its page must take the code of the next mail. */
  async function waitingHere({ browser, languageFor }: Asking, canonical: string) {
    const begun = await waitingIn({ browser });
    const email = begun?.content.answers.email as EmailAnswer | undefined;
    if (!begun || email?.canonical !== canonical) return undefined;
    return { id: begun.id, address: email.address, language: languageFor(begun.content.language), keptUntil: begun.keptUntil };
  }

  async function mailAgain(ip: string, { id, email, language, keptUntil }: Unfinished): Promise<Text | undefined> {
    const { keep, writes } = await sendConfirmation(deps, { journeyId: id, email, language, keptUntil, ip });
    if (keep.until) return refusal(new Date(keep.until));
    await deps.transaction(writes);
    deps.outbox.nudge();
    return undefined;
  }

  async function createdAgain(ip: string, canonical: string, account: Account | undefined): Promise<Text | undefined> {
    const spent = await spendConfirmation(deps, ip, canonical);
    if (!spent.ok) return refusal(spent.until);
    if (!account) return undefined;
    const { id, email, language } = account;
    const message = { kind: 'account-created', to: email, language, signInUrl: `${deps.config.issuer}/` } as const;
    await deps.transaction([deps.outbox.enqueue(`account-created/${id}/${deps.newId()}`, message)]);
    deps.outbox.nudge();
    return undefined;
  }

  /** Nothing after a second click on the same button: what it asks for was done a moment ago. */
  function refusal(until: Date): Text | undefined {
    const { apartSeconds = 0 } = deps.config.policy.limits['confirmation-address'];
    const sinceLast = apartSeconds * 1000 - (until.getTime() - deps.clock().getTime());
    return sinceLast >= 0 && sinceLast < DOUBLE_CLICK_MS ? undefined : { key: 'problems.wait', until };
  }
}
