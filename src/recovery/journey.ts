/**
 * Recovery: a mailed code, then one more proof, then a new password. It never signs in, and nothing alone opens an account: not the
 * mailbox, not the questions, not the phone. What rests on a method waits, so that its owner can object.
 */
import { noticesTo } from '../accounts/notices.ts';
import { filedAs, sideOf } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { journey, type Step } from '../journey/journey.ts';
import { newBackupCode } from '../steps/new-backup-code.ts';
import { type MethodAnswers, methodAdded, newMethodSteps } from '../steps/new-method.ts';
import { newPassword } from '../steps/new-password.ts';
import { type Answered, answerQuestions } from './answer-questions.ts';
import { chooseProof } from './choose-proof.ts';
import { type EmailAnswer, email } from './email.ts';
import { frozen, support, waiting } from './last-pages.ts';
import { provenByApp, provenByBackupCode, provenByPasskey, provenByText } from './proof-steps.ts';
import { chosenOf, type ForRecovery, type Hold, isFor, type Known, proof, provableIn } from './proven.ts';
import { type MailboxProven, recoveryCode } from './recovery-code.ts';
import { saveRecovery } from './save.ts';
import { supportCode } from './support-code.ts';
import type { WayKind } from './ways.ts';

const KEPT_MINUTES = 60;

interface Answers extends Known, MethodAnswers {
  readonly 'answer-questions'?: Partial<ForRecovery> & Answered;
  readonly 'backup-code'?: Partial<ForRecovery>;
  readonly 'text-code'?: Partial<ForRecovery>;
  readonly authenticator?: Partial<ForRecovery>;
  readonly passkey?: Partial<ForRecovery>;
  readonly 'support-code'?: Partial<ForRecovery>;
  readonly 'new-password'?: Partial<ForRecovery> & { readonly hash: string };
}

/** By which step each way is proven. */
const PROOF_OF = {
  questions: 'answer-questions',
  'backup-code': 'backup-code',
  text: 'text-code',
  app: 'authenticator',
  passkey: 'passkey',
  operators: 'support-code',
  nothing: 'answer-questions',
} as const satisfies Record<WayKind, keyof Answers>;

const chose =
  (...kinds: readonly WayKind[]) =>
  (answers: Answers) =>
    kinds.some((kind) => kind === answers['choose-proof']?.kind);
/** What was given for the way that is chosen now. */
function given(answers: Answers): Partial<ForRecovery> | undefined {
  const chosen = answers['choose-proof'];
  const answer: Partial<ForRecovery> | undefined = chosen && answers[PROOF_OF[chosen.kind]];
  return isFor(answer, chosen) ? answer : undefined;
}
/** What is answered after the proof belongs to it: whoever goes back and proves another mailbox takes nothing of it along. */
const counts = (answer: object | undefined, answers: Known) => isFor(answer, answers['choose-proof']);
const holdOf = (answers: Answers): Hold | undefined => given(answers)?.hold;
const isFrozen = (answers: Answers) => answers['recovery-code'].frozen;
const asksAnswers = (answers: Answers) => chose('questions')(answers) || (chose('nothing')(answers) && answers['choose-proof']!.answers);
/** Nobody but support can help: there is nothing, and the answers are forgotten or switched off. */
const nothingLeft = (answers: Answers) => chose('nothing')(answers) && (!asksAnswers(answers) || 'forgotten' in (given(answers) ?? {}));
const waits = (answers: Answers) => holdOf(answers)?.ripe === false;
const accepted = (answers: Answers) => given(answers) !== undefined && !nothingLeft(answers) && !waits(answers);
const anew = (answers: Answers) => accepted(answers) && answers['choose-proof']!.anew;
const proofsOfNew = (answers: MethodAnswers) => [answers['new-email-code'], answers['new-text-code'], answers['new-authenticator']];
const saved = (answers: Answers) =>
  proofsOfNew(answers).some((proven) => proven !== undefined && 'saved' in proven && counts(proven, answers));

/** Together with the answer of this step everything is saved, before a new backup code is shown: whoever stops there can sign in. */
function saving<Name extends string, Needs extends Answers, Gives extends object>(
  step: Step<Name, Needs, Gives>,
  whatOf: (deps: Deps, answers: Answers, answer: Gives) => Pick<Parameters<typeof saveRecovery>[2], 'passwordHash' | 'method'> | undefined,
): Step<Name, Needs, Gives> {
  return {
    ...step,
    revisit: () => false,
    holds: (answer, answers) => counts(answer, answers) && (step.holds?.(answer, answers) ?? true),
    actions: {
      ...step.actions,
      submit: {
        run: async (deps, visit, form) => {
          const outcome = await step.actions.submit.run(deps, visit, form);
          if (outcome.kind !== 'advance') return outcome;
          const chosen = chosenOf(visit.answers);
          const what = whatOf(deps, visit.answers, outcome.answer);
          if (!what) return { ...outcome, answer: { ...outcome.answer, chosen } };
          const { writes, after } = await saveRecovery(deps, visit, { ...what, hold: holdOf(visit.answers) });
          return {
            ...outcome,
            answer: { ...outcome.answer, chosen, saved: true },
            writes: [...(outcome.writes ?? []), ...writes],
            after: async () => {
              await outcome.after?.();
              await after();
            },
          };
        },
      },
    },
  };
}

const passwordStep = saving(
  newPassword<Answers & { readonly email: EmailAnswer }>({
    address: (_deps, { answers }) => answers.email.address,
    present: async (deps, visit) => (await provableIn(deps, visit)).account.passwordHash,
    why: 'recovery',
  }),
  (_deps, answers, { hash }) => (anew(answers) ? undefined : { passwordHash: hash }),
);

const { choice, by, ...proofs } = newMethodSteps<Answers>({
  account: async (deps, visit) => (await provableIn(deps, visit)).owner,
  person: (answers) => answers['recovery-code'].accountId,
  replaces: true,
});
const replacing = <Name extends keyof MethodAnswers, Gives extends object>(step: Step<Name, Answers, Gives>) =>
  saving(step, (deps, answers, answer) => ({
    passwordHash: answers['new-password']!.hash,
    method: methodAdded(deps, { ...answers, [step.name]: answer }),
  }));

/** Another one for another recovery: whoever has read the code of one account must not give it to another. */
const backupCodeStep: Step<'new-backup-code', Answers, { hash: string } & Partial<ForRecovery>> = {
  ...newBackupCode,
  holds: counts,
  arrive: async (deps, visit) => {
    const { kept, answers } = visit;
    if (kept && counts(kept, answers)) return { keep: kept };
    const { keep } = (await newBackupCode.arrive?.(deps, { ...visit, kept: undefined })) ?? {};
    return { keep: { ...(keep as object), chosen: chosenOf(answers) } };
  },
  actions: {
    ...newBackupCode.actions,
    submit: {
      run: async (deps, visit, form) => {
        const outcome = await newBackupCode.actions.submit.run(deps, visit, form);
        return outcome.kind === 'advance' ? { ...outcome, answer: { ...outcome.answer, chosen: chosenOf(visit.answers) } } : outcome;
      },
    },
  },
};

export const recovery = journey({
  kind: 'recovery',
  keptMinutes: () => KEPT_MINUTES,
  accountId: (answers) => {
    const mailbox = (answers as { 'recovery-code'?: MailboxProven })['recovery-code'];
    return mailbox && filedAs(mailbox.accountId, sideOf(mailbox));
  },
})
  .step(email, 'email')
  .step(recoveryCode, 'email')
  .stepIf(isFrozen, frozen, 'email')
  .stepIf((answers) => !isFrozen(answers), chooseProof, 'proof')
  .stepIf(asksAnswers, { ...proof(answerQuestions), revisit: (answer) => 'forgotten' in answer }, 'proof')
  .stepIf(chose('backup-code'), provenByBackupCode, 'proof')
  .stepIf(chose('text'), provenByText, 'proof')
  .stepIf(chose('app'), provenByApp, 'proof')
  .stepIf(chose('passkey'), provenByPasskey, 'proof')
  .stepIf(chose('operators'), proof(supportCode), 'proof')
  .stepIf(nothingLeft, support, 'proof')
  .stepIf(waits, waiting(holdOf), 'proof')
  .stepIf(accepted, passwordStep, 'new-sign-in')
  .stepIf((answers) => anew(answers) && !saved(answers), choice, 'new-sign-in')
  .stepIf((answers) => anew(answers) && by('email')(answers), replacing(proofs.emailCode), 'new-sign-in')
  .stepIf((answers) => anew(answers) && by('text')(answers), replacing(proofs.textCode), 'new-sign-in')
  .stepIf((answers) => anew(answers) && by('app')(answers), replacing(proofs.authenticator), 'new-sign-in')
  .stepIf((answers) => anew(answers) || (accepted(answers) && chose('backup-code')(answers)), backupCodeStep, 'new-sign-in')
  .finish(async (deps, { answers, journeyId, ip, browser, device }) => {
    // Nobody types twice what they have given (WCAG 2.2, 3.3.7).
    const signIn = { goOn: 'sign-in', draft: { step: 'password', values: { email: answers.email.address } } };
    if (!counts(answers['new-password'], answers)) return { result: signIn };
    const result = { ...signIn, notice: { key: 'notices.password_recovered' } };
    const { accountId } = answers['recovery-code'];
    const made = answers['new-backup-code'];
    const hash = counts(made, answers) ? made?.hash : undefined;
    const account = hash === undefined ? undefined : await deps.accounts.find(accountId);
    if (hash === undefined || !account) return { result };
    return {
      result,
      writes: [
        deps.accounts.setBackupCode(accountId, { from: null, to: hash }),
        deps.audit.record({ type: 'backup-code.replaced', accountId, ip, browser, device }),
        ...noticesTo(deps, account, `backup-code-replaced/${journeyId}`, { kind: 'security-change', what: 'backup-code-replaced', device }),
      ],
    };
  });
