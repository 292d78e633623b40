import { expect } from 'chai';
import { keepAccount } from '../../src/sign-in/keep-account.ts';
import { answerOf, press, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-in/keep-account', () => {
  const visit = () => visitOf({ password: { closesAt: '2026-12-06T12:00:00.000Z' } });

  it('says until when the account can be kept', async () => {
    const { deps } = await sharedServer();
    expect(await keepAccount.show(deps, visit())).to.deep.equal({ until: new Date('2026-12-06T12:00:00Z') });
  });

  it('says no day that is over, as it may be while a former address objects', async () => {
    const { deps } = await sharedServer();
    const past = visitOf({ password: { closesAt: '2020-12-06T12:00:00.000Z' } });
    expect(await keepAccount.show(deps, past)).to.deep.equal({ until: undefined });
  });

  it('keeps it, or signs nobody in', async () => {
    expect(answerOf(await press(keepAccount, visit()))).to.deep.equal({ kept: true });
    expect(await press(keepAccount, visit(), {}, 'leave')).to.deep.include({ kind: 'refuse', error: 'access_denied' });
  });
});
