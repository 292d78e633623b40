import { expect } from 'chai';
import { email } from '../../src/sign-up/email.ts';
import { answerOf, INTERACTION, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-up/email', () => {
  it('takes an address, tidied, and refuses what is none', async () => {
    expect(answerOf(await press(email, visitOf(), { email: '  Ana.Lopez@People.Test ' }))).to.include({
      canonical: 'ana.lopez@people.test',
    });
    expect(problemAt(await press(email, visitOf(), {}), 'email')).to.equal('problems.email_required');
    expect(problemAt(await press(email, visitOf(), { email: ' ' }), 'email')).to.equal('problems.email_required');
    expect(problemAt(await press(email, visitOf(), { email: 'ana@' }), 'email')).to.equal('problems.email_invalid');
  });

  it('counts sign-ups of a network, but not the same address again', async () => {
    const { config } = await sharedServer();
    const visit = visitOf({}, { ip: '203.0.113.77' });
    const { units } = config.policy.limits['sign-up-network'];
    for (let count = 0; count < units; count++) answerOf(await press(email, visit, { email: `a${count}@people.test` }));
    expect(problemAt(await press(email, visit, { email: 'more@people.test' }), 'form')).to.equal('problems.wait');
    const same = { ...visit, answers: { email: { address: 'a@people.test', canonical: 'a@people.test' } } };
    expect(answerOf(await press(email, same, { email: 'a@people.test' }))).to.include({ canonical: 'a@people.test' });
  });

  it('shows the address that is known: typed before, or hinted by the service', async () => {
    const { deps } = await sharedServer();
    const shown = await email.show(deps, visitOf({}, { interaction: { ...INTERACTION, params: { login_hint: 'hint@people.test' } } }));
    expect(shown).to.deep.include({ values: { email: 'hint@people.test' }, resendUrl: '/users/confirmation/new' });
    expect(await email.show(deps, visitOf({ email: { address: 'typed@people.test' } }))).to.deep.include({
      values: { email: 'typed@people.test' },
    });
  });
});
