import { expect } from 'chai';
import { chooseMethod } from '../../src/sign-in/choose-method.ts';
import { answerOf, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-in/choose-method', () => {
  const methods = [
    { id: 'email', method: 'email' },
    { id: 'x1', method: 'text', to: '•••23' },
  ] as const;
  const visit = (answers = {}) => visitOf({ password: { accountId: 'a', methods, backupCode: true }, ...answers });
  const backupCode = { id: 'backup-code', method: 'backup-code' };

  it('takes a method of this account and no other', async () => {
    expect(answerOf(await press(chooseMethod, visit(), { method: 'x1' }))).to.deep.include({ id: 'x1', method: 'text' });
    expect(answerOf(await press(chooseMethod, visit(), { method: 'backup-code' }))).to.deep.include(backupCode);
    for (const form of [{}, { method: '' }, { method: 'x2' }, { method: 'text' }] as Record<string, string>[])
      expect(problemAt(await press(chooseMethod, visit(), form), 'method')).to.match(/^problems\./);
  });

  it('offers the backup code only where there is one, and otherwise the recovery', async () => {
    const { deps } = await sharedServer();
    const without = (backupCode: boolean | undefined) => visitOf({ password: { accountId: 'a', methods, backupCode } });
    expect(await chooseMethod.show(deps, without(false))).to.deep.include({ methods, recoveryUrl: '/interaction/an-interaction/recovery' });
    expect(await chooseMethod.show(deps, without(undefined))).to.deep.equal({ methods, values: { method: '' } });
    expect(problemAt(await press(chooseMethod, without(false), { method: 'backup-code' }), 'method')).to.match(/^problems\./);
    expect(chooseMethod.holds!({ ...backupCode, at: '' } as never, without(false).answers)).to.equal(false);
    expect(chooseMethod.holds!({ ...backupCode, at: '' } as never, visit().answers)).to.equal(true);
  });

  it('shows the choice made before', async () => {
    const { deps } = await sharedServer();
    expect(await chooseMethod.show(deps, visit())).to.deep.equal({ methods: [...methods, backupCode], values: { method: '' } });
    expect(await chooseMethod.show(deps, visit({ 'choose-method': { id: 'x1' } }))).to.deep.include({ values: { method: 'x1' } });
  });
});
