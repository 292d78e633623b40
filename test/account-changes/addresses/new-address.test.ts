import { expect } from 'chai';
import { newAddress } from '../../../src/account-changes/addresses/new-address.ts';
import { MOST_BETWEEN } from '../../../src/accounts/address-store.ts';
import { parseEmailAddress } from '../../../src/accounts/email-address.ts';
import { newAddress as newMail } from '../../support/people.ts';
import { answerOf, commit, makeAccount, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('account-changes/addresses/new-address', () => {
  const visit = async (answers: object = {}) => {
    const account = await makeAccount();
    return { account, visit: visitOf({ from: { accountId: account.id }, ...answers }) };
  };

  it('shows the present address, and what was chosen before', async () => {
    const { deps } = await sharedServer();
    const fresh = await visit();
    expect(await newAddress.show(deps, fresh.visit)).to.deep.equal({ present: fresh.account.email, values: { email: '' } });
    const back = await visit({ 'new-address': { address: 'Eva@people.test', canonical: 'eva@people.test' } });
    expect(await newAddress.show(deps, back.visit)).to.deep.include({ values: { email: 'Eva@people.test' } });
  });

  it('takes an address, and not the one that the account has', async () => {
    const { account, visit: at } = await visit();
    expect(answerOf(await press(newAddress, at, { email: ' Eva@PEOPLE.test ' }))).to.deep.equal({
      address: 'Eva@people.test',
      canonical: 'eva@people.test',
    });
    expect(problemAt(await press(newAddress, at, { email: account.email.toUpperCase() }), 'email')).to.equal('problems.email_same');
  });

  it('does not say whether somebody has it', async () => {
    const other = await makeAccount();
    const { visit: at } = await visit();
    expect(answerOf(await press(newAddress, at, { email: other.email }))).to.include({ address: other.email });
  });

  it('does not move on from more than five addresses that may object, but back', async () => {
    const { account, visit: at } = await visit();
    const { accounts } = (await sharedServer()).deps;
    const asAddress = (whole: string) => parseEmailAddress(whole)!;
    let present = account.email;
    for (let moves = 0; moves <= MOST_BETWEEN; moves++) {
      const to = newMail();
      await commit([accounts.changeEmail(account.id, asAddress(present), asAddress(to))]);
      present = to;
    }
    expect(problemAt(await press(newAddress, at, { email: newMail() }), 'email')).to.equal('problems.email_moved_often');
    expect(answerOf(await press(newAddress, at, { email: account.email }))).to.include({ address: account.email });
  });
});
