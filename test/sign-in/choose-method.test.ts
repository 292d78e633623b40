import { expect } from 'chai';
import { chooseMethod } from '../../src/sign-in/choose-method.ts';
import { answerOf, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-in/choose-method', () => {
  const methods = [
    { id: 'email', method: 'email' },
    { id: 'x1', method: 'text', to: '•••23' },
  ] as const;
  const visit = (answers = {}) => visitOf({ password: { accountId: 'a', methods }, ...answers });

  it('takes a method of this account and no other', async () => {
    expect(answerOf(await press(chooseMethod, visit(), { method: 'x1' }))).to.deep.equal({ id: 'x1', method: 'text' });
    for (const form of [{}, { method: '' }, { method: 'x2' }, { method: 'text' }] as Record<string, string>[])
      expect(problemAt(await press(chooseMethod, visit(), form), 'method')).to.match(/^problems\./);
  });

  it('shows the choice made before', async () => {
    const { deps } = await sharedServer();
    expect(await chooseMethod.show(deps, visit())).to.deep.equal({ methods, values: { method: '' } });
    expect(await chooseMethod.show(deps, visit({ 'choose-method': { id: 'x1' } }))).to.deep.include({ values: { method: 'x1' } });
  });
});
