import { expect } from 'chai';
import { consentJourney } from '../../src/consent/journey.ts';
import { commit, INTERACTION, makeAccount, sharedServer, visitOf } from '../support/shared-server.ts';

describe('consent/journey', () => {
  it('ends with whose consent it is, and writes it into the history', async () => {
    const { deps } = await sharedServer();
    const { id } = await makeAccount();
    const visit = visitOf({ consent: { scopes: ['email'] } }, { interaction: { ...INTERACTION, sessionAccountId: id } });
    const { result, writes } = await consentJourney.finish(deps, visit);
    expect(result).to.deep.equal({ consent: { accountId: id } });
    await commit(writes);
    expect((await deps.audit.of(id))[0]).to.deep.include({ type: 'consent.given', client: 'myuscis', scopes: ['email'] });
  });

  it('ends for nobody who is not signed in', async () => {
    const { deps } = await sharedServer();
    const refused = await consentJourney.finish(deps, visitOf({ consent: { scopes: [] } })).catch((error: { code: string }) => error.code);
    expect(refused).to.equal('page_expired');
  });

  it('ends for nobody whose account was locked since: no consent of a session that is over is remembered', async () => {
    const { deps } = await sharedServer();
    const { id } = await makeAccount();
    await commit([deps.accounts.lock(id, { by: 'kim', reason: 'Reported as stolen.' })]);
    const visit = visitOf({ consent: { scopes: ['email'] } }, { interaction: { ...INTERACTION, sessionAccountId: id } });
    const refused = await consentJourney.finish(deps, visit).catch((error: { code: string }) => error.code);
    expect(refused).to.equal('page_expired');
  });
});
