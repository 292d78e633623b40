/** Sign-up: from an address to an account. The account comes into being at the end, whole, or not at all. */
import type { DeliveryMethod, Method } from '../accounts/account.ts';
import { createAssurance } from '../accounts/assurance.ts';
import { type Answers, journey } from '../journey/journey.ts';
import { asksQuestions } from '../security-questions/questions.ts';
import { type AppProven, authenticator } from '../steps/codes/authenticator.ts';
import { emailCode } from '../steps/codes/email-code.ts';
import type { Proven } from '../steps/codes/sent-code.ts';
import { textCode } from '../steps/codes/text-code.ts';
import { type Delivery, delivery, offeredMethods } from '../steps/delivery.ts';
import { newBackupCode } from '../steps/new-backup-code.ts';
import { newPassword } from '../steps/new-password.ts';
import { passkeyOffer } from '../steps/passkeys/passkey-offer.ts';
import { questions } from '../steps/questions.ts';
import { terms } from '../steps/terms.ts';
import { type Confirmed, confirm } from './confirm.ts';
import { type EmailAnswer, email } from './email.ts';
import { resume } from './resume.ts';

interface Codes {
  readonly email: EmailAnswer;
  readonly delivery: Delivery;
  readonly 'email-code'?: Proven;
  readonly 'text-code'?: Proven;
  readonly authenticator?: AppProven;
}

/** The chosen methods that were proven by a code. */
function provenMethods(answers: Codes): readonly Method[] {
  const proven: Record<Method, boolean> = {
    email: isFor(answers['email-code'], answers.email.address),
    text: isFor(answers['text-code'], answers.delivery.phone),
    app: answers.authenticator !== undefined && 'secret' in answers.authenticator,
  };
  return answers.delivery.methods.filter((method) => proven[method]);
}
const isFor = (proven: Proven | undefined, address: string | undefined) =>
  proven !== undefined && 'address' in proven && proven.address === address;

const chose = (method: Method) => (answers: Codes) => answers.delivery.methods.includes(method);
/** Once one method is proven, another may be left out. */
const skipFor = ({ answers }: { answers: Codes }) => (provenMethods(answers).length > 0 ? answers.delivery.at : undefined);
const changeStep = () => 'delivery';
/** A proof holds for the address it was given for; leaving a method out holds for that choice of methods, while another is proven. */
const holds = (answer: Proven | AppProven, answers: Codes, address: string | undefined) =>
  'skipped' in answer ? answer.skipped === skipFor({ answers }) : !('address' in answer) || answer.address === address;

const emailCodeStep = emailCode<Codes>({
  recipient: async (_deps, { journeyId, answers }) => ({ address: answers.email.address, person: journeyId }),
  skipFor,
  changeStep,
});
const textCodeStep = textCode<Codes>({
  recipient: async (_deps, { journeyId, answers }) => ({ address: answers.delivery.phone!, person: journeyId }),
  skipFor,
  changeStep,
});
const authenticatorStep = authenticator<Codes>({
  person: ({ journeyId }) => journeyId,
  apps: async () => undefined,
  label: (_deps, { answers }) => answers.email.address,
  skipFor,
  changeStep,
});
const questionsStep = questions<{ readonly email: EmailAnswer; readonly 'new-password': { readonly hash: string } }>({
  owner: async (_deps, { answers }) => ({ address: answers.email.address, passwordHash: answers['new-password'].hash }),
});

/** The account will have this journey's id, by which the passkey names it. */
const passkeyOfferStep = passkeyOffer<{ readonly email: EmailAnswer }>({
  owner: async (_deps, { journeyId, answers }) => ({ id: journeyId, email: answers.email.address, passkeys: [] }),
  last: true,
});

/** A sign-up as the operator's profile has it. What was answered under another one, and is not in this one, does not count. */
export const signUpUnder = ({ profile }: { readonly profile: 'seed' | 'nist' }) =>
  journey({
    kind: 'sign-up',
    keptMinutes: ({ config }) => config.policy.signUpDays * 24 * 60,
    address: (answers: Answers) => {
      const { email, confirm } = answers as { email?: EmailAnswer; confirm?: Confirmed };
      return email && { value: email.canonical, proven: confirm?.canonical === email.canonical };
    },
  })
    .step(email, 'email')
    .step(confirm, 'email')
    .stepIf(({ confirm }) => confirm.earlier !== undefined, resume, 'email')
    .step(terms, 'terms')
    .step(newPassword({ address: (_deps, { answers }) => answers.email.address }), 'password')
    .step({ ...delivery, holds: ({ methods }) => methods.every((method) => offeredMethods(profile).includes(method)) }, 'delivery')
    .stepIf(chose('email'), { ...emailCodeStep, holds: (answer, answers) => holds(answer, answers, answers.email.address) }, 'delivery')
    .stepIf(chose('text'), { ...textCodeStep, holds: (answer, answers) => holds(answer, answers, answers.delivery.phone) }, 'delivery')
    .stepIf(chose('app'), { ...authenticatorStep, holds: (answer, answers) => holds(answer, answers, undefined) }, 'delivery')
    .step(newBackupCode, 'backup-code')
    .stepIf(asksQuestions({ profile }), questionsStep, 'questions')
    .step(passkeyOfferStep)
    .finish(async (deps, { journeyId, answers, browser, ip, device, language }) => {
      const methods = provenMethods(answers);
      const app = answers.authenticator;
      const all: readonly DeliveryMethod[] = methods.map((method): DeliveryMethod => {
        if (method === 'email') return { id: 'email', method };
        if (method === 'text') return { id: deps.newId(), method, phone: answers.delivery.phone! };
        const { id, secret, step } = app as { id: string; secret: string; step: number };
        return { id, method, secret, lastStep: step };
      });
      const proofs = [answers['email-code'], answers['text-code'], app].flatMap((proof) =>
        proof && 'at' in proof ? [Date.parse(proof.at)] : [],
      );
      const offered = answers['passkey-offer'];
      const strongest = methods.find((method) => method !== 'email') ?? 'email';
      // The account takes the journey's own random id: a second run of this cannot make a second account.
      const id = journeyId;
      return {
        after: () => deps.attempts.giveBack('sign-up-network', ip),
        writes: [
          deps.accounts.create(
            {
              id,
              email: answers.email.address,
              language,
              passwordHash: answers['new-password'].hash,
              methods: all,
              backupCodeHash: answers['new-backup-code'].hash,
              questions: (asksQuestions({ profile }) && answers.questions) || null,
              terms: { version: answers.terms.version, at: new Date(answers.terms.at) },
              memberships: {},
              browsers: [browser],
              ...('passkey' in offered
                ? { passkeys: [{ ...offered.passkey, createdAt: deps.clock(), lastUsedAt: null }] }
                : { passkeyDeclinedAt: new Date(offered.declinedAt) }),
            },
            answers.email.canonical,
          ),
          deps.audit.record({ type: 'account.created', accountId: id, ip, browser, methods }),
          // There is nobody else to tell of it: the account comes into being with it.
          ...('passkey' in offered ? [deps.audit.record({ type: 'passkey.added', accountId: id, ip, browser, device })] : []),
          deps.outbox.enqueue(`account-created/${id}`, {
            kind: 'account-created',
            to: answers.email.address,
            language,
            signInUrl: `${deps.config.issuer}/`,
          }),
        ],
        result: {
          login: {
            accountId: id,
            ...createAssurance(deps.config.policy.acrValues).assure(strongest),
            ts: Math.floor(Math.max(...proofs) / 1000),
          },
        },
      };
    });

/** What all profiles have in common may be asked of this one. */
export const signUp = signUpUnder({ profile: 'seed' });
