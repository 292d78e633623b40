import { expect } from 'chai';
import { chosenTypes, serviceName } from '../../src/account-pages/services.ts';
import { enterService, newMember, toldOf } from '../support/member.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('account-pages/services', function () {
  this.timeout(60_000);

  it('tells what a service receives, and disconnects it', async () => {
    const { origin, deps } = await sharedServer();
    const member = await newMember();
    await enterService(member);
    const { visitor } = member;
    const { id } = await member.account();
    await visitor.open(`${origin}/account/security`);
    expect(visitor.page().text).to.match(/myUSCIS Connected since .* It receives: .*Your email address/);
    await visitor.follow('Disconnect – myUSCIS');
    expect(visitor.page().heading).to.equal('Disconnect myUSCIS?');
    expect(await deps.sessions.services(id)).to.have.length(1);
    await visitor.press('Disconnect service');
    expect(visitor.page().text).to.contain('The service is disconnected.').and.contain('No service is connected.');
    expect(await deps.sessions.services(id)).to.deep.equal([]);
    expect((await member.history())[0]).to.equal('service.withdrawn');
    expect(await toldOf(member)).to.deep.equal(['A service was disconnected from your account']);
    expect((await visitor.post('/account/services/myuscis/withdraw', '')).url).to.match(/security\?already=withdraw-service$/);
    expect(await toldOf(member)).to.have.length(1);
  });

  it('never disconnects our own pages', async () => {
    const member = await newMember();
    expect((await member.visitor.open('/account/services/account-pages/withdraw')).status).to.equal(404);
  });

  it('lets the account type be put right where one was chosen', async () => {
    const { origin } = await sharedServer();
    const member = await newMember();
    expect((await member.visitor.open('/account/services/myuscis/account-type')).status, 'not entered yet').to.equal(404);
    await enterService(member);
    const { visitor } = member;
    await visitor.open(`${origin}/account`);
    await visitor.follow('Change – account type at myUSCIS');
    expect(visitor.fieldOf('I am an applicant, petitioner, or requestor').hasAttribute('checked')).to.equal(true);
    await visitor.press('Save', { 'I am an attorney or accredited representative': true });
    expect(visitor.page().text).to.contain('Your account type was saved.').and.contain('I am an attorney or accredited representative');
    expect((await member.account()).memberships).to.deep.equal({ myuscis: 'representative' });
    for (const body of ['', 'account_type=', 'account_type=judge', 'account_type=__proto__'])
      expect((await visitor.post('/account/services/myuscis/account-type', body)).status, body).to.equal(422);
    expect((await member.account()).memberships).to.deep.equal({ myuscis: 'representative' });
  });

  it('is called by the name of the service, else of the client', async () => {
    const { deps } = await sharedServer();
    expect(serviceName(deps, { clientId: 'myuscis', name: 'x' })).to.equal('myUSCIS');
    expect(serviceName(deps, { clientId: 'other', name: 'A Shop' })).to.equal('A Shop');
  });

  it('shows no type that the service does not have any more', async () => {
    const { deps } = await sharedServer();
    expect(chosenTypes(deps, { memberships: { myuscis: 'gone', other: 'applicant' } })).to.deep.equal([]);
    expect(chosenTypes(deps, { memberships: { myuscis: 'applicant' } }).map(({ service }) => service.id)).to.deep.equal(['myuscis']);
  });
});
