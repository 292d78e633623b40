import { expect } from 'chai';
import { serviceEntry } from '../../src/service-entry/journey.ts';
import { commit, INTERACTION, makeAccount, sharedServer, visitOf } from '../support/shared-server.ts';
import { failure } from '../support/store-parts.ts';

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

  it('keeps nothing with an account that was locked since', async () => {
    const { deps } = await sharedServer();
    const { id } = await makeAccount();
    await commit([deps.accounts.lock(id, { by: 'kim', reason: 'Reported as stolen.' })]);
    const visit = visitOf({ 'account-type': { id: 'applicant' } }, { interaction: { ...INTERACTION, sessionAccountId: id } });
    const { writes } = await serviceEntry.finish(deps, visit);
    expect(await failure(commit(writes))).to.include({ code: 'changed_elsewhere' });
    expect([(await deps.accounts.find(id))!.memberships, await deps.audit.of(id)]).to.deep.equal([{}, []]);
  });
});
