import { expect } from 'chai';
import fc from 'fast-check';
import { firstLanguage, isLanguage } from '../src/language.ts';

describe('language', () => {
  for (const [tags, language] of [
    ['es', 'es'],
    ['es-MX en', 'es'],
    ['fr-CA es-US en', 'es'],
    ['EN-us', 'en'],
    ['fr, en-GB, es', 'en'],
    ['  es', 'es'],
    ['est-EE', undefined],
    ['fr de', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    it(`takes ${language ?? 'none'} from ${JSON.stringify(tags)}`, () => {
      expect(firstLanguage(tags)).to.equal(language);
    });
  }

  it('is one of ours whatever the list says, or none', () => {
    fc.assert(fc.property(fc.string(), (tags) => [undefined, 'en', 'es'].includes(firstLanguage(tags))));
  });

  it('is known by its exact tag alone', () => {
    for (const language of ['en', 'es']) expect(isLanguage(language)).to.equal(true);
    for (const other of ['EN', 'en-US', '', 'toString', null, undefined, 0, ['en']])
      expect(isLanguage(other), String(other)).to.equal(false);
  });
});
