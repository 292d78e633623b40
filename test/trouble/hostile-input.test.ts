/**
 * Every field of every form, and every address, against input that no page of ours sends. The forms are found by going through the
 * journeys that run and reading their pages (recoveries and changes in hostile-changes.test.ts); the addresses are read from the routers.
 * One without a row in `FIELDS` fails.
 */
import type Router from '@koa/router';
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createApp } from '../../src/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir } from '../config/config-dir.ts';
import { backupCodeTour } from '../support/backup-code-tour.ts';
import { FIELDS } from '../support/hostile-fields.ts';
import { lockedTour } from '../support/locked-tour.ts';
import { passkeyTour } from '../support/passkey-tour.ts';
import { completeSignUp, newAddress, PASSWORD } from '../support/people.ts';
import { FORM, OWN_PAGE, rawRequest } from '../support/raw-request.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createSiege, type Siege, WAYS_IN } from '../support/siege.ts';
import { expectUnchanged, snapshot } from '../support/snapshot.ts';
import {
  authorizeUrl,
  consentTour,
  MYUSCIS,
  resumeTour,
  SHOP,
  serviceEntryTour,
  signInTour,
  signUpTour,
  type Tour,
  termsTour,
  tooWeakTour,
} from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

const MARKUP = '"><script>alert(1)</script><svg onload=alert(2)>';
const INJECTION = 'x\r\nSet-Cookie: evil=1\r\n\r\n';

describe('trouble: hostile input', function () {
  this.timeout(120_000);
  let server: TestServer;
  let db: Connection;
  let tour: Tour;
  let siege: Siege;

  before(async () => {
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [SHOP] }) } });
    db = await connectMongo(server.env.MONGODB_URI);
    siege = createSiege({ server, db });
    const { deps, origin } = server;
    tour = { letterbox: server, deps, origin, visitor: () => server.visitor(), db, press: siege.besiege };
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  it('changes nothing and breaks nothing, in any form of a way in', async () => {
    const person = await signUpTour(tour);
    await resumeTour(tour);
    const visitor = await signInTour(tour, person, 'email');
    await signInTour(tour, person, 'text');
    server.clock.advance(60);
    await signInTour(tour, person, 'app');
    await termsTour(tour, person);
    await tooWeakTour(tour);
    await lockedTour(tour);
    await backupCodeTour(tour);
    await passkeyTour(tour);
    await serviceEntryTour(tour, visitor);
    await consentTour(tour, visitor);
  });

  it('has met every page of the ways in', () => expect(siege.unmet((kind) => WAYS_IN.includes(kind))).to.deep.equal([]));

  it('changes nothing and breaks nothing, in the forms outside of journeys', async () => {
    const visitor = server.visitor();
    const email = newAddress();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    const { links } = await server.newest(email);
    await visitor.open(links[0]!);
    const path = (name: string) => `${server.origin}${name}`;
    const alerts = ['not-me', 'cancel-recovery', 'freeze-email'].map((purpose) => `/users/alerts/${purpose}/confirm`);
    for (const name of ['/users/confirmation/confirm', '/users/confirmation/resend', ...alerts, '/sign-out']) {
      await siege.attackForm(visitor, name, path(name), [], new URLSearchParams());
    }
    await siege.attackForm(visitor, '/users/confirmation/new', path('/users/confirmation/new'), ['email'], new URLSearchParams({ email }));
    const language = new URLSearchParams({ to: 'es', back: '/help' });
    await siege.attackForm(visitor, '/language', path('/language'), ['to', 'back'], language, [400]);
    const known = Object.keys(FIELDS).filter((name) => name.startsWith('/'));
    const posted = routes().flatMap(({ methods, path }) =>
      methods.includes('POST') && !methods.includes('PUT') && !path.startsWith('/interaction') ? [path] : [],
    );
    expect(posted.filter((name) => !known.includes(name))).to.deep.equal([]);
  });

  it('changes nothing and breaks nothing, in the forms of an account', async () => {
    const { deps } = server;
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    const person = await completeSignUp(server, visitor, newAddress(), { email: true, app: true });
    await visitor.open(server.origin + authorizeUrl(MYUSCIS));
    await visitor.press('Submit', { 'I am an applicant, petitioner, or requestor': true });
    const { id, methods } = (await deps.accounts.findByEmail(person.email))!;
    const passkey = { id: deps.newId(), publicKey: 'AA', counter: 0, transports: [], name: 'Laptop' };
    await deps.transaction([deps.accounts.addPasskey(id, passkey)]);
    const [session] = await deps.sessions.of(id);
    const ids: Readonly<Record<string, string>> = {
      methods: methods.find(({ method }) => method === 'app')!.id,
      passkeys: passkey.id,
      sessions: session!.id,
      services: 'myuscis',
    };
    const good: Readonly<Record<string, string>> = {
      name: 'Mine',
      account_type: 'representative',
      language: 'es',
      recovery: 'off',
      format: 'html',
    };
    for (const [name, fields] of Object.entries(FIELDS).filter(([path]) => path.startsWith('/account/'))) {
      const path = name.replace(':id', ids[name.split('/')[2]!] ?? '');
      expect((await visitor.open(server.origin + path)).status, path).to.equal(200);
      const names = Object.keys(fields);
      await siege.attackForm(
        visitor,
        name,
        server.origin + path,
        names,
        new URLSearchParams(Object.fromEntries(names.map((field) => [field, good[field]!]))),
      );
    }
  });

  /** Of every router of the application, but for development's. */
  function routes(): { methods: readonly string[]; path: string }[] {
    const none = async () => {};
    const app = createApp(server.deps, { health: none, metrics: createMetrics(), assets: none, provider: none, inbox: undefined });
    const routers = (app.middleware as { router?: Router }[]).flatMap(({ router }) => router ?? []);
    return routers
      .flatMap(({ stack }) => stack.map(({ methods, path }) => ({ methods, path: String(path) })))
      .filter(({ methods }) => methods.length > 0);
  }

  it('answers every method at every address without failing or changing anything', async () => {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    const [, , uid = ''] = new URL(visitor.page().url).pathname.split('/');
    const protocol = [
      '/authorize',
      '/token',
      '/userinfo',
      '/jwks',
      '/introspect',
      '/revoke',
      '/logout',
      '/par',
      '/register',
      '/logout/confirm',
    ];
    const others = [
      '/.well-known/openid-configuration',
      '/health/live',
      '/health/ready',
      '/assets/styles.css',
      '/nonsense',
      '/%',
      '/%00',
      '/%ff',
      '/a%0d%0ab',
    ];
    const paths = [...new Set(routes().map(({ path }) => path))].map((path) =>
      path.replace(':uid', uid).replace(':journey', 'sign-up').replace(':step', 'email').replace(':action', 'submit'),
    );
    expect(paths).to.include('/users/confirmation/new').and.include('/');
    const before = await snapshot(db);
    for (const path of [...paths, ...protocol, ...others]) {
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        for (const headers of [OWN_PAGE, { ...OWN_PAGE, ...FORM, 'content-length': '0' }]) {
          const answer = await rawRequest(visitor, server.origin + path, { method, headers: method === 'GET' ? OWN_PAGE : headers });
          expect(answer.status, `${method} ${path}`).to.be.below(500);
        }
      }
    }
    await expectUnchanged(db, before, 'all methods');
  });

  it('shows what was typed as text, never as markup', async () => {
    const visitor = server.visitor();
    const hostile = {
      login_hint: MARKUP,
      ui_locales: MARKUP,
      state: MARKUP,
      nonce: MARKUP,
      acr_values: MARKUP,
      display: MARKUP,
      claims: MARKUP,
    };
    const pages: [string, string][] = Object.entries(hostile).map(([name, value]) => [name, authorizeUrl(MYUSCIS, { [name]: value })]);
    for (const name of ['client_id', 'redirect_uri', 'scope', 'response_type', 'prompt', 'max_age', 'response_mode', 'request', MARKUP])
      pages.push([name, authorizeUrl(MYUSCIS, { [name]: MARKUP })]);
    for (const name of ['id_token_hint', 'post_logout_redirect_uri', 'client_id', 'state', 'ui_locales', 'logout_hint'])
      pages.push([`logout ${name}`, `/logout?${new URLSearchParams({ [name]: MARKUP })}`]);
    pages.push(
      ['path', `/${encodeURIComponent(MARKUP)}`],
      ['token', `/users/confirmation?confirmation_token=${encodeURIComponent(MARKUP)}`],
      ['alert', `/users/alerts/not-me?token=${encodeURIComponent(MARKUP)}`],
    );
    pages.push(['signed in', `/signed-in?state=${encodeURIComponent(MARKUP)}`], ['help', `/help?x=${encodeURIComponent(MARKUP)}`]);
    for (const [name, path] of pages) {
      const { status, html } = await visitor.open(server.origin + path);
      expect(status, name).to.be.below(500);
      expect(html, name).not.to.contain('<script>alert').and.not.contain('<svg onload');
    }
    await visitor.open(authorizeUrl(MYUSCIS, { login_hint: MARKUP }));
    expect(visitor.fieldOf('Email address').getAttribute('value')).to.equal(MARKUP);
    await visitor.press('Sign In', { 'Email address': MARKUP, Password: MARKUP });
    expect(visitor.page().html).not.to.contain('<script>alert').and.not.contain('<svg onload');
    expect(visitor.page().html.match(/value="[^"]*&#39;?script/g) ?? []).to.deep.equal([]);
  });

  it('lets nothing into headers', async () => {
    const visitor = server.visitor();
    const value = encodeURIComponent(INJECTION);
    const paths = [
      `/users/confirmation?confirmation_token=${value}`,
      `/users/confirmation?confirmation_token=${encodeURIComponent('a; Domain=evil.test')}`,
      `/users/confirmation?confirmation_token=${encodeURIComponent('日本')}`,
      '/users/confirmation?confirmation_token=a&confirmation_token=b',
      '/users/confirmation?confirmation_token=',
      `/users/alerts/freeze-email?token=${value}`,
      `/users/alerts/freeze-email?token=${encodeURIComponent('a; Domain=evil.test')}`,
      `/signed-in?state=/${value}`,
      `/${value}`,
      `/interaction/${value}`,
      authorizeUrl(MYUSCIS, { state: INJECTION }),
      authorizeUrl(MYUSCIS, { login_hint: INJECTION, ui_locales: INJECTION }),
      `/logout?post_logout_redirect_uri=${value}`,
    ];
    for (const path of paths) {
      const { status, headers } = await rawRequest(visitor, server.origin + path);
      expect(status, path).to.be.below(500);
      expect(headers.getSetCookie().join('\n'), path).not.to.match(/evil/i);
      expect([...headers.keys()]).not.to.include('evil');
    }
    const places = [
      '//evil.test',
      '/\\evil.test',
      '/.//evil.test',
      '/..//evil.test',
      'https://evil.test',
      '/\t/evil.test',
      'javascript:alert(1)',
      INJECTION,
    ];
    for (const back of places) {
      const body = new URLSearchParams({ to: 'en', back }).toString();
      const { status, headers } = await rawRequest(visitor, `${server.origin}/language`, {
        method: 'POST',
        headers: { ...OWN_PAGE, ...FORM },
        body,
      });
      expect(status, back).to.equal(303);
      expect(new URL(headers.get('location')!, server.origin).origin, back).to.equal(server.origin);
      expect(headers.getSetCookie().join('\n'), back).not.to.match(/evil/i);
    }
  });

  /** What differs from page to page by chance: ids, the address itself, clock times. */
  const plain = (html: string, email: string) =>
    html
      .replaceAll(email, 'ADDRESS')
      .replace(/\/interaction\/[\w-]+/g, '/interaction/UID')
      .replace(/nonce="[^"]*"/g, '')
      .replace(/challenge&#34;:&#34;[\w-]+/g, 'CHALLENGE')
      .replace(/\d{1,2}:\d{2}(?::\d{2})?/g, 'TIME');

  it('answers alike for addresses with an account, with an unfinished sign-up, and unknown ones', async () => {
    const finished = await signUpTour({ ...tour, press: (visitor, _page, button, typed) => visitor.press(button, typed) });
    const address = (name: string) => `${name}${newAddress()}`.padStart(40, 'x');
    const unfinished = address('unf');
    const other = server.visitor();
    await other.open('/users/sign_up');
    await other.press('Sign Up', { 'Email address': unfinished });
    await other.press('Continue', { 'Confirmation code': (await server.newest(unfinished)).codes[0]! });
    await other.press('I Agree');
    await other.press('Submit', { Password: PASSWORD, 'Confirm password': PASSWORD });
    server.clock.advance(120);

    const three = [finished.email, unfinished, address('unk')];
    const shown = async (act: (visitor: Visitor, email: string) => Promise<unknown>) => {
      const pages: { status: number; html: string; hops: string }[] = [];
      for (const email of three) {
        const visitor = server.visitor();
        await act(visitor, email);
        const { status, html } = visitor.page();
        pages.push({ status, html: plain(html, email), hops: visitor.requests.map((request) => request.status).join() });
      }
      expect(pages[1]).to.deep.equal(pages[0]);
      expect(pages[2]).to.deep.equal(pages[0]);
      return pages[0]!;
    };
    const wrong = await shown(async (visitor, email) => {
      await visitor.open('/');
      await visitor.press('Sign In', { 'Email address': email, Password: 'Wrong-Password 1!' });
    });
    expect(wrong.status).to.equal(422);
    const resent = await shown(async (visitor, email) => {
      await visitor.open('/users/confirmation/new');
      await visitor.press('Resend confirmation instructions', { 'Email address': email });
    });
    expect(resent.status).to.equal(200);
    server.clock.advance(120);
    const begun = await shown(async (visitor, email) => {
      await visitor.open('/users/sign_up');
      await visitor.press('Sign Up', { 'Email address': email });
    });
    expect(begun.status).to.equal(200);
  });
});
