import { z } from 'zod';
import type { Account, DeliveryMethod, Method } from '../accounts/account.ts';
import { MOST_METHODS } from '../accounts/credential-store.ts';
import type { Deps } from '../deps.ts';
import { action, advance, type Step, stay, type Visit } from '../journey/journey.ts';
import { maskPhone, parsePhoneNumber } from '../second-factor/phone-number.ts';
import { type AppProven, authenticator } from './codes/authenticator.ts';
import { emailChannel } from './codes/email-code.ts';
import { type Proven, sentCodeStep } from './codes/sent-code.ts';
import { textChannel } from './codes/text-code.ts';
import { offeredMethods } from './delivery.ts';
import { givenName } from './given-name.ts';

export interface NewMethod {
  /** For which account it was chosen. */
  readonly person: string;
  readonly method: Method;
  /** E.164, when text messages were chosen. */
  readonly phone?: string | undefined;
  /** What its owner calls it. */
  readonly name?: string | undefined;
  /** Ids of methods that are taken off in the same go. */
  readonly remove: readonly string[];
}

export interface MethodAnswers {
  readonly 'new-method'?: NewMethod | undefined;
  readonly 'new-email-code'?: Proven | undefined;
  readonly 'new-text-code'?: Proven | undefined;
  readonly 'new-authenticator'?: AppProven | undefined;
}

interface Options<Needs> {
  readonly account: (deps: Deps, visit: Visit<Needs>) => Promise<Account>;
  /** The id of that account: what was chosen and proven for another one does not count. */
  readonly person: (answers: Needs) => string;
  /** Said on the page where it is asked for. */
  readonly why?: (answers: Needs) => 'mail-ends' | 'code-spent' | undefined;
  /** Asks which of the former phones and apps are lost, too. */
  readonly removes?: boolean;
  /** It takes the place of all there are, so any may be chosen again. */
  readonly replaces?: boolean;
}

/** How many former methods the page lists. */
const MOST_LISTED = 9;
const REMOVALS = Array.from({ length: MOST_LISTED }, (_, index) => `remove_${index + 1}`);

const form = z.looseObject({
  method: z.string({ error: 'problems.new_method_required' }),
  phone: z.string().default(''),
  text_risks: z.string().optional(),
  name: givenName.default(''),
});

/**
 * One method to add to an account that is there, and its proof: four steps, of which a person meets two. Limits of what is not theirs yet
 * are counted apart from those of their sign-in.
 */
export function newMethodSteps<Needs extends object>(options: Options<Needs>) {
  const { account: accountOf, person, why, removes = false, replaces = false } = options;
  type Known = Needs & MethodAnswers;
  const key = (answers: Needs) => `${person(answers)}|new`;
  const methodsOf = (account: Account) => (replaces ? [] : account.methods);
  const changeStep = () => 'new-method';
  const isProof = (proof: Proven | AppProven, answers: Known) => 'person' in proof && 'at' in proof && proof.person === key(answers);

  const choice: Step<'new-method', Needs, NewMethod> = {
    name: 'new-method',
    view: 'steps/new-method',
    typed: ['method', 'phone', 'name', ...REMOVALS],
    holds: (answer, answers) => answer.person === person(answers),
    revisit: () => true,
    show: async (deps, visit) => {
      const account = await accountOf(deps, visit);
      const chosen = (visit.answers as MethodAnswers)['new-method'];
      const former = removes ? formerOf(account) : [];
      return {
        offered: offeredFor(deps, account),
        why: why?.(visit.answers),
        former,
        values: {
          ...(chosen && { method: chosen.method, phone: chosen.phone ?? '', name: chosen.name ?? '' }),
          ...Object.fromEntries(former.flatMap(({ id }, index) => (chosen?.remove.includes(id) ? [[REMOVALS[index]!, id]] : []))),
        },
      };
    },
    actions: {
      submit: action(form, async (deps, visit: Visit<Needs>, { method: wanted, name, phone: typed, text_risks, ...rest }) => {
        const account = await accountOf(deps, visit);
        const method = offeredFor(deps, account).find((offered) => offered === wanted);
        if (!method) return stay({ method: { key: 'problems.new_method_required' } });
        const ticked = REMOVALS.map((field) => rest[field]);
        const remove = removes ? formerOf(account).flatMap(({ id }) => (ticked.includes(id) ? [id] : [])) : [];
        if (methodsOf(account).length - remove.length >= MOST_METHODS)
          return stay({ method: { key: 'problems.too_many_methods', count: MOST_METHODS } });
        const answer = { person: account.id, method, remove, ...(name !== '' && method !== 'email' && { name }) };
        if (method !== 'text') return advance(answer);
        if (typed.trim() === '') return stay({ phone: { key: 'problems.phone_required' } });
        const phone = parsePhoneNumber(typed);
        if (!phone) return stay({ phone: { key: 'problems.phone_not_us' } });
        if (methodsOf(account).some((there) => there.method === 'text' && there.phone === phone))
          return stay({ phone: { key: 'problems.phone_there' } });
        if (text_risks === undefined) return stay({ method: { key: 'problems.text_risks_required' } });
        return advance({ ...answer, phone });
      }),
    },
  };

  /** An account has its address once, so mail is offered where it is not set up. */
  function offeredFor({ config }: Deps, account: Account): readonly Method[] {
    const hasEmail = methodsOf(account).some(({ method }) => method === 'email');
    return offeredMethods(config.policy.profile).filter((method) => method !== 'email' || !hasEmail);
  }

  return {
    choice,
    /** Whether this method was chosen, for the step that proves it. */
    by: (method: Method) => (answers: MethodAnswers) => answers['new-method']?.method === method,
    emailCode: {
      ...sentCodeStep<'new-email-code', Known>(
        'new-email-code',
        { ...emailChannel, purpose: 'new-email-code', view: 'steps/email-code' },
        {
          recipient: async (deps, visit) => {
            const { id, email } = await accountOf(deps, visit);
            return { address: email, person: key(visit.answers), proven: true, accountId: id };
          },
          changeStep,
        },
      ),
      holds: isProof,
    },
    textCode: {
      ...sentCodeStep<'new-text-code', Known>(
        'new-text-code',
        { ...textChannel, purpose: 'new-text-code', view: 'steps/text-code' },
        {
          recipient: async (_deps, { answers }) => ({ address: answers['new-method']!.phone!, person: key(answers) }),
          changeStep,
        },
      ),
      holds: (proof: Proven, answers: Known) =>
        isProof(proof, answers) && 'address' in proof && proof.address === answers['new-method']?.phone,
    },
    authenticator: {
      ...authenticator<Known, 'new-authenticator'>(
        {
          person: ({ answers }) => key(answers),
          apps: async () => undefined,
          label: async (deps, visit) => (await accountOf(deps, visit)).email,
          changeStep,
        },
        'new-authenticator',
      ),
      holds: isProof,
    },
  };
}

/** Phones and apps as their owner may know them: by their names, or a number's end. */
const formerOf = ({ methods }: Account) =>
  methods
    .flatMap((method) =>
      method.method === 'email'
        ? []
        : [{ id: method.id, method: method.method, name: method.name, to: method.method === 'text' ? maskPhone(method.phone) : undefined }],
    )
    .slice(0, MOST_LISTED);

/** What was chosen and proven, to be added to the account. */
export function methodAdded({ newId }: Pick<Deps, 'newId'>, answers: MethodAnswers): DeliveryMethod {
  const { method, phone, name } = answers['new-method'] ?? {};
  const named = name === undefined ? {} : { name };
  const [text, app] = [answers['new-text-code'], answers['new-authenticator']];
  if (method === 'email') return { id: 'email', method };
  if (method === 'text' && text && 'address' in text && text.address === phone)
    return { id: newId(), method, phone: text.address, ...named };
  if (method === 'app' && app && 'secret' in app && app.secret !== undefined)
    return { id: app.id, method, secret: app.secret, lastStep: app.step, ...named };
  throw new Error('a method that was not proven');
}
