import { z } from 'zod';
import { createAssurance } from '../accounts/assurance.ts';
import { action, refuse, type Step } from '../journey/journey.ts';

/** Beyond this an address is no place for a request; it comes back in the state of another one. */
const LONGEST_ADDRESS = 7000;

/**
 * The service wants a stronger sign-in than this account can give. What gives it can be set up, and the service's request is then begun
 * anew; or it is told to the service when the person goes back to it.
 */
export const tooWeak: Step<'too-weak', object, never> = {
  name: 'too-weak',
  view: 'sign-in/too-weak',
  show: async ({ interactions, config }, { interaction, language }) => {
    const { reaches, second } = createAssurance(config.policy.acrValues);
    const passkey = !reaches(second, interaction.wanted?.acr ?? second);
    const { requestUrl: returnTo, client } = interaction;
    const url = returnTo && interactions.startUrl({ journey: passkey ? 'add-passkey' : 'add-method', returnTo, language });
    return { clientName: client.name, ...(url && url.length <= LONGEST_ADDRESS && { setUp: { url, passkey } }) };
  },
  actions: { submit: action(z.object({}), async () => refuse('unmet_authentication_requirements')) },
};
