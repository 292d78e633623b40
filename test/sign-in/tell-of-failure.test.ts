import { expect } from 'chai';
import { tellOfFailure } from '../../src/sign-in/tell-of-failure.ts';
import { untilDelivered } from '../support/delivered.ts';
import { newAddress } from '../support/people.ts';
import { commit, makeAccount, sharedServer } from '../support/shared-server.ts';

describe('sign-in/tell-of-failure', () => {
  it('tells every address of the owner, once an hour, however many codes are wrong at once', async () => {
    const { deps, received, clock } = await sharedServer();
    const account = await makeAccount();
    const other = newAddress('notices');
    await commit([deps.accounts.setNoticeEmail(account.id, { from: null, to: other })]);
    const withBoth = (await deps.accounts.find(account.id))!;
    const fail = () => tellOfFailure(deps, { device: 'Firefox (Linux)' }, withBoth);
    const mailsTo = async (to: string) => {
      await untilDelivered({ deps });
      return received(to);
    };
    await Promise.all(Array.from({ length: 8 }, fail));
    for (const to of [account.email, other]) {
      const mails = await mailsTo(to);
      expect(mails).to.have.length(1);
      expect(mails[0]!.text).to.contain('Firefox (Linux)');
    }
    clock.advance(59 * 60);
    await fail();
    expect(await mailsTo(account.email)).to.have.length(1);
    clock.advance(2 * 60);
    await fail();
    expect(await mailsTo(account.email)).to.have.length(2);
  });
});
