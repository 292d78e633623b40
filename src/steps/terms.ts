import { z } from 'zod';
import { action, advance, refuse, type Step } from '../journey/journey.ts';

/** The "Terms of Use": version and time are kept; declining keeps nothing and ends with `access_denied`. */
export const terms: Step<'terms', object, { version: string; at: string }> = {
  name: 'terms',
  view: 'steps/terms',
  revisit: () => true,
  show: async ({ config }, { language }) => ({ version: config.terms.version, markdown: config.terms.text[language] }),
  actions: {
    submit: action(z.object({ version: z.string().optional() }), async ({ config, clock }) => {
      return advance({ version: config.terms.version, at: clock().toISOString() });
    }),
    decline: action(z.object({}), async () => refuse('access_denied')),
  },
};
