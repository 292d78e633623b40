import { expect } from 'chai';
import fc from 'fast-check';
import nodemailer from 'nodemailer';
import { maskEmail, parseEmailAddress } from '../../src/accounts/email-address.ts';

describe('e-mail addresses', () => {
  const taken: [typed: string, address: string, canonical: string][] = [
    ['ana@x.test', 'ana@x.test', 'ana@x.test'],
    ['A@X.TEST', 'A@x.test', 'a@x.test'],
    ['  ana@x.test\t', 'ana@x.test', 'ana@x.test'],
    ['Ana.Lopez+uscis@Mail.X.test', 'Ana.Lopez+uscis@mail.x.test', 'ana.lopez+uscis@mail.x.test'],
    ["o'brien@x.test", "o'brien@x.test", "o'brien@x.test"],
    ['ana@MÜNCHEN.test', 'ana@xn--mnchen-3ya.test', 'ana@xn--mnchen-3ya.test'],
    ['ana@mu\u0308nchen.test', 'ana@xn--mnchen-3ya.test', 'ana@xn--mnchen-3ya.test'],
    ['ana@日本.jp', 'ana@xn--wgv71a.jp', 'ana@xn--wgv71a.jp'],
    ['ａｎａ＠ｘ．ｔｅｓｔ', 'ana@x.test', 'ana@x.test'],
    [`${'a'.repeat(64)}@x.test`, `${'a'.repeat(64)}@x.test`, `${'a'.repeat(64)}@x.test`],
  ];
  for (const [typed, address, canonical] of taken)
    it(`takes ${JSON.stringify(typed)}`, () => {
      expect(parseEmailAddress(typed)).to.deep.equal({ address, canonical });
    });

  const refused = [
    ...[
      '',
      ' ',
      'ana',
      '@',
      'ana@',
      '@x.test',
      'ana@x',
      'ana@localhost',
      'ana@@x.test',
      'a@b@x.test',
      'ana@x.test.',
      'ana@.x.test',
      'ana@x..test',
    ],
    ...['v@x.test,evil@y.test', 'v@x.test;evil@y.test', 'v@x.test evil@y.test', 'v@x.test, evil@y.test', 'v@x.test\r\nBcc: evil@y.test'],
    ...['v@x.test\n', 'v@x.test\0', '"e@y.test v"@x.test', '"v"@x.test', 'V <v@x.test>', '<v@x.test>', 'v@x.test (comment)', 'v(c)@x.test'],
    ...[
      'group: v@x.test;',
      'mailto:v@x.test',
      'v w@x.test',
      '.v@x.test',
      'v.@x.test',
      'v..w@x.test',
      'v@[127.0.0.1]',
      'v@127.0.0.1',
      'v@127.1',
    ],
    ...[
      'v@x.1',
      'v@-x.test',
      'v@x-.test',
      'v@ex_ample.com',
      'v@a%41.test',
      'v@a\u00adb.test',
      'v@x.te\u200bst',
      'ñ@x.test',
      '李@x.test',
      'v\u202e@x.test',
    ],
    ...[`${'a'.repeat(65)}@x.test`, `v@${'a'.repeat(64)}.test`, `v@${'a.'.repeat(126)}test`, `v@${'a'.repeat(1_000_000)}.test`],
  ];
  for (const typed of refused)
    it(`refuses ${JSON.stringify(typed.slice(0, 40))}`, () => {
      expect(parseEmailAddress(typed)).to.equal(undefined);
    });

  it('never throws, is at most 254 ASCII characters, and read again gives the same', () => {
    const part = fc.string({ unit: fc.constantFrom(...'abcABZ019.+-_\'"<>(),;: @%\\\r\n\tñßİK李･．＠'), maxLength: 12 });
    const nearly = fc.tuple(part, part, part).map(([local, domain, rest]) => `${local}@${domain}.test${rest}`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress(), nearly), (text) => {
        const read = parseEmailAddress(text);
        if (!read) return;
        expect(read.address).to.match(/^[\x21-\x7e]{3,254}$/);
        expect(parseEmailAddress(read.address)).to.deep.equal(read);
        expect(parseEmailAddress(read.canonical)?.canonical).to.equal(read.canonical);
      }),
      { numRuns: 5000 },
    );
  });

  it('gives the mailer one recipient, the one that was read, whatever was typed', async () => {
    const transport = nodemailer.createTransport({ jsonTransport: true });
    const part = fc.string({ unit: fc.constantFrom(...'abZ09.+-_\'=/{}|"<>(),;: @'), minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.emailAddress(),
          fc.tuple(part, part).map(([local, domain]) => `${local}@${domain}.test`),
        ),
        async (text) => {
          const read = parseEmailAddress(text);
          if (!read) return;
          const { envelope } = await transport.sendMail({ from: 'myaccount@x.test', to: read.address, text: 'one' });
          expect(envelope.to).to.deep.equal([read.address]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('masks all but the first character and the domain', () => {
    expect(maskEmail('ana@x.test')).to.equal('a•••@x.test');
    expect(maskEmail('a@x.test')).to.equal('a•••@x.test');
    expect(maskEmail('maria.fernanda.lopez@mail.x.test')).to.equal('m•••@mail.x.test');
    expect(maskEmail('')).to.equal('•••');
  });
});
