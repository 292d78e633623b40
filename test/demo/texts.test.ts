import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { BENEFITS, OFFERS, sayTime } from '../../demo/pages.ts';
import { PROBLEMS } from '../../demo/problems.ts';
import { translator } from '../../demo/texts.ts';

const read = (language: string): object =>
  JSON.parse(readFileSync(new URL(`../../demo/locales/${language}.json`, import.meta.url), 'utf8'));

const flat = (words: object, before = ''): [string, string][] =>
  Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [[before + key, value] as [string, string]] : flat(value, `${before}${key}.`),
  );

describe('demo: words', () => {
  const english = new Map(flat(read('en')));
  const spanish = new Map(flat(read('es')));

  it('exist in both languages, with the same parameters', () => {
    expect([...spanish.keys()]).to.deep.equal([...english.keys()]);
    const parameters = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();
    for (const [key, text] of english) expect(parameters(spanish.get(key)!), key).to.deep.equal(parameters(text));
  });

  it('are not the same in both, names aside', () => {
    const same = [...english].filter(([key, text]) => spanish.get(key) === text).map(([key]) => key);
    expect(same).to.deep.equal(['common.name', 'common.error']);
  });

  it('exist for every problem, promise and benefit', () => {
    for (const language of ['en', 'es'] as const) {
      const t = translator(language);
      for (const code of Object.keys(PROBLEMS)) expect(t(`problems.${code}.title`) && t(`problems.${code}.text`)).to.be.a('string');
      for (const { id } of BENEFITS) expect(t(`home.benefit.${id}`)).to.not.equal('');
      for (const { id } of OFFERS) expect(t(`home.offer.${id}`)).to.not.equal('');
    }
  });

  it('name the same zone for a time as the pages of the provider', () => {
    const at = new Date('2026-11-22T03:15:00Z');
    expect(sayTime(at, 'en')).to.equal('November 21, 2026, 10:15 PM Eastern Time');
    expect(sayTime(at, 'es')).to.equal('21 de noviembre de 2026, 10:15 p.m. hora del Este');
  });

  it('throw where they are missing, instead of showing a key', () => {
    expect(() => translator('es')('home.nothing')).to.throw('no words for home.nothing in es');
  });
});
