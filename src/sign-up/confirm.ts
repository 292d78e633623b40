import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { action, advance, type Step, stay } from '../journey/journey.ts';
import { readCode } from '../second-factor/one-time-code.ts';
import { codeForm, isSlow, stillAhead } from '../steps/codes/code-page.ts';
import { findUnfinishedSignUp } from '../steps/unfinished-sign-up.ts';
import { type Confirmation, codeKeyOf, sendConfirmation } from './confirmation.ts';
import type { EmailAnswer } from './email.ts';

type Needs = { readonly email: EmailAnswer };

export interface Confirmed {
  readonly canonical: string;
  readonly at: string;
  /** An earlier sign-up with this address that has a password: it may be gone on with by whoever knows that. */
  readonly earlier?: string | undefined;
}

/** "Check your e-mail": the same page whether or not the address has an account. The code typed here keeps the sign-up in this browser. */
export const confirm: Step<'confirm', Needs, Confirmed> = {
  name: 'confirm',
  view: 'sign-up/confirm',
  holds: ({ canonical }, { email }) => canonical === email.canonical,
  revisit: () => false,
  arrive: async (deps, { journeyId, answers, language, keptUntil, ip, kept }) => {
    const former = kept as Confirmation | undefined;
    if (former?.canonical === answers.email.canonical && former.messageId) return { keep: former };
    return sendConfirmation(deps, { journeyId, email: answers.email, language, keptUntil, ip });
  },
  show: async ({ config, outbox, clock }, { answers, kept, keptUntil }) => {
    const sent = kept as Confirmation | undefined;
    const message = sent?.messageId ? await outbox.stateOf(sent.messageId) : undefined;
    return {
      address: answers.email.address,
      sender: config.mail.from,
      minutes: 10,
      until: keptUntil,
      sent: sent?.messageId !== undefined,
      limited: sent?.limited ?? 'address',
      slow: isSlow(message, sent?.at, clock),
      refused: message?.state === 'refused',
      resendUrl: '/users/confirmation/new',
      resendAt: stillAhead(sent?.until, clock),
    };
  },
  actions: {
    submit: action(codeForm, async (deps, { journeyId, answers }, input) => {
      const { canonical } = answers.email;
      const code = readCode(input.code);
      if (!code) return stay({ code: { key: 'problems.code_format' } });
      const counted = await deps.attempts.spend('code-account', journeyId);
      if (!counted.ok) return stay({ code: { key: 'problems.wait', until: counted.until } });
      const key = codeKeyOf(journeyId, canonical);
      const { verdict, triesLeft } = await deps.codes.judge(key, code);
      if (verdict !== 'right') {
        // Only a guess is a try: a code that slow mail brought after a newer one is none.
        if (verdict !== 'wrong') await deps.attempts.giveBack('code-account', journeyId);
        // Nothing was sent from here because the address had just been mailed: the code is that other sign-up's.
        return stay({ code: { key: verdict === 'none' ? 'problems.code_elsewhere' : `problems.code_${verdict}`, count: triesLeft } });
      }
      return advance(await confirmed(deps, canonical, journeyId), [deps.codes.consume(key, code)], () =>
        deps.attempts.forgive('code-account', journeyId),
      );
    }),
  },
};

/**
 * The answer of this step, however the address was proven. Only a sign-up that has proven it too counts as an earlier one: a stranger
 * may have typed it. Throws AppError `account_exists` when another sign-up with this address was finished in the meantime.
 */
export async function confirmed(
  deps: Pick<Deps, 'journeys' | 'accounts' | 'clock'>,
  canonical: string,
  journeyId: string,
): Promise<Confirmed> {
  if (await deps.accounts.holderOf(canonical)) throw new AppError('account_exists');
  const earlier = await findUnfinishedSignUp(deps, canonical);
  const resumable = earlier?.confirmed && earlier.passwordHash && earlier.id !== journeyId;
  return { canonical, at: deps.clock().toISOString(), ...(resumable && { earlier: earlier.id }) };
}
