import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { keyRing, sharedKeys } from '../../src/config/keys.ts';

describe('keys', () => {
  for (const encoding of ['base64', 'base64url', 'hex'] as const) {
    it(`takes 32 random bytes written as ${encoding}, and refuses 24`, () => {
      for (let round = 0; round < 200; round++) {
        expect(keyRing.safeParse(randomBytes(32).toString(encoding)).success).to.equal(true);
        expect(keyRing.safeParse(randomBytes(24).toString(encoding)).success).to.equal(false);
      }
    });
  }

  it('judges anything without failing', () => {
    fc.assert(fc.property(fc.string(), (text) => keyRing.safeParse(text).success === false || text.length >= 32));
  });

  it('sees a key that two rings share', () => {
    expect(sharedKeys(['a', 'b'], ['c', 'b'])).to.equal(true);
    expect(sharedKeys(['a'], ['b'])).to.equal(false);
  });
});
