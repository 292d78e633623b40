import { expect } from 'chai';
import { randomDigits, randomFrom, randomId, randomToken } from '../../src/crypto/random.ts';

describe('crypto/random', () => {
  it('makes tokens of so many bytes, each different', () => {
    const tokens = Array.from({ length: 200 }, () => randomToken(16));
    expect(new Set(tokens).size).to.equal(200);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).to.have.length(16);
  });

  it('makes ids that no command takes for an option', () => {
    const ids = Array.from({ length: 2000 }, randomId);
    expect(new Set(ids).size).to.equal(2000);
    for (const id of ids) expect(id).to.match(/^\w[\w-]{21}$/);
  });

  it('makes digits that are equally likely, leading zeros included', () => {
    const drawn = randomDigits(20_000);
    expect(drawn).to.match(/^\d{20000}$/);
    const counts = Array.from({ length: 10 }, (_, digit) => drawn.split(String(digit)).length - 1);
    const chiSquare = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    // 9 degrees of freedom: above 33.7 once in ten thousand runs.
    expect(chiSquare).to.be.below(33.7);
  });

  it('draws from an alphabet and nothing else', () => {
    expect(randomFrom('AB', 500))
      .to.match(/^[AB]{500}$/)
      .and.include('A')
      .and.include('B');
  });
});
