import { expect } from 'chai';
import { noticeAddress } from '../../../src/account-changes/addresses/notice-address.ts';
import { newAddress } from '../../support/people.ts';
import { answerOf, makeAccount, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('account-changes/addresses/notice-address', () => {
  const visit = async (noticeEmail: string | null = null) => {
    const { deps } = await sharedServer();
    const account = await makeAccount();
    await deps.transaction([deps.accounts.setNoticeEmail(account.id, { from: null, to: noticeEmail })]);
    return { account, visit: visitOf({ from: { accountId: account.id } }) };
  };

  it('shows both addresses', async () => {
    const { deps } = await sharedServer();
    const second = newAddress();
    const { account, visit: at } = await visit(second);
    expect(await noticeAddress.show(deps, at)).to.deep.equal({ address: account.email, present: second, values: { email: '' } });
  });

  it('takes another address, also one that somebody has: it opens nothing', async () => {
    const other = await makeAccount();
    const { visit: at } = await visit();
    expect(answerOf(await press(noticeAddress, at, { email: other.email }))).to.deep.equal({
      to: { address: other.email, canonical: other.email },
    });
  });

  it('refuses the one that signs in, and the one that is there', async () => {
    const second = newAddress();
    const { account, visit: at } = await visit(second);
    expect(problemAt(await press(noticeAddress, at, { email: account.email.toUpperCase() }), 'email')).to.equal(
      'problems.notice_email_main',
    );
    expect(problemAt(await press(noticeAddress, at, { email: second.toUpperCase() }), 'email')).to.equal('problems.notice_email_same');
  });

  it('removes the one that is there, and none where there is none', async () => {
    const { visit: at } = await visit(newAddress());
    expect(answerOf(await press(noticeAddress, at, {}, 'remove'))).to.deep.equal({ to: null });
    const none = await visit();
    expect(problemAt(await press(noticeAddress, none.visit, {}, 'remove'), 'email')).to.equal('problems.notice_email_none');
  });
});
