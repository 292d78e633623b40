import { expect } from 'chai';
import { testDatabase } from '../support/mongo.ts';
import { openTestProvider, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, type RelyingParty, submitForm } from '../support/relying-party.ts';

describe('oidc/library-pages', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let open: RelyingParty;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
    op.person('bob');
    open = await createRelyingParty(op.issuer, 'open', 'https://open.example/callback');
  });
  beforeEach(() => {
    op.state.resolve = op.as('ann');
  });

  const policyOf = (headers: Headers) => headers.get('content-security-policy')!;

  it('shows an error in our layout, with nothing of the library’s', async () => {
    const { answer } = await open.authorize(createBrowser(op.issuer), { client_id: '<script>' });
    expect(answer.status).to.equal(400);
    expect(answer.body)
      .to.match(/<html lang="en">/)
      .and.include('<main');
    expect(answer.body).to.include('invalid_client: client is invalid');
    expect(answer.body).not.to.include('<script>').and.not.to.include('fonts.googleapis').and.not.to.include('oops');
    const gone = await createBrowser(op.issuer).open('/authorize/gone');
    expect(gone.status).to.equal(410);
  });

  it('changes accounts by a page that submits itself or by its button, with a policy that admits exactly its script', async () => {
    const browser = createBrowser(op.issuer);
    await open.signIn(browser);
    op.state.resolve = op.as('bob');
    const { answer: page } = await open.authorize(browser, { prompt: 'login', ui_locales: 'es-MX' });
    expect(page.status).to.equal(200);
    expect(page.body)
      .to.include('<main')
      .and.to.match(/<button[^>]+form="op\.form" name="logout" value="yes"/);
    const [, nonce = ''] = /<script nonce="([^"]+)">document\.querySelector/.exec(page.body) ?? [];
    expect(policyOf(page.headers)).to.include(`'nonce-${nonce}'`).and.not.to.include("'sha256-");
    expect(policyOf(page.headers)).to.match(/form-action [^;]*https:\/\/open\.example/);
    expect(JSON.parse((await browser.open('/')).body)).to.include({ accountId: 'ann' });

    const answer = await submitForm(browser, page, { logout: 'yes' });
    expect(answer.url.href).to.include('https://open.example/callback?code=');
    expect(JSON.parse((await browser.open('/')).body)).to.include({ accountId: 'bob' });
  });

  it('posts an answer back in our layout where the client wants a form', async () => {
    const { answer: page, checks } = await open.authorize(createBrowser(op.issuer), { response_mode: 'form_post', state: `"'<&>` });
    expect(page.status).to.equal(200);
    expect(page.body).to.include('<main').and.to.include('action="https://open.example/callback"');
    expect(page.body).to.include('name="state" value="&quot;&#39;&lt;&amp;&gt;"').and.to.include('name="code"');
    expect(policyOf(page.headers)).to.match(/form-action [^;]*https:\/\/open\.example/);
    expect(checks).to.have.property('pkceCodeVerifier');
  });

  it('asks before signing out, in the language wanted, and says when it is done', async () => {
    const browser = createBrowser(op.issuer);
    await open.signIn(browser);
    const page = await browser.open('/logout?ui_locales=es');
    expect(page.body).to.include('<html lang="es">').and.include('op.logoutForm');
    const done = await submitForm(browser, page, { logout: 'yes' });
    expect(done.url.pathname).to.equal('/logout/success');
    expect(done.body).to.include('<html lang="es">').and.include('<h1>Su sesión está cerrada</h1>');
    expect(JSON.parse((await browser.open('/')).body)).to.include({ accountId: null });
  });

  it('has the browser forget the pages of whoever signed out, also where that leads back to a service, and of nobody else', async () => {
    const back = 'https://service.example/';
    const service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    for (const [address, extra, leads, forgets] of [
      ['/logout', { logout: 'yes' }, `${op.issuer}/logout/success`, '"cache"'],
      [service.logoutUrl({ post_logout_redirect_uri: back }), { logout: 'yes' }, back, '"cache"'],
      [service.logoutUrl({ post_logout_redirect_uri: back }), {}, back, null],
    ] as const) {
      const browser = createBrowser(op.issuer);
      await service.signIn(browser);
      const page = await browser.open(address);
      const cookie = await browser.jar.getCookieString(op.issuer);
      const sent: Response[] = [];
      const open: typeof browser.open = async (to, { body } = {}) => {
        sent.push(await fetch(new URL(to, op.issuer), { method: 'POST', body: body!, redirect: 'manual', headers: { cookie } }));
        return page;
      };
      await submitForm({ ...browser, open }, page, extra);
      const [{ status, headers }] = sent as [Response];
      expect([status, headers.get('location'), headers.get('clear-site-data')]).to.deep.equal([303, leads, forgets]);
    }
  });

  it('says what the button does that signs out where a service vouches, to whoever has no scripts', async () => {
    const browser = createBrowser(op.issuer);
    const { id_token: hint = '' } = await open.signIn(browser);
    const page = await browser.open(open.logoutUrl({ id_token_hint: hint }));
    expect(page.body).to.match(/<button[^>]+form="op\.form">Sign out<\/button>/);
    expect(page.body).to.include('<h1>You are being signed out</h1>');
    expect((await submitForm(browser, page)).body).to.include('<h1>You are signed out</h1>');
  });

  it('tells whoever chooses to stay that they did, not that they are signed out', async () => {
    const browser = createBrowser(op.issuer);
    await open.signIn(browser);
    for (const [address, words] of [
      ['/logout', 'Nothing was changed.'],
      ['/logout?client_id=open', 'You are signed out of open, but not here.'],
    ] as const) {
      const stayed = await submitForm(browser, await browser.open(address));
      expect(stayed.url.pathname).to.equal('/logout/success');
      expect(stayed.body).to.include('<h1>You are still signed in</h1>').and.include(words);
      expect(stayed.body).not.to.include('<h1>You are signed out</h1>');
      expect(JSON.parse((await browser.open('/')).body)).to.include({ accountId: 'ann' });
    }
  });

  it('LO-01: has no way past the button: a form without its token changes nothing, and is asked again', async () => {
    const browser = createBrowser(op.issuer);
    await open.signIn(browser);
    for (const body of [{ logout: 'yes' }, { logout: 'yes', xsrf: 'wrong' }]) {
      const answer = await browser.open('/logout/confirm', { method: 'POST', body: new URLSearchParams(body as Record<string, string>) });
      expect(answer.url.pathname).to.equal('/logout');
      expect(answer.body).to.include('op.logoutForm');
    }
    expect(JSON.parse((await browser.open('/')).body)).to.include({ accountId: 'ann' });
  });
});
