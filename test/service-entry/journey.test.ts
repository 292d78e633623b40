import { expect } from 'chai';
import { serviceEntry } from '../../src/service-entry/journey.ts';
import { commit, INTERACTION, makeAccount, sharedServer, visitOf } from '../support/shared-server.ts';

describe('service-entry/journey', () => {
  it('keeps the type with the account, and with its history', async () => {
    const { deps } = await sharedServer();
    const { id } = await makeAccount();
    const visit = visitOf({ 'account-type': { id: 'applicant' } }, { interaction: { ...INTERACTION, sessionAccountId: id } });
    const { result, writes } = await serviceEntry.finish(deps, visit);
    expect(result).to.deep.equal({ accountType: true });
    await commit(writes);
    expect((await deps.accounts.find(id))!.memberships).to.deep.equal({ myuscis: 'applicant' });
    expect((await deps.audit.of(id))[0]).to.include({ type: 'account-type.chosen', service: 'myuscis', accountType: 'applicant' });
  });

  it('ends for nobody who is not signed in', async () => {
    const { deps } = await sharedServer();
    const refused = await serviceEntry
      .finish(deps, visitOf({ 'account-type': { id: 'applicant' } }))
      .catch((error: { code: string }) => error.code);
    expect(refused).to.equal('page_expired');
  });
});
