import { expect } from 'chai';
import { accountType, serviceOf } from '../../src/service-entry/account-type.ts';
import { answerOf, INTERACTION, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('service-entry/account-type', () => {
  it('takes a type of this service and no other', async () => {
    expect(answerOf(await press(accountType, visitOf(), { account_type: 'representative' }))).to.deep.equal({ id: 'representative' });
    for (const form of [{}, { account_type: '' }, { account_type: 'owner' }] as Record<string, string>[])
      expect(problemAt(await press(accountType, visitOf(), form), 'account_type')).to.equal('problems.account_type_required');
  });

  it('shows the types as the service configured them', async () => {
    const { deps, config } = await sharedServer();
    expect(await accountType.show(deps, visitOf())).to.deep.equal({ serviceName: 'myUSCIS', types: config.services[0]!.accountTypes });
  });

  it('knows only services of the configuration', async () => {
    const { deps } = await sharedServer();
    expect(() => serviceOf(deps, { interaction: { ...INTERACTION, serviceId: 'another' } })).to.throw('page_expired');
  });
});
