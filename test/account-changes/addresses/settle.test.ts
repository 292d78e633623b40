import { expect } from 'chai';
import { settle } from '../../../src/account-changes/addresses/settle.ts';
import { newAddress, newPhone } from '../../support/people.ts';
import { answerOf, commit, makeAccount, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

const address = (whole: string) => ({ address: whole, canonical: whole });

describe('account-changes/addresses/settle', () => {
  const objected = async () => {
    const { deps } = await sharedServer();
    const [{ id, email }, to] = [await makeAccount(), newAddress()];
    await commit([deps.accounts.changeEmail(id, address(email), address(to))]);
    await commit([deps.accounts.freeze(id, email)]);
    return { email, to, visit: visitOf({ from: { accountId: id, former: email, proofs: [] } }) };
  };

  it('shows the new address whole and the former one masked', async () => {
    const { deps } = await sharedServer();
    const { email, to, visit } = await objected();
    const shown = await settle.show(deps, visit);
    expect(shown).to.deep.include({ present: to, former: `${email[0]}•••@people.test` });
  });

  it('takes one of two answers', async () => {
    const { visit } = await objected();
    for (const wanted of ['keep', 'restore'])
      expect(answerOf(await press(settle, visit, { address: wanted }))).to.deep.equal({ address: wanted });
    for (const form of [{}, { address: '' }, { address: 'both' }])
      expect(problemAt(await press(settle, visit, form as Record<string, string>), 'address')).to.equal('problems.settle_required');
  });

  it('does not go back where nothing was that somebody could sign in with', async () => {
    const { deps } = await sharedServer();
    const { id, email } = await makeAccount();
    await commit([deps.accounts.replaceMethods(id, { id: 'young', method: 'text', phone: newPhone() })]);
    await commit([deps.accounts.changeEmail(id, address(email), address(newAddress()))]);
    await commit([deps.accounts.freeze(id, email)]);
    const visit = visitOf({ from: { accountId: id, former: email, proofs: [] } });
    expect(problemAt(await press(settle, visit, { address: 'restore' }), 'address')).to.equal('problems.restore_by_recovery');
    expect(answerOf(await press(settle, visit, { address: 'keep' }))).to.deep.equal({ address: 'keep' });
  });
});
