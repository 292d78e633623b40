import { z } from 'zod';
import { action, refuse, type Step } from '../journey/journey.ts';

/** The service wants a stronger sign-in than this account can give: said here, told to the service when the person goes back to it. */
export const tooWeak: Step<'too-weak', object, never> = {
  name: 'too-weak',
  view: 'sign-in/too-weak',
  show: async (_deps, { interaction }) => ({ clientName: interaction.client.name }),
  actions: { submit: action(z.object({}), async () => refuse('unmet_authentication_requirements')) },
};
