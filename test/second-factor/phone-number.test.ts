import { expect } from 'chai';
import fc from 'fast-check';
import { maskPhone, parsePhoneNumber } from '../../src/second-factor/phone-number.ts';

describe('U.S. phone numbers', () => {
  for (const [place, typed, number] of [
    ['national', '2025550112', '+12025550112'],
    ['parentheses', '(202) 555-0112', '+12025550112'],
    ['dashes', '202-555-0112', '+12025550112'],
    ['dots', '202.555.0112', '+12025550112'],
    ['with 1', '1 (202) 555-0112', '+12025550112'],
    ['with +1', '+1 202 555 0112', '+12025550112'],
    ['E.164', '+12025550112', '+12025550112'],
    ['space around', '  +1 202-555-0112 ', '+12025550112'],
    ['typographic dashes', '202‑555–0112', '+12025550112'],
    ['copied from an address book', '\u202a+1 (202)\u00a0555-0112\u202c', '+12025550112'],
    ['full-width digits', '＋１２０２５５５０１１２', '+12025550112'],
    ['Arabic digits', '٢٠٢٥٥٥٠١١٢', '+12025550112'],
    ['Alaska', '907-555-0112', '+19075550112'],
    ['Puerto Rico 787', '787-555-0112', '+17875550112'],
    ['Puerto Rico 939', '939-555-0112', '+19395550112'],
    ['Guam', '671-555-0112', '+16715550112'],
    ['U.S. Virgin Islands', '340-555-0112', '+13405550112'],
    ['American Samoa, mobile', '684-733-1234', '+16847331234'],
    ['American Samoa, fixed line', '684-633-1234', '+16846331234'],
    ['Northern Mariana Islands', '670-555-0112', '+16705550112'],
  ] as const)
    it(`takes ${place}: ${typed}`, () => {
      expect(parsePhoneNumber(typed)).to.equal(number);
    });

  for (const [why, typed] of [
    ['nothing', ''],
    ['too short', '202-555-011'],
    ['too long', '202-555-01123'],
    ['no area code', '555-0112'],
    ['no such area code', '999-555-0112'],
    ['a 1 in front of the exchange', '202-155-0112'],
    ['Canada', '+1 416 555 0112'],
    ['Canada, national', '416-555-0112'],
    ['Jamaica', '876-555-0112'],
    ['Dominican Republic', '+1 809 555 0112'],
    ['Bahamas', '242-323-1234'],
    ['Bermuda', '441-295-1234'],
    ['United Kingdom', '+44 20 7946 0958'],
    ['Mexico', '+52 55 1234 5678'],
    ['India', '+91 98765 43210'],
    ['toll-free', '800-234-5678'],
    ['toll-free 833', '+1 833 234 5678'],
    ['premium', '900-234-5678'],
    ['personal number service', '500-234-5678'],
    ['an extension', '202-555-0112 x12'],
    ['an extension in words', '202-555-0112 ext. 12'],
    ['an extension by RFC 3966', '+12025550112;ext=12'],
    ['a vanity word', '202-555-HELP'],
    ['letters around', 'call 202-555-0112'],
    ['a tel: address', 'tel:+12025550112'],
    ['two numbers', '202-555-0112, 202-555-0113'],
    ['two numbers without a comma', '202-555-0112 202-555-0113'],
    ['a line break and more', '202-555-0112\n+442079460958'],
    ['a plus in the middle', '202+5550112'],
    ['a megabyte', '2'.repeat(1_000_000)],
  ] as const)
    it(`refuses ${why}: ${JSON.stringify(typed.slice(0, 40))}`, () => {
      expect(parsePhoneNumber(typed)).to.equal(undefined);
    });

  it('never throws, gives E.164 with +1 or nothing, and reads its own answer the same', () => {
    const sign = fc.constantFrom(...'0123456789+-(). x#;,\u202d٢２');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: sign, maxLength: 25 })), (text) => {
        const number = parsePhoneNumber(text);
        if (number === undefined) return;
        expect(number).to.match(/^\+1[2-9]\d{9}$/);
        expect(parsePhoneNumber(number)).to.equal(number);
      }),
      { numRuns: 5000 },
    );
  });

  it('reads one number the same in every spelling', () => {
    const between = fc.constantFrom('', ' ', '-', '.', ' - ', '\u00a0');
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99 }),
        fc.constantFrom('', '1', '+1', '+1 '),
        between,
        between,
        fc.boolean(),
        (line, prefix, one, two, brackets) => {
          const typed = `${prefix}${brackets ? '(202)' : `${prefix ? one : ''}202`}${one}555${two}01${String(line).padStart(2, '0')}`;
          expect(parsePhoneNumber(typed)).to.equal(`+120255501${String(line).padStart(2, '0')}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('masks all but the last two digits', () => {
    expect(maskPhone('+12025550112')).to.equal('•••12');
  });
});
