import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readSettings, SETTINGS } from '../../src/config/settings.ts';
import { PRODUCTION } from './config-dir.ts';

const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const lines = example.split('\n').flatMap((line) => /^([A-Z_]+)=(.*)$/.exec(line)?.slice(1, 3) ?? []);
const env = Object.fromEntries(lines.flatMap((name, index) => (index % 2 === 0 ? [[name, lines[index + 1]]] : [])));

describe('settings', () => {
  it('has a line in .env.example for each setting, and none besides', () => {
    expect(Object.keys(env)).to.have.members(Object.keys(SETTINGS.shape));
  });

  it('is told in docs/operating.md', () => {
    const operating = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    for (const name of Object.keys(SETTINGS.shape)) expect(operating).to.include(`\`${name}\``);
  });

  it('does not start with .env.example as it is', () => {
    const faults: string[] = [];
    readSettings(env, faults);
    expect(faults.map((fault) => fault.split(' ')[0])).to.have.members([
      'ISSUER',
      'MONGODB_URI',
      'SMTP_URL',
      'MAIL_FROM',
      'SMS_PROVIDER',
      'ENCRYPTION_KEYS',
      'COOKIE_KEYS',
    ]);
  });

  it('never puts a secret into a fault', () => {
    const faults: string[] = [];
    readSettings(
      { ...PRODUCTION, ENCRYPTION_KEYS: 'hunter2', COOKIE_KEYS: 'hunter2', SMTP_URL: 'http://u:hunter2@h', MONGODB_URI: 'x://u:hunter2@h' },
      faults,
    );
    expect(faults).to.have.length.above(3);
    expect(faults.join()).to.not.include('hunter2');
  });

  it('cuts the slash at the end of the issuer, which tokens are compared by', () => {
    expect(readSettings({ ...PRODUCTION, ISSUER: 'https://account.agency.test/' }, []).issuer).to.equal('https://account.agency.test');
  });

  it('reads lists of keys, newest first', () => {
    const older = 'mT7yWb5nK8sLdF1hGzPaE4uVoCiBxNeQsq3J9vX0cR2';
    const faults: string[] = [];
    const settings = readSettings({ ...PRODUCTION, ENCRYPTION_KEYS: ` ${PRODUCTION.ENCRYPTION_KEYS} , ${older}` }, faults);
    expect(faults).to.deep.equal([]);
    expect(settings.encryptionKeys).to.deep.equal([PRODUCTION.ENCRYPTION_KEYS, older]);
  });
});
