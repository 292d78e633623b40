import { expect } from 'chai';
import fc from 'fast-check';
import { createBackupCode, readBackupCode } from '../../src/second-factor/backup-code.ts';

describe('backup codes', () => {
  it('are four groups of four signs without look-alikes, each sign used', () => {
    const codes = Array.from({ length: 500 }, createBackupCode);
    for (const code of codes) expect(code).to.match(/^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){3}$/);
    expect(new Set(codes).size).to.equal(500);
    expect(new Set(codes.join('').replaceAll('-', '')).size).to.equal(32);
  });

  for (const typed of [
    'ABCDLFGH23456789',
    'abcd lfgh 2345 6789',
    'ABCD-LFGH-2345-6789',
    ' abcd–lfgh–2345–6789\r\n',
    'ABCD\nLFGH\n2345\n6789',
    'abcdlfgh 23456789',
    'ＡＢＣＤ LFGH ２３４５ 6789',
    'abcd-1fgh-2345-6789',
    'abcd-ifgh-2345-6789',
    'USCIS Account\nABCD-LFGH-2345-6789\n',
    'USCIS AccountABCD-LFGH-2345-6789',
    'My backup code: abcd lfgh 2345 6789',
    'Backup codeABCD LFGH 2345 6789 ',
    'This code ABCD LFGH 2345 6789',
    'My backup code:\r\nABCDLFGH23456789',
    'ABCD-LFGH-2345-6789\nABCD LFGH 2345 6789',
  ])
    it(`reads ${JSON.stringify(typed)}`, () => {
      expect(readBackupCode(typed)).to.equal('ABCDLFGH23456789');
    });

  for (const typed of [
    '',
    'ABCDEFGH2345678',
    'ABCDEFGH234567899',
    'ABCDEFGH2345678O',
    'ABCDEFGH23456780',
    'ABCDEFGH2345678!',
    'ABCDEFGH2345678Ñ',
    'ABCD-EFGH-2345-6789-ABCD',
    'ABCD-EFGH-2345-6789 or ABCD-EFGH-2345-678A',
    'A'.repeat(1_000_000),
  ])
    it(`refuses ${JSON.stringify(typed.slice(0, 20))}`, () => {
      expect(readBackupCode(typed)).to.equal(undefined);
    });

  it('are read back from every spelling', () => {
    const between = fc.constantFrom('', ' ', '-', ' - ', '\n', '\u00a0', '–');
    fc.assert(
      fc.property(fc.nat(), between, fc.boolean(), fc.boolean(), (_, sign, lower, misread) => {
        const code = createBackupCode();
        let typed = code.replaceAll('-', sign);
        if (lower) typed = typed.toLowerCase();
        if (misread) typed = typed.replace(/[lL]/g, '1');
        expect(readBackupCode(typed)).to.equal(code.replaceAll('-', ''));
      }),
    );
  });

  it('never throw on what is typed, and read their own form the same', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'abLI1ﬁßı -2'), minLength: 14, maxLength: 24 })),
        (text) => {
          const code = readBackupCode(text);
          if (code === undefined) return;
          expect(code).to.match(/^[2-9A-HJ-NP-Z]{16}$/);
          expect(readBackupCode(code)).to.equal(code);
        },
      ),
    );
  });
});
