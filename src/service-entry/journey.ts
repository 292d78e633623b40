/** Entering a service for the first time: as what. A prompt of the authorization endpoint, once per person and service. */
import { AppError } from '../errors.ts';
import { journey } from '../journey/journey.ts';
import { accountType, serviceOf } from './account-type.ts';

export const serviceEntry = journey({ kind: 'service-entry', keptMinutes: () => 60 })
  .step(accountType)
  .finish(async (deps, visit) => {
    const { answers, interaction, ip, browser } = visit;
    const accountId = interaction.sessionAccountId;
    if (!accountId) throw new AppError('page_expired');
    const service = serviceOf(deps, visit);
    const chosen = answers['account-type'].id;
    return {
      writes: [
        deps.accounts.setMembership(accountId, service.id, chosen),
        deps.audit.record({ type: 'account-type.chosen', accountId, ip, browser, service: service.id, accountType: chosen }),
      ],
      result: { accountType: true },
    };
  });
