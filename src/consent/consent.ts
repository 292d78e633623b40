import { z } from 'zod';
import { action, advance, refuse, type Step } from '../journey/journey.ts';

/** What a third party asks to know, in words, before it is told anything. First-party services are not asked about. */
export const consent: Step<'consent', object, { scopes: readonly string[] }> = {
  name: 'consent',
  view: 'consent/consent',
  show: async (_deps, { interaction }) => {
    const { name, uri, policyUri, tosUri, redirectOrigins } = interaction.client;
    // Anybody can take any name; where the answer goes is what the client is known by. An app on the device has no host.
    const [host] = redirectOrigins.flatMap((origin) => (origin.startsWith('https:') ? new URL(origin).host : []));
    return { clientName: name, clientUri: uri, policyUri, tosUri, host, scopes: interaction.scopesAsked ?? [] };
  },
  actions: {
    submit: action(z.object({}), async (_deps, { interaction }) => advance({ scopes: interaction.scopesAsked ?? [] })),
    decline: action(z.object({}), async () => refuse('access_denied')),
  },
};
