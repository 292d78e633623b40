import { expect } from 'chai';
import { decodeJwt, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { Browser, sessionOf, signedIn, startDemo, type TestDemo } from './support/demo.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

const isSignedIn = async (demo: TestDemo, browser: Browser): Promise<boolean> =>
  (await browser.request(`${demo.url}/signout`)).status === 200;

const formToken = (text: string): string => /name="form_token" value="([^"]+)"/.exec(text)![1]!;

describe('demo: signing out', () => {
  let demo: TestDemo;
  before(async () => {
    demo = await startDemo();
  });
  after(() => demo.stop());

  describe('from here (RP-Initiated Logout 1.0)', () => {
    it('asks on a page, ends the session here and leads to the provider with the ID token as a hint', async () => {
      const browser = await signedIn(demo, 'ana');
      const page = await browser.open(`${demo.url}/signout`);
      expect(page.text).to.include('Sign out of myUSCIS?');
      const response = await browser.request(`${demo.url}/signout`, { form_token: formToken(page.text) });
      expect(response.status).to.equal(303);
      const url = new URL(response.headers.get('location')!);
      expect(url.href.startsWith(`${demo.provider.issuer}/session/end`)).to.equal(true);
      expect(url.searchParams.get('post_logout_redirect_uri')).to.equal(`${demo.url}/`);
      expect(decodeJwt(url.searchParams.get('id_token_hint')!).sub).to.equal('ana');
      expect(await isSignedIn(demo, browser)).to.equal(false);
    });

    it('leads a second click to the provider, too, for a minute', async () => {
      const browser = await signedIn(demo, 'ana');
      const form_token = formToken((await browser.open(`${demo.url}/signout`)).text);
      const click = async () => (await browser.request(`${demo.url}/signout`, { form_token })).headers.get('location');
      const first = await click();
      expect(first).to.contain('/session/end');
      expect(await click()).to.equal(first);
    });

    it('comes back to the home page, which says so; the session at the provider has ended', async () => {
      const browser = await signedIn(demo, 'ana');
      const page = await browser.open(`${demo.url}/signout`);
      const question = await browser.open(`${demo.url}/signout`, { form: { form_token: formToken(page.text) } });
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.text)![1]!;
      const home = await browser.open(`${demo.provider.issuer}/session/end/confirm`, { form: { xsrf, logout: 'yes' } });
      expect(home.url).to.equal(`${demo.url}/?state=signed-out`);
      expect(home.text).to.include('You are signed out.');
      // The next sign-in is asked for again: with the session alive this hint would not be looked at.
      expect((await browser.open(`${demo.url}/login?login_hint=error:access_denied`)).text).to.include('You did not sign in');
    });

    it('does nothing for a form of another site, an older session or without a token', async () => {
      const browser = await signedIn(demo, 'ana');
      const old = formToken((await browser.open(`${demo.url}/signout`)).text);
      await browser.open(`${demo.url}/login`);
      for (const form of [{}, { form_token: '' }, { form_token: old }, { form_token: 'é'.repeat(30) }]) {
        const page = await browser.open(`${demo.url}/signout`, { form: form as Record<string, string> });
        expect(page.status).to.be.oneOf([400, 403]);
      }
      expect(await isSignedIn(demo, browser)).to.equal(true);
    });

    it('leads home where nobody is signed in', async () => {
      const browser = new Browser();
      expect((await browser.open(`${demo.url}/signout`)).url).to.equal(`${demo.url}/`);
      expect((await browser.open(`${demo.url}/signout`, { form: { form_token: 'x' } })).url).to.equal(`${demo.url}/`);
    });
  });

  describe('from there (Back-Channel Logout 1.0)', () => {
    const send = (token: string | undefined) =>
      fetch(`${demo.url}/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams(token === undefined ? { x: 'y' } : { logout_token: token }),
      });
    const now = () => Math.floor(Date.now() / 1000);
    let count = 0;
    const claims = (change: object = {}) => {
      count += 1;
      return {
        iss: demo.provider.issuer,
        aud: 'myuscis',
        iat: now(),
        exp: now() + 120,
        jti: `jti ${count}`,
        events: { [EVENT]: {} },
        ...change,
      };
    };
    const logoutToken = (change: object = {}, header: object = {}) => demo.provider.sign(claims(change), { typ: 'logout+jwt', ...header });

    it('is what the provider really does when the person signs out there', async () => {
      const [browser, other] = [await signedIn(demo, 'ana'), await signedIn(demo, 'ana')];
      const told = new Promise((done, failed) => {
        demo.provider.provider.once('backchannel.success', done);
        demo.provider.provider.once('backchannel.error', (_ctx, error) => failed(error));
      });
      const question = await browser.open(`${demo.provider.issuer}/session/end`);
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.text)![1]!;
      await browser.open(`${demo.provider.issuer}/session/end/confirm`, { form: { xsrf, logout: 'yes' } });
      await told;
      expect(await isSignedIn(demo, browser)).to.equal(false);
      expect(await isSignedIn(demo, other), 'the session of another browser').to.equal(true);
    });

    it('ends the session with that sid, and no other', async () => {
      const [one, two] = [await signedIn(demo, 'ana'), await signedIn(demo, 'ana')];
      const response = await send(await logoutToken({ sub: 'ana', sid: sessionOf(demo, one).person.sid }));
      expect(response.status).to.equal(200);
      expect(response.headers.get('cache-control')).to.equal('no-store');
      expect(await isSignedIn(demo, one)).to.equal(false);
      expect(await isSignedIn(demo, two)).to.equal(true);
    });

    it('ends all sessions of the person without a sid, and nobody else’s', async () => {
      const [one, two, other] = [await signedIn(demo, 'rosa'), await signedIn(demo, 'rosa'), await signedIn(demo, 'ana')];
      expect((await send(await logoutToken({ sub: 'rosa' }))).status).to.equal(200);
      expect(await isSignedIn(demo, one)).to.equal(false);
      expect(await isSignedIn(demo, two)).to.equal(false);
      expect(await isSignedIn(demo, other)).to.equal(true);
    });

    it('takes the same token again as done, without ending what began meanwhile', async () => {
      const token = await logoutToken({ sub: 'luz' });
      await send(token);
      const browser = await signedIn(demo, 'luz');
      expect((await send(token)).status).to.equal(200);
      expect(await isSignedIn(demo, browser)).to.equal(true);
    });

    it('refuses a sign-in that was finished after its session had ended', async () => {
      const browser = new Browser();
      const first = await signedIn(demo, 'eva');
      for (const [key, cookie] of first.cookies) browser.cookies.set(key, cookie);
      const callback = await browser.callbackOf(demo.url, {});
      await send(await logoutToken({ sid: sessionOf(demo, first).person.sid }));
      const page = await browser.open(callback);
      expect(page.text).to.include('You have been signed out');
      expect(await isSignedIn(demo, browser)).to.equal(false);
    });

    it('refuses every token that is not as the specification says', async () => {
      const browser = await signedIn(demo, 'ana');
      const { person, idToken } = sessionOf(demo, browser);
      const right = { sub: 'ana', sid: person.sid };
      const { privateKey } = await generateKeyPair('RS256');
      const secret = new TextEncoder().encode('a secret of the tests, made longer');
      const bad: Record<string, string | undefined> = {
        'no token': undefined,
        'an empty token': '',
        'no JWT': 'x.y.z',
        'an ID token': idToken,
        'another issuer': await logoutToken({ ...right, iss: 'https://evil.example' }),
        'another audience': await logoutToken({ ...right, aud: 'another' }),
        expired: await logoutToken({ ...right, iat: now() - 200, exp: now() - 60 }),
        'an old one with a long life': await logoutToken({ ...right, iat: now() - 3600, exp: now() + 3600 }),
        'no exp': await logoutToken({ ...right, exp: undefined }),
        'no iat': await logoutToken({ ...right, iat: undefined }),
        'no jti': await logoutToken({ ...right, jti: undefined }),
        'no events': await logoutToken({ ...right, events: undefined }),
        'another event': await logoutToken({ ...right, events: { 'https://example.org/event': {} } }),
        'an event that is no object': await logoutToken({ ...right, events: { [EVENT]: true } }),
        'events that are a word': await logoutToken({ ...right, events: EVENT }),
        'a nonce': await logoutToken({ ...right, nonce: 'n' }),
        'neither sub nor sid': await logoutToken(),
        'another type': await logoutToken(right, { typ: 'JWT' }),
        'no type': await logoutToken(right, { typ: undefined }),
        'another key': await new SignJWT(claims(right))
          .setProtectedHeader({ alg: 'RS256', kid: 'test', typ: 'logout+jwt' })
          .sign(privateKey),
        'an unknown key': await logoutToken(right, { kid: 'unknown' }),
        'no signature': new UnsecuredJWT(claims(right)).encode(),
        'the client secret as key': await new SignJWT(claims(right)).setProtectedHeader({ alg: 'HS256', typ: 'logout+jwt' }).sign(secret),
        'a changed one': (await logoutToken(right)).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
      };
      for (const [name, token] of Object.entries(bad)) expect((await send(token)).status, name).to.equal(400);
      expect((await fetch(`${demo.url}/backchannel-logout`)).status).to.equal(405);
      expect((await fetch(`${demo.url}/backchannel-logout`, { method: 'POST', body: JSON.stringify({}) })).status).to.equal(400);
      expect((await send('x'.repeat(20_000))).status).to.equal(413);
      expect(await isSignedIn(demo, browser)).to.equal(true);
    });
  });
});
