/** Two settings of the account: the language of its mails and texts, and whether the questions may reset the password. */
import { z } from 'zod';
import { noticesTo } from '../accounts/notices.ts';
import { LANGUAGES, type Language } from '../language.ts';
import type { AccountForm } from './account-form.ts';

export const mailLanguage: AccountForm<Language, { language: Language }> = {
  path: '/account/language',
  view: 'account-pages/mail-language',
  back: '/account',
  changed: 'mail-language',
  find: async (_deps, { account }) => account.language,
  show: (language) => ({ languages: LANGUAGES, values: { language } }),
  shape: () => z.object({ language: z.enum(LANGUAGES, { error: 'problems.language_required' }) }),
  change: async (deps, { owner: { account }, input, by }) => ({
    writes: [deps.accounts.setLanguage(account.id, input.language), deps.audit.record({ type: 'language.changed', ...by })],
  }),
};

export const recoveryQuestions: AccountForm<'on' | 'off', { recovery: 'on' | 'off' }> = {
  path: '/account/questions',
  view: 'account-pages/recovery-questions',
  back: '/account',
  changed: 'recovery-questions',
  find: async (_deps, { account: { questions } }) => (questions ? (questions.forRecovery ? 'on' : 'off') : undefined),
  show: (recovery) => ({ values: { recovery } }),
  shape: () => z.object({ recovery: z.enum(['on', 'off'], { error: 'problems.recovery_required' }) }),
  async change(deps, { owner: { account }, target, input, by, id }) {
    // The same again is no change, and nothing to tell of.
    if (input.recovery === target) return { writes: [] };
    return {
      writes: [
        deps.accounts.switchQuestions(account.id, input.recovery === 'on'),
        // One may have been proven with the answers already, and wait with its last page.
        ...(input.recovery === 'off' ? [deps.journeys.endOthers(account.id, undefined, ['recovery'])] : []),
        deps.audit.record({ type: 'questions.switched', on: input.recovery === 'on', ...by }),
        ...noticesTo(deps, account, id, { kind: 'security-change', what: `questions-${input.recovery}`, device: by.device }),
      ],
    };
  },
};
