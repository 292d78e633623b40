import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { createSeal } from '../../src/crypto/seal.ts';

const key = () => randomBytes(32).toString('base64');

describe('crypto/seal', () => {
  const [old, current] = [key(), key()];
  const seal = createSeal([current, old]);

  it('opens what it sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => seal.open(seal.seal(text, 'accounts/1/email'), 'accounts/1/email') === text),
    );
  });

  it('never gives the same twice, and shows nothing of what is in it', () => {
    const [one, other] = [seal.seal('ana@people.test', 'a'), seal.seal('ana@people.test', 'a')];
    expect(one).to.not.equal(other);
    expect(Buffer.from(one.split('.')[1]!, 'base64url').toString('latin1')).to.not.contain('ana');
  });

  it('does not open in another place', () => {
    const sealed = seal.seal('ana@people.test', 'accounts/1/email');
    expect(() => seal.open(sealed, 'accounts/2/email')).to.throw();
  });

  it('does not open what was altered, at any byte', () => {
    const [id, body] = seal.seal('ana', 'a').split('.') as [string, string];
    const bytes = Buffer.from(body, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes);
      altered[at]! ^= 1;
      expect(() => seal.open(`${id}.${altered.toString('base64url')}`, 'a'), `byte ${at}`).to.throw();
    }
  });

  it('opens with an older key what that closed, and says that it is not current', () => {
    const before = createSeal([old]).seal('ana', 'a');
    expect(seal.open(before, 'a')).to.equal('ana');
    expect(seal.isCurrent(before)).to.equal(false);
    expect(seal.isCurrent(seal.seal('ana', 'a'))).to.equal(true);
  });

  it('refuses what a forgotten key closed, and junk, without telling what it was for', () => {
    const foreign = createSeal([key()]).seal('ana', 'accounts/77/email');
    expect(() => seal.open(foreign, 'accounts/77/email')).to.throw(/ENCRYPTION_KEYS \(accounts\)$/);
    for (const junk of ['', '.', 'x', 'x.y', `${foreign}.z`]) expect(() => seal.open(junk, 'a')).to.throw();
  });

  it('needs a key', () => expect(() => createSeal([])).to.throw(/key/));
});
