import { z } from 'zod';
import { action, advance, go, refuse, type Step } from '../journey/journey.ts';

/** The "Terms of Use": version and time are kept; declining keeps nothing and ends with `access_denied`. */
export const terms: Step<'terms', object, { version: string; at: string }> = {
  name: 'terms',
  view: 'steps/terms',
  revisit: () => true,
  show: async ({ config }, { language }) => ({ version: config.terms.version, markdown: config.terms.text[language] }),
  actions: {
    submit: action(z.object({ version: z.string().optional() }), async ({ config, clock }, _visit, { version }) =>
      // Agreed to is what was shown: a version that came into force while somebody read the one before is shown first.
      version === config.terms.version ? advance({ version, at: clock().toISOString() }) : go('terms'),
    ),
    decline: action(z.object({}), async () => refuse('access_denied')),
  },
};
