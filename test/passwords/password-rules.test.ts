import { expect } from 'chai';
import fc from 'fast-check';
import { checkNewPassword, normalisePassword, type PasswordRule, passwordRules } from '../../src/passwords/password-rules.ts';

describe('password rules', () => {
  const seed = { profile: 'seed', password: { minLength: 8, maxLength: 128 } } as const;
  const nist = { profile: 'nist', password: { minLength: 15, maxLength: 128 } } as const;
  const check = (password: string, policy: typeof seed | typeof nist = seed) =>
    checkNewPassword(password, { email: 'ana.lopez@x.test', serviceWords: ['USCIS'], policy });

  const rows: [password: string, why: string, broken: PasswordRule[]][] = [
    ['Tulip&Anchor', 'meets all', []],
    ['Tuli&Anc', 'eight characters', []],
    ['Tul&Anc', 'seven characters', ['length']],
    ['', 'nothing', ['length', 'uppercase', 'lowercase', 'special']],
    ['tulip&anchor', 'no uppercase letter', ['uppercase']],
    ['TULIP&ANCHOR', 'no lowercase letter', ['lowercase']],
    ['TulipAnchor7', 'no special character', ['special']],
    ['tulipanchor', 'neither uppercase nor special', ['uppercase', 'special']],
    ['Tulip Anchor', 'a space is special', []],
    [' TulipAnchor', 'a leading space counts and stays', []],
    ['Tulipán¿Ancla', 'Spanish letters and signs', []],
    ['TulipánÑandú7', 'accented letters are letters, not special', ['special']],
    ['TulipanéAncho', 'a combining accent is part of its letter', ['special']],
    ['ТюльпанЯкорь!', 'Cyrillic has cases', []],
    ['Tulip٣Anchor', 'an Arabic digit is a digit', ['special']],
    ['Abcd😀😀😀😀', 'four emoji and four letters are eight', []],
    ['Abc😀😀😀😀', 'four emoji and three letters are seven', ['length']],
    ['Tuli&Ance\u0301', 'a decomposed letter counts once', []],
    ['Tul&Ane\u0301', 'a decomposed letter counts once, not twice', ['length']],
    ['我喜欢喝乌龙茶', 'no case in Chinese', ['length', 'uppercase', 'lowercase', 'special']],
    ['Password1!', 'common', ['common']],
    ['Welcome@123', 'common', ['common']],
    ['Summer2026!', 'common', ['common']],
    ['Uscis2026!', 'a word of the service', ['common']],
    ['ana.lopezA!1', 'the e-mail address', ['common']],
    ['password', 'common and poor', ['uppercase', 'special', 'common']],
    ['My welcome mat is purple', 'a long phrase with a listed word', []],
    [`Aa!${'ü7q'.repeat(50)}`.slice(0, 128), '128 characters', []],
    [`Aa!${'ü7q'.repeat(50)}`.slice(0, 129), '129 characters', ['too-long']],
    [`Aa!${'😀x7'.repeat(42)}`.slice(0, -1), '128 code points in 169 units', []],
    ['x'.repeat(1_000_000), 'a megabyte', ['too-long']],
  ];
  for (const [password, why, broken] of rows)
    it(`${why}: ${JSON.stringify(password.slice(0, 30))} breaks ${broken.join(', ') || 'nothing'}`, () => {
      expect(check(password)).to.deep.equal(broken);
    });

  it('asks for length and the list alone in the nist profile', () => {
    expect(passwordRules(nist)).to.deep.equal(['length', 'common', 'too-long']);
    expect(check('correct horse battery staple', nist)).to.deep.equal([]);
    expect(check('aaaaaaaaaaaaaaaa', nist)).to.deep.equal(['common']);
    expect(check('aaaaaaaa', nist)).to.deep.equal(['length', 'common']);
  });

  it('judges composed and decomposed letters alike, and changes nothing else', () => {
    expect(normalisePassword(' e\u0301 Ａ ')).to.equal(' \u00e9 Ａ ');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 140 }), (password) => {
        expect(check(password.normalize('NFD'))).to.deep.equal(check(password.normalize('NFC')));
      }),
    );
  });

  it('never throws, and answers rules of the policy, each once, in their order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom(seed, nist), (password, policy) => {
        const broken = check(password, policy);
        expect(broken).to.deep.equal(passwordRules(policy).filter((rule) => broken.includes(rule)));
      }),
    );
  });
});
