import { expect } from 'chai';
import { chosenProof, formerMethod } from '../../../src/account-changes/addresses/former-method.ts';
import { answerOf, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

const PROOFS = [
  { id: 'a-phone', method: 'text', to: '+12025550123' },
  { id: 'backup-code', method: 'backup-code' },
] as const;
const from = { accountId: 'a', former: 'ana@people.test', proofs: PROOFS };

describe('account-changes/addresses/former-method', () => {
  it('lists what there was, masked, and what was chosen before', async () => {
    const { deps } = await sharedServer();
    const shown = JSON.stringify(await formerMethod.show(deps, visitOf({ from, 'former-method': { id: 'a-phone' } })));
    expect(shown).to.contain('•••23').and.contain('"method":"a-phone"').and.not.contain('+12025550123');
  });

  it('takes one of these and no other', async () => {
    expect(answerOf(await press(formerMethod, visitOf({ from }), { method: 'backup-code' }))).to.deep.equal({ id: 'backup-code' });
    for (const method of ['', 'email', 'constructor'])
      expect(problemAt(await press(formerMethod, visitOf({ from }), { method }), 'method'), method).to.equal(
        'problems.former_method_required',
      );
  });

  it('is the first where none was chosen', () => {
    expect(chosenProof({ from }).id).to.equal('a-phone');
    expect(chosenProof({ from, 'former-method': { id: 'backup-code' } }).id).to.equal('backup-code');
    expect(chosenProof({ from, 'former-method': { id: 'gone' } }).id).to.equal('a-phone');
  });
});
