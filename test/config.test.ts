import { expect } from 'chai';
import { ConfigError, loadConfig } from '../src/config.ts';
import { PRODUCTION } from './config/config-dir.ts';

type Env = Record<string, string | undefined>;

const faultsOf = (env: Env): readonly string[] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

describe('loadConfig', () => {
  const development = {
    MONGODB_URI: PRODUCTION.MONGODB_URI,
    ENCRYPTION_KEYS: PRODUCTION.ENCRYPTION_KEYS,
    COOKIE_KEYS: PRODUCTION.COOKIE_KEYS,
  };

  it('takes a full production environment', () => {
    const config = loadConfig({ ...PRODUCTION });
    expect(config).to.include({
      production: true,
      host: '0.0.0.0',
      port: 3000,
      issuer: PRODUCTION.ISSUER,
      trustProxy: 0,
      metricsPort: undefined,
    });
    expect(config.sms).to.deep.equal({ provider: 'webhook', url: PRODUCTION.SMS_WEBHOOK_URL });
    expect(config.clients).to.deep.equal([]);
    expect(config.services).to.deep.equal([]);
  });

  it('has defaults for development', () => {
    const config = loadConfig(development);
    expect(config).to.include({
      production: false,
      host: '127.0.0.1',
      port: 3000,
      issuer: 'http://localhost:3000',
      workers: 1,
      logLevel: 'info',
    });
    expect(config.mail.smtpUrl).to.equal(undefined);
    expect(config.sms).to.deep.equal({ provider: 'inbox' });
    expect(loadConfig({ ...development, PORT: '4000' }).issuer).to.equal('http://localhost:4000');
  });

  it('is frozen to its depth', () => {
    const config = loadConfig(development);
    expect(() => Object.assign(config.policy.limits, { password: {} })).to.throw(TypeError);
    expect(() => (config.questions as string[]).push('x')).to.throw(TypeError);
  });

  it('reports all faults at once', () => {
    expect(faultsOf({ NODE_ENV: 'production', WORKERS: 'many' })).to.have.members([
      'WORKERS must be a whole number from 1 to 64',
      'MONGODB_URI is missing',
      'ENCRYPTION_KEYS is missing',
      'COOKIE_KEYS is missing',
      'ISSUER is missing',
      'SMTP_URL is missing',
      'MAIL_FROM is missing',
      'SMS_PROVIDER is missing (webhook or twilio)',
    ]);
  });

  describe('in production', () => {
    for (const name of Object.keys(PRODUCTION).filter((key) => key !== 'NODE_ENV')) {
      for (const value of [undefined, '']) {
        it(`stops when ${name} is ${value === '' ? 'empty' : 'not set'}`, () => {
          const faults = faultsOf({ ...PRODUCTION, [name]: value });
          expect(faults).to.have.length(1);
          expect(faults[0]).to.match(new RegExp(`^${name} is missing`));
        });
      }
    }

    const twilio = {
      SMS_PROVIDER: 'twilio',
      TWILIO_ACCOUNT_SID: `AC${'0a'.repeat(16)}`,
      TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef',
      TWILIO_FROM: '+12025550123',
    };
    it('takes twilio with its settings', () => {
      expect(loadConfig({ ...PRODUCTION, ...twilio }).sms).to.include({
        provider: 'twilio',
        from: '+12025550123',
        apiUrl: 'https://api.twilio.com',
      });
    });
    for (const name of Object.keys(twilio).slice(1)) {
      it(`stops when twilio lacks ${name}`, () => {
        expect(faultsOf({ ...PRODUCTION, ...twilio, [name]: undefined })).to.deep.equal([`${name} is missing (SMS_PROVIDER is twilio)`]);
      });
    }

    const weak: [string, Env, RegExp][] = [
      ['an http issuer', { ISSUER: 'http://account.agency.test' }, /^ISSUER must begin with https/],
      ['an issuer with a path', { ISSUER: 'https://account.agency.test/oidc' }, /^ISSUER must be an origin alone/],
      ['an issuer of another scheme', { ISSUER: 'ftp://account.agency.test' }, /^ISSUER must be a URL/],
      ['the issuer of an example', { ISSUER: 'https://account.example.org' }, /^ISSUER still has the value of an example/],
      ['a database that is no replica set', { MONGODB_URI: 'mongodb://db1/provider' }, /^MONGODB_URI must name a replica set/],
      ['something that is no database', { MONGODB_URI: 'postgres://db1' }, /^MONGODB_URI must begin with/],
      ['a mail server that is no URL', { SMTP_URL: 'mail.agency.test' }, /^SMTP_URL must be a URL/],
      ['the sender of an example', { MAIL_FROM: 'USCIS Account <account@example.org>' }, /^MAIL_FROM still has the value/],
      ['a sender with a line break', { MAIL_FROM: 'A <a@agency.test>\r\nBcc: b@agency.test' }, /^MAIL_FROM must be like/],
      ['two senders', { MAIL_FROM: 'a@agency.test, b@agency.test' }, /^MAIL_FROM must be like/],
      ['the inbox for texts', { SMS_PROVIDER: 'inbox' }, /^SMS_PROVIDER must not be inbox/],
      ['an unknown text provider', { SMS_PROVIDER: 'pigeon' }, /^SMS_PROVIDER must be one of/],
      ['texts over http', { SMS_WEBHOOK_URL: 'http://texts.agency.test' }, /^SMS_WEBHOOK_URL must begin with https/],
      ['a short webhook secret', { SMS_WEBHOOK_SECRET: 'short' }, /^SMS_WEBHOOK_SECRET must have at least 32/],
      ['a short key', { ENCRYPTION_KEYS: 'q3J9vX0cR2mT7yWb5nK8sLdF1hGzPaE4' }, /^ENCRYPTION_KEYS key 1 carries fewer than 32 bytes/],
      ['a short hexadecimal key', { COOKIE_KEYS: '0123456789abcdef0123456789abcdef' }, /^COOKIE_KEYS key 1 carries fewer/],
      ['a key that repeats itself', { ENCRYPTION_KEYS: 'ab'.repeat(40) }, /^ENCRYPTION_KEYS key 1 repeats/],
      [
        'a placeholder',
        { COOKIE_KEYS: `change-me-${'q3J9vX0cR2mT7yWb5nK8sLdF1hGzPaE4uVoCiBxNeQs'}` },
        /^COOKIE_KEYS key 1 is a placeholder/,
      ],
      ['a weak older key', { ENCRYPTION_KEYS: `${PRODUCTION.ENCRYPTION_KEYS},old` }, /^ENCRYPTION_KEYS key 2 carries/],
      ['a key twice', { COOKIE_KEYS: `${PRODUCTION.COOKIE_KEYS},${PRODUCTION.COOKIE_KEYS}` }, /^COOKIE_KEYS has a key twice/],
      ['the same key for two things', { COOKIE_KEYS: PRODUCTION.ENCRYPTION_KEYS }, /^COOKIE_KEYS must not repeat/],
      ['metrics on the public port', { METRICS_PORT: '3000' }, /^METRICS_PORT must differ/],
      ['trust in everything', { TRUST_PROXY: 'true' }, /^TRUST_PROXY must be a whole number/],
      ['a port out of range', { PORT: '65536' }, /^PORT must be a whole number/],
      ['a log level that is none', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of/],
    ];
    for (const [what, change, fault] of weak) {
      it(`refuses ${what}`, () => {
        const faults = faultsOf({ ...PRODUCTION, ...change });
        expect(faults).to.have.length(1);
        expect(faults[0]).to.match(fault);
      });
    }

    it('does not know the demonstration client, whatever is set', () => {
      const config = loadConfig({ ...PRODUCTION, DEMO_URL: 'https://demo.agency.test', DEMO_CLIENT_SECRET: 'x'.repeat(40) });
      expect(config.clients).to.deep.equal([]);
      expect(config.services).to.deep.equal([]);
    });
  });
});
