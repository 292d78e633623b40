import { expect } from 'chai';
import { sameSiteTarget } from '../../demo/sign-in.ts';
import { Browser, caseIds, signedIn, startDemo, type TestDemo } from './support/demo.ts';

describe('demo: signing in', () => {
  let demo: TestDemo;
  before(async () => {
    demo = await startDemo();
  });
  after(() => demo.stop());

  it('sends the browser away with PKCE, state, nonce, the scope, the API as resource, language and hint', async () => {
    const response = await new Browser('es').request(`${demo.url}/login?login_hint=ana%40example.org`);
    expect(response.status).to.equal(303);
    const url = new URL(response.headers.get('location')!);
    expect(url.origin).to.equal(demo.provider.issuer);
    const sent = Object.fromEntries(url.searchParams);
    expect(sent).to.include({
      client_id: 'myuscis',
      response_type: 'code',
      redirect_uri: `${demo.url}/callback`,
      scope: 'openid email account_type',
      resource: `${demo.url}/api`,
      code_challenge_method: 'S256',
      ui_locales: 'es',
      login_hint: 'ana@example.org',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(sent[name], name).to.match(/^[\w-]{43}$/);
  });

  it('passes on that an account is to be created, and takes the language of the site that sends somebody', async () => {
    const response = await new Browser().request(`${demo.url}/login?prompt=create&ui_locales=es-US`);
    expect(Object.fromEntries(new URL(response.headers.get('location')!).searchParams)).to.include({ prompt: 'create', ui_locales: 'es' });
    const other = await new Browser().request(`${demo.url}/login?prompt=none`);
    expect(new URL(other.headers.get('location')!).searchParams.has('prompt')).to.equal(false);
  });

  it('shows who signed in, as what, and how', async () => {
    const browser = await signedIn(demo, 'ana');
    const { text } = await browser.open(`${demo.url}/my-account`);
    for (const words of [
      'ana@example.org',
      'Applicant, petitioner, or requestor',
      'password, text message, and two factors',
      'acr http://idmanagement.gov/ns/assurance/aal/2',
      'Level 2: two separate factors',
      'sub ana…',
    ]) {
      expect(text).to.include(words);
    }
    expect(text).to.match(/<time datetime="20\d\d-/);
    expect(caseIds(text)).to.have.length(2);
  });

  it('calls an attorney an attorney, in Spanish too', async () => {
    const english = await (await signedIn(demo, 'attorney')).open(`${demo.url}/my-account`);
    expect(english.text).to.include('<strong>Attorney or accredited representative</strong>');
    const spanish = await (await signedIn(demo, 'attorney2', 'es')).open(`${demo.url}/my-account`);
    expect(spanish.text).to.include('<strong>Abogado o representante acreditado</strong>');
  });

  it('redeems the code without a resource and refreshes with it', async () => {
    demo.provider.tokenRequests.length = 0;
    await signedIn(demo, 'rosa');
    expect(demo.provider.tokenRequests).to.deep.equal(['authorization_code -', `refresh_token ${demo.url}/api`]);
  });

  it('sets the session cookie HttpOnly and Lax, with a new id at each sign-in; the former one is dead', async () => {
    const browser = await signedIn(demo, 'ana');
    const first = browser.cookies.get('localhost myuscis_session')!;
    expect(first.line)
      .to.match(/httponly/i)
      .and.match(/samesite=lax/i)
      .and.not.match(/expires=/i);
    const stolen = new Browser();
    for (const [key, cookie] of browser.cookies) stolen.cookies.set(key, cookie);
    await browser.open(`${demo.url}/login`);
    expect(browser.cookies.get('localhost myuscis_session')!.value).to.not.equal(first.value);
    expect((await stolen.request(`${demo.url}/my-account`)).status).to.equal(303);
  });

  it('does not believe a session id that was planted before the sign-in', async () => {
    const browser = new Browser();
    browser.cookies.set('localhost myuscis_session', { value: 'planted', path: '/', line: '' });
    await browser.open(`${demo.url}/login?login_hint=ana`);
    expect(browser.cookies.get('localhost myuscis_session')!.value).to.not.equal('planted');
  });

  describe('begun by another site (OpenID Connect Core section 4)', () => {
    it('accepts the issuer it knows, by GET and by POST', async () => {
      const iss = demo.provider.issuer;
      expect((await new Browser().request(`${demo.url}/login?${new URLSearchParams({ iss })}`)).status).to.equal(303);
      const page = await new Browser().open(`${demo.url}/login`, { form: { iss, login_hint: 'ana' } });
      expect(page.url).to.equal(`${demo.url}/my-account`);
    });

    it('refuses any other issuer, a repeated one included', async () => {
      const known = new URLSearchParams({ iss: demo.provider.issuer });
      for (const query of ['iss=https%3A%2F%2Fevil.example', 'iss=', `${known}&${known}`, `${known}&iss=https%3A%2F%2Fevil.example`]) {
        const page = await new Browser().open(`${demo.url}/login?${query}`);
        expect(page.status, query).to.equal(400);
        expect(page.text).to.include('This link does not lead here');
      }
    });

    it('goes on to a page of this site, and to no other', async () => {
      const page = await new Browser().open(
        `${demo.url}/login?${new URLSearchParams({ login_hint: 'ana', target_link_uri: `${demo.url}/?from=link` })}`,
      );
      expect(page.url).to.equal(`${demo.url}/?from=link`);
      const base = 'https://demo.example';
      for (const foreign of [
        'https://evil.example/',
        '//evil.example/',
        'https://demo.example//evil.example',
        '/\\evil.example',
        'https://demo.example@evil.example/',
        'https://a@demo.example/',
        'javascript:alert(1)',
        'https://demo.example:444/',
        'http://demo.example/',
        '/signout',
        '/login',
        '/callback?x=1',
        `/${'a'.repeat(3000)}`,
        'http://[',
      ]) {
        expect(sameSiteTarget(foreign, base), foreign).to.equal('/my-account');
      }
      expect(sameSiteTarget('/cases/DEMO-1', base)).to.equal('/cases/DEMO-1');
      expect(sameSiteTarget(undefined, base)).to.equal('/my-account');
    });
  });

  describe('answers that are no sign-in', () => {
    for (const [error, words] of Object.entries({
      access_denied: 'You did not sign in',
      login_required: 'You need to sign in',
      interaction_required: 'You need to sign in',
      consent_required: 'Your permission is needed',
      account_selection_required: 'You need to choose an account',
      unmet_authentication_requirements: 'A stronger sign-in is needed',
      temporarily_unavailable: 'Signing in is not possible right now',
      server_error: 'Signing in did not work',
      something_new: 'did not accept the request of myUSCIS',
    })) {
      it(`tells ${error} in words, with a way on`, async () => {
        const browser = new Browser();
        const page = await browser.open(`${demo.url}/login?${new URLSearchParams({ login_hint: `error:${error}` })}`);
        expect(page.status).to.be.within(400, 503);
        expect(page.text).to.include(words).and.include('<title>Error: ').and.include('href="/login"');
        expect((await browser.open(page.url)).text, 'the same after a reload').to.include(words);
        expect((await browser.open(`${page.url}&lang=es`)).text, 'and in Spanish')
          .to.include('<html lang="es">')
          .and.not.include(words);
        expect(browser.cookies.has('localhost myuscis_session')).to.equal(false);
      });
    }

    const refused = async (browser: Browser, address: string, reason = 'unknown_sign_in') => {
      const page = await browser.open(address);
      const url = new URL(page.url);
      expect([url.pathname, url.searchParams.get('reason')]).to.deep.equal(['/sign-in-problem', reason]);
      expect(page.text).to.include(`Reference number: ${url.searchParams.get('reference')}`);
      expect(page.status).to.be.within(400, 503);
      expect(browser.cookies.has('localhost myuscis_session')).to.equal(false);
    };

    it('refuses the same answer a second time', async () => {
      const browser = new Browser();
      const callback = await browser.callbackOf(demo.url, { login_hint: 'ana' });
      expect((await browser.open(callback)).url).to.equal(`${demo.url}/my-account`);
      browser.cookies.delete('localhost myuscis_session');
      await refused(browser, callback);
    });

    it('refuses an answer that another browser asked for', async () => {
      const callback = await new Browser().callbackOf(demo.url, { login_hint: 'ana' });
      await refused(new Browser(), callback);
      const other = new Browser();
      await other.request(`${demo.url}/login`);
      await refused(other, callback);
    });

    it('refuses an unknown, missing or repeated state', async () => {
      const browser = new Browser();
      const callback = new URL(await browser.callbackOf(demo.url, { login_hint: 'ana' }));
      const state = callback.searchParams.get('state')!;
      await refused(browser, `${demo.url}/callback?code=x&state=unknown`);
      await refused(browser, `${demo.url}/callback?code=x`);
      await refused(browser, `${demo.url}/callback`);
      await refused(browser, `${callback.href}&state=${state}`);
    });

    it('refuses a changed code, another issuer, and a code without its issuer', async () => {
      const cases: [string, string, string | undefined][] = [
        ['code', 'changed', 'sign_in_failed'],
        ['iss', 'https://evil.example', 'sign_in_failed'],
        ['iss', '', 'sign_in_failed'],
      ];
      for (const [name, value, reason] of cases) {
        const browser = new Browser();
        const callback = new URL(await browser.callbackOf(demo.url, { login_hint: 'ana' }));
        if (value) callback.searchParams.set(name, value);
        else callback.searchParams.delete(name);
        await refused(browser, callback.href, reason);
      }
    });

    it('keeps two sign-ins in two tabs apart, and both succeed', async () => {
      const browser = new Browser();
      const one = await browser.callbackOf(demo.url, { login_hint: 'ana', target_link_uri: '/?tab=1' });
      const two = await browser.callbackOf(demo.url, { login_hint: 'ana', target_link_uri: '/?tab=2' });
      expect((await browser.open(two)).url).to.equal(`${demo.url}/?tab=2`);
      expect((await browser.open(one)).url).to.equal(`${demo.url}/?tab=1`);
    });

    it('answers a double click the same twice, with one session', async () => {
      const browser = new Browser();
      const callback = await browser.callbackOf(demo.url, { login_hint: 'ana' });
      const answers = await Promise.all([1, 2, 3].map(() => browser.request(callback)));
      expect(answers.map((answer) => answer.headers.get('location'))).to.deep.equal(Array(3).fill('/my-account'));
      const ids = answers.map((answer) => answer.headers.getSetCookie().find((line) => line.startsWith('myuscis_session=')));
      expect(new Set(ids).size).to.equal(1);
    });
  });

  it('lets a session end after 30 minutes without use and after 12 hours in any case', async () => {
    const other = await startDemo();
    try {
      const browser = await signedIn(other, 'ana');
      const status = async () => (await browser.request(`${other.url}/signout`)).status;
      other.later(29 * 60_000);
      expect(await status()).to.equal(200);
      other.later(31 * 60_000);
      expect(await status()).to.equal(303);
      const busy = await signedIn(other, 'ana');
      let uses = 0;
      while ((await busy.request(`${other.url}/signout`)).status === 200) {
        uses += 1;
        other.later(20 * 60_000);
      }
      expect(uses).to.equal(36);
    } finally {
      await other.stop();
    }
  });
});
