import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadConfig } from '../../src/config.ts';
import { configDir, PRODUCTION, settingNamed } from './config-dir.ts';

const shipped = (name: string) => JSON.parse(readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8'));
const load = (changes: Record<string, unknown>) => loadConfig({ ...PRODUCTION, CONFIG_DIR: configDir(changes) });

describe('configuration files', () => {
  const brand = shipped('brand.json');
  const policy = shipped('policy.json');
  const service = { id: 'a', name: 'A', clientId: 'a', initiateLoginUri: 'https://a.agency.test/login' };

  const bad: [string, Record<string, unknown>, RegExp][] = [
    ['a misspelt field', { 'brand.json': { ...brand, accuontName: 'x' } }, /brand\.json: .*accuontName/],
    ['a missing field', { 'brand.json': { ...brand, shortName: undefined } }, /brand\.json: shortName/],
    ['a name in one language only', { 'brand.json': { ...brand, systemName: { en: 'x' } } }, /brand\.json: systemName/],
    [
      'a colour that is none',
      { 'brand.json': { ...brand, colors: { primary: 'red;}' } } },
      /brand\.json: colors\.primary must be a colour/,
    ],
    [
      'a script for an address',
      { 'brand.json': { ...brand, attorneyUrl: 'javascript:alert(1)' } },
      /brand\.json: attorneyUrl must be a web address/,
    ],
    ['a short password', { 'policy.json': { ...policy, password: { minLength: 6, maxLength: 128 } } }, /policy\.json: password\.minLength/],
    [
      'a limit of none',
      { 'policy.json': { ...policy, limits: { 'send-account': { units: 0, seconds: 1 } } } },
      /policy\.json: limits\.send-account\.units/,
    ],
    ...(['memoryKiB', 'passes'] as const).map((cost): [string, Record<string, unknown>, RegExp] => [
      `hashes that are too cheap: ${cost}`,
      { 'policy.json': { ...policy, passwordHash: { ...policy.passwordHash, [cost]: policy.passwordHash[cost] - 1 } } },
      new RegExp(`policy\\.json: passwordHash\\.${cost} must be at least ${policy.passwordHash[cost]} in production`),
    ]),
    [
      'less memory than its lanes need',
      { 'policy.json': { ...policy, passwordHash: { memoryKiB: 16, passes: 2, lanes: 4 } } },
      /memoryKiB must be at least 8 for each lane/,
    ],
    ['two equal levels', { 'policy.json': { ...policy, acrValues: ['a', 'a', 'b'] } }, /policy\.json: acrValues must be three different/],
    [
      'nist with eight characters',
      { 'policy.json': { ...policy, profile: 'nist' } },
      /password\.minLength must be at least 15(?:.|\n)*code\.emailMinutes must be at most 10/,
    ],
    ['a network that is none', { 'policy.json': { ...policy, exemptNetworks: ['library'] } }, /policy\.json: exemptNetworks\.0/],
    [
      'an http service',
      { 'services.json': [{ ...service, initiateLoginUri: 'http://a.agency.test' }] },
      /a\.initiateLoginUri must begin with https/,
    ],
    ['a service twice', { 'services.json': [service, service] }, /services\.json: has an id twice/],
    [
      'a service that names a missing setting',
      { 'services.json': [{ ...service, name: settingNamed('NOT_SET') }] },
      /services\.json: NOT_SET is missing/,
    ],
    ['services that are no list', { 'services.json': 'null' }, /services\.json: 0 /],
    ['few questions', { 'security-questions.json': ['a', 'b'] }, /security-questions\.json: must have at least 20/],
    ['a question twice', { 'security-questions.json': [...shipped('security-questions.json'), 'first-school'] }, /has a question twice/],
    ['a file that is not JSON', { 'brand.json': '{' }, /brand\.json cannot be read/],
    ['a file that is missing', { 'policy.json': undefined }, /policy\.json cannot be read/],
    ['no terms', { terms: undefined }, /Terms of Use cannot be read/],
    ['terms without a version', { terms: undefined, 'terms/readme.md': 'x' }, /has no Terms of Use/],
    ['terms in one language', { terms: undefined, 'terms/2026-01-01.en.md': 'x' }, /Terms of Use cannot be read: .*2026-01-01\.es\.md/],
  ];
  for (const [what, changes, fault] of bad) {
    it(`refuses ${what}`, () => {
      expect(() => load(changes)).to.throw(fault);
    });
  }

  it('takes the newest terms', () => {
    const config = load({
      terms: undefined,
      'terms/2025-12-31.en.md': 'old',
      'terms/2025-12-31.es.md': 'viejo',
      'terms/2026-02-01.en.md': 'new',
      'terms/2026-02-01.es.md': 'nuevo',
    });
    expect(config.terms).to.deep.equal({ version: '2026-02-01', text: { en: 'new', es: 'nuevo' } });
  });

  it('has words in both languages for every question', () => {
    for (const language of ['en', 'es']) {
      expect(Object.keys(shipped(`locales/${language}.json`).questions)).to.include.members(shipped('security-questions.json'));
    }
  });

  it('has a service without account types', () => {
    expect(load({ 'services.json': [service] }).services[0]?.accountTypes).to.deep.equal([]);
  });
});
