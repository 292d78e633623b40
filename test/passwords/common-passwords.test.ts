import { readFileSync } from 'node:fs';
import { dictionary } from '@zxcvbn-ts/language-common';
import { expect } from 'chai';
import fc from 'fast-check';
import { randomFrom } from '../../src/crypto/random.ts';
import { COMMON_PASSWORDS, isCommonPassword } from '../../src/passwords/common-passwords.ts';
import { fold } from '../../src/passwords/fold.ts';

describe('common passwords', () => {
  const isCommon = (password: string) => isCommonPassword(password, 'ana.lopez@x.test', ['USCIS', 'myUSCIS']);

  for (const password of [
    ...['password', '12345678', 'qwertyuiop', 'aaaaaaaa', 'abababab', '1qaz2wsx', 'iloveyou'],
    ...[
      'Password1!',
      'Welcome@123',
      'Summer2026!',
      'Winter2026#',
      'January2026!',
      'P@$$w0rd',
      'Passw0rd!',
      'PASSWORD!1',
      '!Password!',
      'PasswordA!1',
    ],
    ...['Admin@123', 'Letmein123!', 'Iloveyou1!', 'Abc123456!', 'Qwerty123!', 'Asdf1234!', 'Abcdefg!', 'Zyxwvut!', '1qaz@WSX', 'Aaaaaaa!'],
    ...['PasswordPassword1!', 'Contraseña1!', 'Contrasen\u0303a1!', 'Bienvenido2026!', 'Verano2026!', 'Ｐａｓｓｗｏｒｄ１!'],
    ...['Uscis2026!', 'MyUSCIS1!', 'Immigration1!', 'GreenCard2026!'],
    ...['ana.lopezA!1', 'Ana.Lopez1!', 'Lopez1990!', 'AnaLopez!', 'ana.lopez@x.test', 'Ana.lopez@x.test1!'],
  ])
    it(`has ${password}`, () => {
      expect(isCommon(password)).to.equal(true);
    });

  for (const password of [
    ...[
      'correct horse battery staple',
      'my welcome mat is Purple!',
      'The password is not Password',
      'Blue-Kettle 42 rides',
      'Summer!Rain7Kettle',
    ],
    ...[
      'xK#9pQ!2vLmZ',
      'Tr0ub4dor&3',
      'Abc!7391$#@20485',
      "J'ai mangé 3 pommes",
      'Mi-abuela cocina 7 arepas',
      'हिन्दी भाषा Aa!',
      '我喜欢喝乌龙茶Aa!',
      'Tulip&Anchor9',
    ],
  ])
    it(`has not ${password}`, () => {
      expect(isCommon(password)).to.equal(false);
    });

  it('looks in the list that zxcvbn-ts keeps, folded and sorted', () => {
    const words = new Set((dictionary['passwords-common'] as string[]).map(fold));
    const file = readFileSync(COMMON_PASSWORDS, 'utf8');
    expect(file === `${[...words].sort().join('\n')}\n`, 'npm run passwords').to.equal(true);
  });

  it('knows at least 3,000 of the list, each also with what is hung on it', () => {
    const words = dictionary['passwords-common'] as string[];
    expect(words.length).to.be.greaterThan(3000);
    for (const word of words.slice(0, 3000)) {
      expect(isCommon(word), word).to.equal(true);
      expect(isCommon(`${word.slice(0, 1).toUpperCase()}${word.slice(1)}1!`), word).to.equal(true);
    }
  });

  it('lets the passwords of a password manager pass', () => {
    const signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!@#$%&*-';
    for (let count = 0; count < 500; count += 1) {
      const password = randomFrom(signs, 16);
      expect(isCommon(password), password).to.equal(false);
    }
  });

  it('never throws, whatever the password, the address and the words', () => {
    const any = fc.string({ unit: 'binary', maxLength: 128 });
    fc.assert(
      fc.property(any, any, fc.array(any, { maxLength: 3 }), (password, email, words) => {
        expect(isCommonPassword(password, email, words)).to.be.a('boolean');
      }),
    );
  });

  it('finds the local part in any decoration', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{5,12}$/),
        fc.constantFrom('', '1', 'A!1', '2026!', '!!', '#123'),
        fc.constantFrom('', '!', '1'),
        (local, after, before) => {
          const password = `${before}${local.slice(0, 1).toUpperCase()}${local.slice(1)}${after}`;
          expect(isCommonPassword(password, `${local}@x.test`, [])).to.equal(true);
        },
      ),
    );
  });
});
