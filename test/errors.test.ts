import { expect } from 'chai';
import { AppError, ERRORS, type ErrorCode } from '../src/errors.ts';
import { LANGUAGES } from '../src/language.ts';
import { createTexts } from '../src/texts.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('errors', () => {
  it('carry their status as a field of their own, which Koa assigns to', () => {
    const error = new AppError('not_found');
    expect(Object.hasOwn(error, 'status')).to.equal(true);
    expect(error.status).to.equal(404);
  });

  it('keep what they are about', () => {
    const until = new Date();
    const cause = new Error('below');
    const error = new AppError('too_many', { cause, until, params: { name: 'x' }, detail: 'the third time' });
    expect(error).to.be.instanceOf(Error);
    expect(error).to.include({ name: 'AppError', code: 'too_many', message: 'the third time', cause, until });
    expect(error.params).to.deep.equal({ name: 'x' });
  });

  it('are told by their code where nothing else is said', () => {
    const { message, params, until, cause } = new AppError('busy');
    expect({ message, params, until, cause }).to.deep.equal({ message: 'busy', params: {}, until: undefined, cause: undefined });
  });

  it('log loudly what is our fault, and all of that alone', () => {
    const loud = CODES.filter((code) => ERRORS[code].log === 'error');
    expect(loud).to.deep.equal(['unavailable', 'internal']);
    expect(CODES.filter((code) => ERRORS[code].status < 400 || ERRORS[code].status > 599)).to.deep.equal([]);
  });

  for (const language of LANGUAGES) {
    it(`each have a title, a text and what to do next in ${language}`, () => {
      const texts = createTexts('config/locales');
      const missing = CODES.flatMap((code) =>
        ['title', 'text', 'next'].map((part) => `errors.${code}.${part}`).filter((key) => !texts.has(key, language)),
      );
      expect(missing).to.deep.equal([]);
    });
  }
});
