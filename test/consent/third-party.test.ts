import { expect } from 'chai';
import { configDir } from '../config/config-dir.ts';
import { completeSignUp, newAddress } from '../support/people.ts';
import { secretOf, startServer, type TestServer } from '../support/server.ts';

const CALLBACK = 'http://localhost:9/callback';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('consent: the service of a third party', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    const shop = { client_id: 'shop', client_name: 'A Shop', client_secret: secretOf(), redirect_uris: [CALLBACK], sandbox: true };
    const linked = {
      ...shop,
      client_id: 'linked',
      client_name: 'A <b>Shop</b>',
      scope: 'openid email account_type offline_access',
      grant_types: ['authorization_code', 'refresh_token'],
      client_uri: 'https://shop.example/?a="><b>',
      policy_uri: 'https://shop.example/privacy',
      // In development a record may say so; people are led to no such page all the same.
      tos_uri: 'http://localhost:9/terms',
    };
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [{ ...shop, scope: 'openid email' }, linked] }) } });
  });
  after(async () => {
    await server.close();
  });

  it('OP-10: is named with what it would get, and why, and with its own pages where they are safe', async () => {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    await completeSignUp(server, visitor, newAddress());
    const request = {
      response_type: 'code',
      scope: 'openid email account_type offline_access',
      prompt: 'consent',
      code_challenge_method: 'S256',
    };
    const more = { client_id: 'linked', redirect_uri: CALLBACK, code_challenge: CHALLENGE };
    await visitor.open(`${server.origin}/authorize?${new URLSearchParams({ ...request, ...more })}`);
    const { html, root, text } = visitor.page();
    expect(html).to.include('A &lt;b&gt;Shop&lt;/b&gt;').and.not.include('<b>Shop');
    for (const said of ['A number that stands for you', 'Your email address', 'The account type you chose', 'To stay connected'])
      expect(text).to.include(said);
    expect(text.match(/It can then/g)).to.have.length(3);
    const links = root
      .querySelectorAll('a')
      .filter((link) => link.getAttribute('href')!.includes('shop.example') || link.getAttribute('href')!.includes('localhost:9/'));
    expect(links.map((link) => link.getAttribute('href'))).to.deep.equal(['https://shop.example/?a="><b>', 'https://shop.example/privacy']);
    for (const link of links) expect(link.getAttribute('rel')).to.equal('noopener noreferrer');
  });

  it('is allowed nothing by a page of a session that was ended since', async () => {
    const visitor = server.visitor();
    const email = newAddress();
    await visitor.open('/users/sign_up');
    await completeSignUp(server, visitor, email);
    const request = { client_id: 'shop', response_type: 'code', scope: 'openid email', redirect_uri: CALLBACK };
    await visitor.open(
      `${server.origin}/authorize?${new URLSearchParams({ ...request, code_challenge: CHALLENGE, code_challenge_method: 'S256' })}`,
    );
    const { id } = (await server.deps.accounts.findByEmail(email))!;
    await server.deps.transaction((await server.deps.sessions.endAll(id)).writes);
    await visitor.press('Allow');
    expect(visitor.page().heading, 'asked who they are').to.match(/^Sign in/);
    expect(await server.deps.sessions.services(id)).to.deep.equal([]);
    expect((await server.deps.audit.of(id)).map(({ type }) => type)).not.to.include('consent.given');
  });

  it('OP-10: is told that it was declined, is asked about again, and once allowed no more', async () => {
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
    expect(told()).to.include({ error: 'access_denied', state: 'a-state', iss: server.origin }).and.not.have.property('code');
    expect(await consents()).to.deep.equal([]);

    await visitor.open(authorize);
    await visitor.press('Allow');
    expect(told()).to.include({ state: 'a-state' }).and.have.property('code');
    const [given] = await consents();
    expect(given).to.deep.include({ client: 'shop', scopes: ['openid', 'email'] });

    await visitor.open(authorize);
    expect(told()).to.have.property('code');
    expect(await consents()).to.have.length(1);

    await visitor.open(`${server.origin}/account/security`);
    await visitor.follow('Disconnect – A Shop');
    await visitor.press('Disconnect service');
    await visitor.open(authorize);
    expect(visitor.page().url).to.match(/consent\/consent$/);
  });
});
