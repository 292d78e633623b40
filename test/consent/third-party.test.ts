import { expect } from 'chai';
import { configDir, removeConfigDirs } from '../config/config-dir.ts';
import { completeSignUp, newAddress } from '../support/people.ts';
import { secretOf, startServer, type TestServer } from '../support/server.ts';

const CALLBACK = 'http://localhost:9/callback';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('consent: the service of a third party', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    const shop = { client_id: 'shop', client_name: 'A Shop', client_secret: secretOf(), redirect_uris: [CALLBACK], sandbox: true };
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [{ ...shop, scope: 'openid email' }] }) } });
  });
  after(async () => {
    await server.close();
    removeConfigDirs();
  });

  it('is told that it was declined, is asked about again, and once allowed no more', async () => {
    const visitor = server.visitor();
    const email = newAddress();
    await visitor.open('/users/sign_up');
    await completeSignUp(server, visitor, email);
    const { id } = (await server.deps.accounts.findByEmail(email))!;
    const request = { response_type: 'code', scope: 'openid email', state: 'a-state', code_challenge_method: 'S256' };
    const authorize = `${server.origin}/authorize?${new URLSearchParams({ ...request, client_id: 'shop', redirect_uri: CALLBACK, code_challenge: CHALLENGE })}`;
    const told = () => Object.fromEntries(new URL(visitor.page().url).searchParams);
    const consents = async () => (await server.deps.audit.of(id)).filter(({ type }) => type === 'consent.given');

    await visitor.open(authorize);
    expect(visitor.page().url).to.match(/consent\/consent$/);
    expect(visitor.page().text).to.contain('A Shop');
    await visitor.press('Do not allow');
    expect(told()).to.include({ error: 'access_denied', state: 'a-state' }).and.not.have.property('code');
    expect(await consents()).to.deep.equal([]);

    await visitor.open(authorize);
    await visitor.press('Allow');
    expect(told()).to.include({ state: 'a-state' }).and.have.property('code');
    const [given] = await consents();
    expect(given).to.deep.include({ client: 'shop', scopes: ['openid', 'email'] });

    await visitor.open(authorize);
    expect(told()).to.have.property('code');
    expect(await consents()).to.have.length(1);
  });
});
