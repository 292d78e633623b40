import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { action, advance, type Step, stay, type Visit } from '../journey/journey.ts';
import { localize } from '../texts.ts';

const form = z.object({ account_type: z.string({ error: 'problems.account_type_required' }) });

/** The service a person is entering. */
export function serviceOf({ config }: Pick<Deps, 'config'>, { interaction }: Pick<Visit<object>, 'interaction'>) {
  const service = config.services.find(({ id }) => id === interaction.serviceId);
  if (!service) throw new AppError('page_expired');
  return service;
}

/** "I am an applicant, petitioner, or requestor": asked once per person and service; the service gets it as a self-declared claim. */
export const accountType: Step<'account-type', object, { id: string }> = {
  name: 'account-type',
  view: 'service-entry/account-type',
  typed: ['account_type'],
  show: async (deps, visit) => {
    const { name, accountTypes } = serviceOf(deps, visit);
    return { serviceName: localize(name, visit.language), types: accountTypes };
  },
  actions: {
    submit: action(form, async (deps, visit, input) => {
      const chosen = serviceOf(deps, visit).accountTypes.find(({ id }) => id === input.account_type);
      return chosen ? advance({ id: chosen.id }) : stay({ account_type: { key: 'problems.account_type_required' } });
    }),
  },
};
