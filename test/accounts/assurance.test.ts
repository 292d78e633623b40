import { expect } from 'chai';
import { createAssurance } from '../../src/accounts/assurance.ts';

describe('accounts/assurance', () => {
  const levels = ['one', 'two', 'three'];
  const { assure, rank, reaches, weakest } = createAssurance(levels);

  it('AS-01, AS-02: is the table of the levels, word for word', () => {
    expect(assure('email')).to.deep.equal({ acr: 'one', amr: ['pwd', 'otp'] });
    expect(assure('text')).to.deep.equal({ acr: 'two', amr: ['pwd', 'sms', 'mfa'] });
    expect(assure('app')).to.deep.equal({ acr: 'two', amr: ['pwd', 'otp', 'mfa'] });
    expect(assure('backup-code')).to.deep.equal({ acr: 'two', amr: ['pwd', 'otp', 'mfa'] });
    expect(assure('passkey')).to.deep.equal({ acr: 'three', amr: ['pop', 'user', 'mfa'] });
    expect(assure('passkey', 'hwk')).to.deep.equal({ acr: 'three', amr: ['pop', 'user', 'mfa', 'hwk'] });
    expect(assure('password-passkey')).to.deep.equal({ acr: 'three', amr: ['pwd', 'pop', 'mfa'] });
  });

  it('ranks levels, and knows none but its own', () => {
    expect(levels.map(rank)).to.deep.equal([0, 1, 2]);
    expect(rank('gold')).to.equal(undefined);
    expect(rank(undefined)).to.equal(undefined);
    expect(reaches('three', 'two')).to.equal(true);
    expect(reaches('two', 'two')).to.equal(true);
    expect(reaches('one', 'two')).to.equal(false);
    expect(reaches(undefined, 'one')).to.equal(false);
    expect(reaches('gold', 'one')).to.equal(false);
    expect(reaches('three', 'gold')).to.equal(false);
    expect(weakest(['three', 'gold', 'two'])).to.equal('two');
    expect(weakest(['gold'])).to.equal(undefined);
  });
});
