import { z } from 'zod';
import type { Account, Method } from '../accounts/account.ts';
import { action, advance, type Step, stay } from '../journey/journey.ts';
import { parsePhoneNumber } from '../second-factor/phone-number.ts';

const checkbox = z.string().optional();
const form = z.object({ email: checkbox, text: checkbox, app: checkbox, phone: z.string().default(''), text_risks: checkbox });

export interface Delivery {
  /** Tells one choice from the next. */
  readonly at: string;
  readonly methods: readonly Method[];
  /** E.164, when text messages were chosen. */
  readonly phone?: string | undefined;
}

/**
 * How the code of every sign-in shall come. One is enough; each is proven before it counts. Text messages need a U.S. number and are
 * a restricted authenticator, so the page tells their risk and the alternatives beside the box (NIST SP 800-63B-4 3.2.9).
 */
export const delivery: Step<'delivery', object, Delivery> = {
  name: 'delivery',
  view: 'steps/delivery',
  typed: ['email', 'text', 'app', 'phone'],
  revisit: () => true,
  show: async ({ config }, { answers }) => {
    const chosen = (answers as { delivery?: Delivery }).delivery;
    return {
      offered: offeredMethods(config.policy.profile),
      values: { ...Object.fromEntries((chosen?.methods ?? []).map((method) => [method, 'on'])), phone: chosen?.phone ?? '' },
    };
  },
  actions: {
    submit: action(form, async ({ config, clock }, _visit, input) => {
      const methods = offeredMethods(config.policy.profile).filter((method) => input[method] !== undefined);
      if (methods.length === 0) return stay({ email: { key: 'problems.method_required' } });
      const at = clock().toISOString();
      if (!methods.includes('text')) return advance({ at, methods });
      if (input.phone.trim() === '') return stay({ phone: { key: 'problems.phone_required' } });
      const phone = parsePhoneNumber(input.phone);
      if (!phone) return stay({ phone: { key: 'problems.phone_not_us' } });
      if (input.text_risks === undefined) return stay({ text: { key: 'problems.text_risks_required' } });
      return advance({ at, methods, phone });
    }),
  },
};

/** Under the NIST profile a mailbox is no authenticator (SP 800-63B-4 3.1.3.1). */
export const offeredMethods = (profile: 'seed' | 'nist'): readonly Method[] =>
  profile === 'nist' ? ['text', 'app'] : ['email', 'text', 'app'];

/** Those from before the operator changed the profile: no code comes by them any more, and the next sign-in takes them off. */
export const outdatedMethods = (profile: 'seed' | 'nist', methods: Account['methods']): Account['methods'] =>
  methods.filter(({ method }) => !offeredMethods(profile).includes(method));
