import { expect } from 'chai';
import { formerProof } from '../../../src/account-changes/addresses/former-proof.ts';

/** How each is proven is walked in `settle-email.test.ts`; here is what an answer counts for. */
describe('account-changes/addresses/former-proof', () => {
  const proofs = [
    { id: 'email', method: 'email', to: 'ana@people.test' },
    { id: 'one', method: 'text', to: '+12025550101' },
    { id: 'other', method: 'text', to: '+12025550102' },
    { id: 'blue', method: 'app' },
    { id: 'green', method: 'app' },
  ] as const;
  const from = { accountId: 'a', former: 'ana@people.test', proofs };
  const chosen = (id: string) => ({ from, 'former-method': { id } });
  const at = { person: 'a|former', at: '2026-11-22T12:00:00Z' };

  it('is of the method that was chosen', () => {
    expect(formerProof.by('text')(chosen('other'))).to.equal(true);
    expect(formerProof.by('email')(chosen('other'))).to.equal(false);
  });

  it('counts for the phone or mailbox that its code went to, and for the app that showed it', () => {
    const toOne = { ...at, address: '+12025550101' };
    expect([formerProof.textCode.holds(toOne, chosen('one')), formerProof.textCode.holds(toOne, chosen('other'))]).to.deep.equal([
      true,
      false,
    ]);
    const byMail = { ...at, address: 'ana@people.test' };
    expect([formerProof.emailCode.holds(byMail, chosen('email')), formerProof.emailCode.holds(byMail, chosen('one'))]).to.deep.equal([
      true,
      false,
    ]);
    const byBlue = { ...at, id: 'blue', step: 1 };
    expect([
      formerProof.authenticator.holds(byBlue, chosen('blue')),
      formerProof.authenticator.holds(byBlue, chosen('green')),
    ]).to.deep.equal([true, false]);
    expect(formerProof.textCode.holds({ skipped: 'x' }, chosen('one'))).to.equal(false);
  });
});
