import { expect } from 'chai';
import { plainDigits } from '../../src/second-factor/digits.ts';

describe('digits of other keyboards', () => {
  for (const [typed, plain] of [
    ['0123456789', '0123456789'],
    ['٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['۰۱۲۳۴۵۶۷۸۹', '0123456789'],
    ['०१२३४५६७८९', '0123456789'],
    ['０１２３４５６７８９', '0123456789'],
    ['𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗', '0123456789'],
    ['\u202d(202) 555-0112\u202c', '(202) 555-0112'],
    ['abc 12', 'abc 12'],
    ['', ''],
  ] as const)
    it(`reads ${JSON.stringify(typed)} as ${JSON.stringify(plain)}`, () => {
      expect(plainDigits(typed)).to.equal(plain);
    });

  it('knows every decimal digit there is', () => {
    const runs = new Map<number, string>();
    let run = '';
    for (let point = 0; point <= 0x1_1000; point += 1) {
      const sign = String.fromCodePoint(point);
      if (/\p{Nd}/u.test(sign)) run += plainDigits(sign);
      else if (run) {
        runs.set(point, run);
        run = '';
      }
    }
    expect(runs.size).to.be.greaterThan(30);
    for (const digits of runs.values()) expect(digits).to.match(/^(0123456789)+$/);
  });
});
