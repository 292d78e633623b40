/** Sign-in: the password, then a one-time code, every time. Both belong to one prompt: there is no half-signed-in session. */
import type { Account, DeliveryMethod, Method } from '../accounts/account.ts';
import { createAssurance } from '../accounts/assurance.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { journey, type Visit } from '../journey/journey.ts';
import { type AppProven, authenticator } from '../steps/codes/authenticator.ts';
import { emailCode } from '../steps/codes/email-code.ts';
import type { Proven } from '../steps/codes/sent-code.ts';
import { textCode } from '../steps/codes/text-code.ts';
import { terms } from '../steps/terms.ts';
import { chooseMethod } from './choose-method.ts';
import { type PasswordAnswer, password } from './password.ts';
import { tooWeak } from './too-weak.ts';

interface Known {
  readonly password: PasswordAnswer;
  readonly 'choose-method'?: { readonly id: string; readonly method: Method };
}

const KEPT_MINUTES = 60;

/** What was chosen may be a method of another account, whose password was given before this one's. */
const chosenOf = ({ password, 'choose-method': chosen }: Known) =>
  password.methods.find(({ id }) => id === chosen?.id) ?? password.methods[0];
const by = (method: Method) => (answers: Known) => chosenOf(answers)?.method === method;
const changeStep = ({ answers }: Visit<Known>) => (answers.password.methods.length > 1 ? 'choose-method' : undefined);

/** The account that gave its password; it may have been closed since. */
async function accountOf(deps: Deps, { answers }: Visit<Known>): Promise<Account> {
  const account = await deps.accounts.find(answers.password.accountId);
  if (!account) throw new AppError('page_expired');
  return account;
}

/** The methods of the account that are of the chosen kind; a text message goes to the chosen phone. */
async function methodOf<Kind extends Method>(deps: Deps, visit: Visit<Known>, kind: Kind) {
  const account = await accountOf(deps, visit);
  const id = chosenOf(visit.answers)?.id;
  const method = account.methods.find((candidate) => candidate.id === id);
  if (method?.method !== kind) throw new AppError('page_expired');
  return { account, method: method as Extract<DeliveryMethod, { method: Kind }> };
}

const emailCodeStep = emailCode<Known>({
  recipient: async (deps, visit) => {
    const { account } = await methodOf(deps, visit, 'email');
    return { address: account.email, person: account.id, proven: true };
  },
  changeStep,
});
const textCodeStep = textCode<Known>({
  recipient: async (deps, visit) => {
    const { account, method } = await methodOf(deps, visit, 'text');
    return { address: method.phone, person: account.id, proven: true };
  },
  changeStep,
});
const authenticatorStep = authenticator<Known>({
  person: ({ answers }) => answers.password.accountId,
  apps: async (deps, visit) => [(await methodOf(deps, visit, 'app')).method],
  use: (deps, { answers }, id, step) => deps.accounts.useAuthenticatorStep(answers.password.accountId, id, step),
  changeStep,
});

/** A proof counts for the account it was given for, which is not always the one whose password came last. */
const ofThisAccount = (proof: Proven | AppProven, { password }: Known) => 'person' in proof && proof.person === password.accountId;

/** A proof that is of the method chosen now. */
const proofOf = (answers: Known & { 'email-code'?: Proven; 'text-code'?: Proven; authenticator?: AppProven }) => {
  const method = chosenOf(answers)?.method;
  const proof = method && { email: answers['email-code'], text: answers['text-code'], app: answers.authenticator }[method];
  if (!proof || !('at' in proof)) throw new Error('a sign-in without a second factor');
  return { method, at: proof.at };
};

export const signIn = journey({
  kind: 'sign-in',
  keptMinutes: () => KEPT_MINUTES,
  accountId: ({ password }) => (password as PasswordAnswer | undefined)?.accountId,
})
  .step(password)
  .stepIf(({ password }) => password.tooWeak, tooWeak)
  .stepIf(({ password }) => password.methods.length > 1, chooseMethod)
  .stepIf(by('email'), { ...emailCodeStep, holds: ofThisAccount })
  .stepIf(by('text'), { ...textCodeStep, holds: ofThisAccount })
  .stepIf(by('app'), { ...authenticatorStep, holds: ofThisAccount })
  .stepIf(({ password }) => password.termsChanged, terms)
  .finish(async (deps, { answers, browser, ip, interaction }) => {
    const { accountId } = answers.password;
    const { method, at } = proofOf(answers);
    const assurance = createAssurance(deps.config.policy.acrValues).assure(method);
    const { terms } = answers;
    return {
      writes: [
        deps.accounts.rememberBrowser(accountId, browser),
        deps.audit.record({ type: 'sign-in.succeeded', accountId, ip, browser, method, acr: assurance.acr, client: interaction.client.id }),
        ...(terms
          ? [
              deps.accounts.acceptTerms(accountId, terms.version),
              deps.audit.record({ type: 'terms.accepted', accountId, ip, browser, version: terms.version }),
            ]
          : []),
      ],
      result: { login: { accountId, ...assurance, ts: Math.floor(Date.parse(at) / 1000) } },
    };
  });
