import { expect } from 'chai';
import { readSettings, SettingsError } from '../../demo/settings.ts';

const good = { DEMO_URL: 'https://demo.example.org/', ISSUER: 'https://id.example.org', DEMO_CLIENT_SECRET: 'secret' };

describe('demo: settings', () => {
  it('are read, with defaults, and cannot be changed', () => {
    const settings = readSettings(good);
    expect(settings).to.include({ host: '127.0.0.1', port: 3001, url: 'https://demo.example.org', clientId: 'myuscis', logLevel: 'info' });
    expect(settings.sessionSecret).to.have.length(43).and.not.equal(readSettings(good).sessionSecret);
    expect(Object.isFrozen(settings)).to.equal(true);
  });

  it('tell all their faults at once', () => {
    const faults = (env: Record<string, string>): string => {
      try {
        readSettings(env);
      } catch (error) {
        if (error instanceof SettingsError) return error.message;
      }
      return '';
    };
    const message = faults({ PORT: 'x', ISSUER: 'http://id.example.org', DEMO_CLIENT_SECRET: '', SESSION_SECRET: 'short' });
    for (const name of ['PORT', 'DEMO_URL', 'ISSUER', 'DEMO_CLIENT_SECRET', 'SESSION_SECRET']) expect(message).to.include(`- ${name}: `);
    expect(message).to.not.include('short');
    for (const ISSUER of ['nonsense', 'ftp://localhost', 'http://localhost.evil.example'])
      expect(faults({ ...good, ISSUER }), ISSUER).to.include('ISSUER');
    expect(faults({ ...good, ISSUER: 'http://localhost:3000' })).to.equal('');
  });
});
