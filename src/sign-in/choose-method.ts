import { z } from 'zod';
import { action, advance, type Step, stay } from '../journey/journey.ts';
import type { OfferedMethod, PasswordAnswer } from './password.ts';

type Needs = { readonly password: PasswordAnswer };

export interface Chosen {
  readonly id: string;
  readonly method: OfferedMethod['method'] | 'backup-code';
  /** Tells one choice from the next. */
  readonly at: string;
}

const BACKUP_CODE = { id: 'backup-code', method: 'backup-code' } as const;

const form = z.object({ method: z.string({ error: 'problems.one_method_required' }).min(1, 'problems.one_method_required') });

/** Which of several methods gives the code this time; where none can, the backup code. Nothing is sent before one is chosen. */
export const chooseMethod: Step<'choose-method', Needs, Chosen> = {
  name: 'choose-method',
  view: 'sign-in/choose-method',
  holds: ({ id }, { password }) => choicesOf(password).some((choice) => choice.id === id),
  revisit: () => true,
  show: async (_deps, { interaction, answers }) => {
    const chosen = (answers as { 'choose-method'?: Chosen })['choose-method'];
    return {
      methods: choicesOf(answers.password),
      ...(answers.password.backupCode === false && { recoveryUrl: `/interaction/${interaction.uid}/recovery` }),
      values: { method: chosen?.id ?? '' },
    };
  },
  actions: {
    submit: action(form, async ({ clock }, { answers }, input) => {
      const chosen = choicesOf(answers.password).find(({ id }) => id === input.method);
      if (!chosen) return stay({ method: { key: 'problems.one_method_required' } });
      return advance({ id: chosen.id, method: chosen.method, at: clock().toISOString() });
    }),
  },
};

const choicesOf = ({ methods, backupCode }: PasswordAnswer): readonly (OfferedMethod | typeof BACKUP_CODE)[] =>
  backupCode ? [...methods, BACKUP_CODE] : methods;
