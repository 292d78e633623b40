import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createRootSecret, sameDigest } from '../../src/crypto/digest.ts';

describe('crypto/digest', () => {
  const secret = randomBytes(32);
  const root = createRootSecret(secret);

  it('is the same for the same secret, purpose and value, in every process', () => {
    expect(createRootSecret(Buffer.from(secret)).digest('address', 'ana'))
      .to.equal(root.digest('address', 'ana'))
      .and.match(/^[\w-]{43}$/);
  });

  it('differs by purpose, value and secret', () => {
    const all = [
      root.digest('address', 'ana'),
      root.digest('phone', 'ana'),
      root.digest('address', 'ann'),
      createRootSecret(randomBytes(32)).digest('address', 'ana'),
    ];
    expect(new Set(all).size).to.equal(4);
  });

  it('derives keys of their own for each purpose, of the length asked for', () => {
    expect(root.key('pepper')).to.have.length(32);
    expect(root.key('nonce', 16)).to.have.length(16);
    expect(root.key('pepper').equals(root.key('nonce'))).to.equal(false);
    expect(root.key('pepper').equals(root.key('pepper'))).to.equal(true);
  });

  it('compares digests of any lengths', () => {
    expect(sameDigest('abc', 'abc')).to.equal(true);
    expect(sameDigest('abc', 'abd')).to.equal(false);
    expect(sameDigest('abc', 'abcd')).to.equal(false);
  });
});
