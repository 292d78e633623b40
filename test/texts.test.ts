import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTexts, formatDate, formatTime, localize, type TextsOptions } from '../src/texts.ts';
import { scratch } from './support/scratch.ts';

const textsOf = (en: object, es: object, options?: TextsOptions) => {
  const dir = scratch('texts');
  writeFileSync(join(dir, 'en.json'), JSON.stringify(en));
  writeFileSync(join(dir, 'es.json'), JSON.stringify(es));
  return createTexts(dir, options);
};

describe('texts', () => {
  const texts = textsOf(
    {
      hello: 'Hello {{name}}',
      tries: { left_one: '{{count}} try left', left_other: '{{count}} tries left' },
      wait: 'Wait until {{until, time}}',
      kept: 'Kept until {{until, date}}',
      both: 'On {{until}}',
      again: 'Again at {{until, later time}} on {{until, later date}}',
      outer: 'First: {{inner}}',
      only: 'English only',
    },
    {
      hello: 'Hola, {{name}}',
      tries: { left_one: 'Queda {{count}} intento', left_other: 'Quedan {{count}} intentos' },
      wait: 'Espere hasta {{until, time}}',
      both: 'El {{until}}',
    },
  );
  const until = new Date('2026-11-22T20:15:00Z');

  it('says a sentence in the language asked for, parameters filled in and not escaped', () => {
    expect(texts.in('en').t('hello', { name: '<Ng & 李>' })).to.equal('Hello <Ng & 李>');
    expect(texts.in('es').t('hello', { name: 'Ana' })).to.equal('Hola, Ana');
    expect(texts.in('es').language).to.equal('es');
  });

  it('chooses the plural by count', () => {
    expect(texts.in('en').t('tries.left', { count: 1 })).to.equal('1 try left');
    expect(texts.in('es').t('tries.left', { count: 3 })).to.equal('Quedan 3 intentos');
  });

  it('says the words of the profile where it has its own', () => {
    const words = { kept: 'answers', kept_nist: 'codes', same: 'same', left_one: 'one', left_other: 'many', left_nist_other: 'a lot' };
    const [nist, seed] = ['nist', 'seed'].map((profile) => textsOf(words, words, { profile }).in('en'));
    expect(['kept', 'same'].map((key) => nist!.t(key))).to.deep.equal(['codes', 'same']);
    expect(['kept', 'same'].map((key) => seed!.t(key))).to.deep.equal(['answers', 'same']);
    expect([1, 2].map((count) => nist!.t('left', { count }))).to.deep.equal(['one', 'a lot']);
    expect(() => nist!.t('nothing.here')).to.throw('no words for "nothing.here"');
  });

  it('says dates and times in the zone of the service and names the zone', () => {
    expect(texts.in('en').t('wait', { until })).to.equal('Wait until 3:15 PM Eastern Time');
    expect(texts.in('es').t('wait', { until })).to.equal('Espere hasta las 3:15 p.m. hora del Este');
    expect(texts.in('en').t('kept', { until })).to.equal('Kept until November 22, 2026');
    expect(texts.in('en').t('both', { until })).to.equal('On November 22, 2026, 3:15 PM Eastern Time');
    expect(texts.in('en').t('wait', { until: until.toISOString() })).to.equal('Wait until 3:15 PM Eastern Time');
    expect(texts.in('en').t('kept', { until: '2026-11-01' })).to.equal('Kept until November 1, 2026');
    expect(formatDate(until, 'es')).to.equal('22 de noviembre de 2026');
    expect(formatTime(until, 'en')).to.equal('3:15 PM Eastern Time');
  });

  it('gives Spanish times the article of their hour', () => {
    const at = (time: string) => texts.in('es').t('wait', { until: new Date(`2026-11-22T${time}Z`) });
    for (const time of ['06:00:00', '06:59:59', '18:05:00']) expect(at(time)).to.match(/hasta la 1:\d\d [ap]\.m\. hora del Este$/);
    for (const time of ['15:00:00', '16:00:00', '17:30:00', '05:30:00']) expect(at(time)).to.match(/hasta las (10|11|12):\d\d [ap]\.m\. /);
    expect(texts.in('es').t('both', { until })).to.equal('El 22 de noviembre de 2026 a las 3:15 p.m. hora del Este');
  });

  // What happened: a recovery that waits was promised "a partir de las las 3:15 p.m.".
  it('brings the only article of a time', () => {
    const words = readFileSync('config/locales/es.json', 'utf8').split('\n');
    expect(words.filter((line) => /\b(la|las|el|los) \{\{\w+, (later )?time\}\}/.test(line))).to.deep.equal([]);
  });

  // What happened: at 10:00:25 a page promised that one could try again at 10:00.
  it('promises the next minute, and never one that is past', () => {
    const again = (time: string) => texts.in('en').t('again', { until: new Date(time) });
    expect(again('2026-11-22T15:00:25Z')).to.equal('Again at 10:01 AM Eastern Time on November 22, 2026');
    expect(again('2026-11-22T15:00:00.001Z')).to.equal('Again at 10:01 AM Eastern Time on November 22, 2026');
    expect(again('2026-11-22T15:00:00Z')).to.equal('Again at 10:00 AM Eastern Time on November 22, 2026');
    expect(again('2026-11-23T04:59:30Z')).to.equal('Again at 12:00 AM Eastern Time on November 23, 2026');
    expect(texts.in('en').t('again', { until: '2026-11-22T15:00:25.000Z' })).to.contain('10:01 AM');
    expect(texts.in('en').t('wait', { until: new Date('2026-11-22T15:00:59Z') })).to.equal('Wait until 10:00 AM Eastern Time');
  });

  it('rounds up every time from which something may be done again', () => {
    const project = createTexts('config/locales');
    const until = new Date('2026-11-22T18:00:25Z');
    for (const key of [
      'problems.wait',
      'common.code_again_at',
      'notices.wait_before_sending',
      'sign-up.confirm.resend_at',
      'errors.until',
      'problems.answers_shut',
      'recovery.waiting.until',
      'recovery.choose-proof.waits',
    ]) {
      expect(project.in('en').t(key, { until, ripeAt: until }), key).to.contain('1:01 PM Eastern Time');
      expect(project.in('es').t(key, { until, ripeAt: until }), key).to.match(/ (a|de) la 1:01 p\.m\. hora del Este/);
    }
  });

  // What happened: a page spoke of "soporte", the next of "servicio de ayuda"; the five questions had one name at sign-up and another in mails.
  it('has one name for each thing, and one kind of quotation marks', () => {
    const others = {
      en: /[“”]|security question|\bany more\b|turned o(n|ff)|\b[Yy]our present\b/,
      es: /[«»“”]|\b[Ii]ngres[ae]|[Ss]oporte|preguntas de seguridad|caducado|nueva contraseña(?! de un solo uso)/,
    };
    for (const [language, other] of Object.entries(others)) {
      const words = readFileSync(`config/locales/${language}.json`, 'utf8').split('\n');
      expect(
        words.filter((line) => other.test(line)),
        language,
      ).to.deep.equal([]);
    }
  });

  it('says no English sentence of more than 25 words, but for the one of the backup code', () => {
    const sentences = readFileSync('config/locales/en.json', 'utf8')
      .split('\n')
      .flatMap((line) => line.replace(/\{\{[^}]*\}\}/g, 'X').split(/(?<=[.?!:;])\\?"?\s+/));
    const long = sentences.filter((sentence) => sentence.split(/\s+/).length > 25);
    expect(long.map((sentence) => sentence.slice(0, 40))).to.deep.equal(['"Use this code to log in if you lose acc']);
  });

  it('takes another text, or words by language, as a parameter', () => {
    expect(texts.in('en').t('outer', { inner: { key: 'hello', name: 'Ana' } })).to.equal('First: Hello Ana');
    expect(texts.in('es').t('hello', { name: { en: 'Anne', es: 'Ana' } })).to.equal('Hola, Ana');
    expect(localize({ en: 'myUSCIS' }, 'es')).to.equal('myUSCIS');
  });

  it('does not take what a person typed for a placeholder, a key or an option', () => {
    expect(texts.in('en').t('hello', { name: '{{name}} $t(only)', lng: 'es', context: 'x', defaultValue: 'y' })).to.equal(
      'Hello {{name}} $t(only)',
    );
  });

  it('throws on a missing key, section or parameter', () => {
    expect(() => texts.in('en').t('nothing.here')).to.throw('no words for "nothing.here"');
    expect(() => texts.in('es').t('only')).to.throw('no words');
    expect(() => texts.in('en').t('tries')).to.throw('no words for "tries"');
    expect(() => texts.in('en').t('hello')).to.throw('missing parameter name');
  });

  it('says what it can where strictness is off: English, then the key', () => {
    const lax = textsOf({ only: 'English only', hello: 'Hello {{name}}' }, {}, { strict: false });
    expect(lax.in('es').t('only')).to.equal('English only');
    expect(lax.in('es').t('nothing.here')).to.equal('nothing.here');
    expect(lax.in('es').t('hello')).to.equal('Hello ');
  });

  it('knows which keys exist', () => {
    expect(texts.has('only')).to.equal(true);
    expect(texts.has('only', 'es')).to.equal(false);
  });

  it('has the same keys and the same parameters in every language of the project', () => {
    const flatten = (value: unknown, path = ''): [string, string][] =>
      typeof value === 'string'
        ? [[path, value]]
        : Object.entries(value as object).flatMap(([key, inner]) => flatten(inner, path ? `${path}.${key}` : key));
    const [en, es] = ['en', 'es'].map((language) => new Map(flatten(JSON.parse(readFileSync(`config/locales/${language}.json`, 'utf8')))));
    expect([...es!.keys()]).to.deep.equal([...en!.keys()]);
    const parameters = (sentence: string) => [...sentence.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1]).sort();
    for (const [key, sentence] of en!) expect(parameters(es!.get(key)!), key).to.deep.equal(parameters(sentence));
  });
});
