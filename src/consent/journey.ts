/** Consent: one page, and a grant that the provider remembers for this account and client. */
import { AppError } from '../errors.ts';
import { journey } from '../journey/journey.ts';
import { consent } from './consent.ts';

export const consentJourney = journey({ kind: 'consent', keptMinutes: () => 60 })
  .step(consent)
  .finish(async (deps, { answers, interaction, ip, browser }) => {
    const accountId = interaction.sessionAccountId;
    const account = accountId && (await deps.accounts.find(accountId));
    if (!accountId || !account || account.locked) throw new AppError('page_expired');
    const { scopes } = answers.consent;
    return {
      writes: [deps.audit.record({ type: 'consent.given', accountId, ip, browser, client: interaction.client.id, scopes })],
      result: { consent: { accountId } },
    };
  });
