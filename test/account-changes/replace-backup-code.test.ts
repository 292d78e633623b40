import { expect } from 'chai';
import { replaceBackupCode } from '../../src/account-changes/replace-backup-code.ts';
import { answerOf, makeAccount, press, sharedServer, visitOf } from '../support/shared-server.ts';

describe('account-changes/replace-backup-code', () => {
  it('says whether there is one, and answers with nothing but the time', async () => {
    const { deps } = await sharedServer();
    for (const backupCodeHash of ['a hash', null]) {
      const { id } = await makeAccount({ backupCodeHash });
      const visit = visitOf({ from: { accountId: id } });
      expect(await replaceBackupCode.show(deps, visit)).to.deep.equal({ spent: backupCodeHash === null });
      expect(Object.keys(answerOf(await press(replaceBackupCode, visit)))).to.deep.equal(['at']);
    }
  });
});
