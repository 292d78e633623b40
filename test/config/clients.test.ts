import { expect } from 'chai';
import { loadConfig } from '../../src/config.ts';
import { configDir, PRODUCTION, settingNamed } from './config-dir.ts';

const good = { client_id: 'good', redirect_uris: ['https://service.agency.test/callback'] };
const loaded = (clients: unknown, env: Record<string, string> = {}) =>
  loadConfig({ ...PRODUCTION, ...env, CONFIG_DIR: configDir({ 'clients.json': clients }) });

describe('client records', () => {
  it('registers the demonstration client in development', () => {
    const { NODE_ENV: _, ...development } = PRODUCTION;
    const config = loadConfig({
      ...development,
      DEMO_URL: 'http://localhost:3001',
      DEMO_CLIENT_SECRET: 's3cretS3cretS3cretS3cretS3cret99',
    });
    expect(config.refusedClients).to.deep.equal([]);
    expect(config.clients[0]).to.deep.include({
      client_id: 'myuscis',
      redirect_uris: ['http://localhost:3001/callback'],
      post_logout_redirect_uris: ['http://localhost:3001/'],
      backchannel_logout_uri: 'http://localhost:3001/backchannel-logout',
      first_party: true,
      audiences: ['http://localhost:3001/api'],
    });
    expect(config.services[0]).to.include({ id: 'myuscis', initiateLoginUri: 'http://localhost:3001/login' });
    expect(config.services[0]?.accountTypes.map((type) => type.id)).to.deep.equal(['applicant', 'representative']);
  });

  const bad: [string, unknown, string, RegExp][] = [
    ['that is no object', 'text', '(record)', /object/],
    ['that is null', null, '(record)', /object/],
    ['without client_id', { redirect_uris: [] }, 'client_id', /string/],
    ['whose client_id is no text', { client_id: 7 }, 'client_id', /string/],
    ['with an id that is taken', { ...good }, 'client_id', /another record/],
    [
      'that names a missing setting',
      { ...good, client_id: 'b', client_secret: settingNamed('NOT_SET') },
      '(settings)',
      /NOT_SET is missing/,
    ],
  ];
  for (const [what, record, field, reason] of bad) {
    it(`leaves out one ${what}, and keeps the others`, () => {
      const config = loaded([good, record, { ...good, client_id: 'last' }]);
      expect(config.clients.map((client) => client.client_id)).to.deep.equal(['good', 'last']);
      expect(config.refusedClients).to.have.length(1);
      expect(config.refusedClients[0]?.field).to.equal(field);
      expect(config.refusedClients[0]?.reason).to.match(reason);
      expect(config.refusedClients[0]?.index).to.equal(2);
    });
  }

  it('takes secrets and addresses from settings', () => {
    const config = loaded([{ ...good, client_secret: settingNamed('SERVICE_SECRET') }], { SERVICE_SECRET: 'x1y2z3'.repeat(6) });
    expect(config.clients[0]?.client_secret).to.equal('x1y2z3'.repeat(6));
  });

  it('stops when the file is not an array, not JSON, or missing', () => {
    expect(() => loaded({ client_id: 'a' })).to.throw(/clients\.json must be an array/);
    expect(() => loaded('[{')).to.throw(/clients\.json cannot be read/);
    expect(() => loaded(undefined)).to.throw(/clients\.json cannot be read/);
  });
});
