import { expect } from 'chai';
import fc from 'fast-check';
import { createCode, readCode } from '../../src/second-factor/one-time-code.ts';

describe('one-time codes as typed', () => {
  for (const typed of [
    '123456',
    ' 123456 ',
    '123 456',
    '123-456',
    '1 2 3 4 5 6',
    '123\u00a0456',
    '123–456',
    '１２３４５６',
    '١٢٣٤٥٦',
    '१२३४५६',
    '\u200e123456\u200b',
    '123456\r\n',
  ])
    it(`reads ${JSON.stringify(typed)}`, () => {
      expect(readCode(typed)).to.equal('123456');
    });

  for (const typed of [
    '',
    '12345',
    '1234567',
    '12345a',
    'O12345',
    '123.456',
    '-',
    '１２３４５',
    '12345六',
    '+123456',
    '1e5000',
    '1'.repeat(1_000_000),
  ])
    it(`refuses ${JSON.stringify(typed.slice(0, 20))}`, () => {
      expect(readCode(typed)).to.equal(undefined);
    });

  it('never throws, gives six ASCII digits or nothing, and reads every code that is made', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'0123456789 -x٣３') })), (text) => {
        const code = readCode(text);
        if (code !== undefined) expect(code).to.match(/^[0-9]{6}$/);
      }),
    );
    for (let count = 0; count < 100; count += 1) {
      const code = createCode();
      expect(readCode(`${code.slice(0, 3)} ${code.slice(3)}`)).to.equal(code);
    }
  });

  it('draws the digits of 2,000 codes evenly, leading zeros included (chi-square, 9 degrees of freedom)', () => {
    const codes = Array.from({ length: 2000 }, createCode);
    const counts = Array.from({ length: 10 }, () => 0);
    for (const digit of codes.join('')) counts[Number(digit)]! += 1;
    const expected = (2000 * 6) / 10;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 45 is passed by chance less than once in a million runs; a modulo bias or a digit that never comes gives hundreds.
    expect(chiSquare).to.be.below(45);
    expect(codes.filter((code) => code.startsWith('0')).length).to.be.within(100, 320);
  });
});
