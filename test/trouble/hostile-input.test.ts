/**
 * Every field of every form, and every address, against input that no page of ours sends. The forms are found by going through the
 * journeys that run and reading their pages; the addresses are read from the routers. One without a row here fails.
 */
import type Router from '@koa/router';
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import type { HTMLElement } from 'node-html-parser';
import { createApp, JOURNEYS } from '../../src/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir, removeConfigDirs } from '../config/config-dir.ts';
import { BACKUP_CODE_FORMS, backupCodeTour } from '../support/backup-code-tour.ts';
import { CHANGE_FORMS, changeTour } from '../support/change-tour.ts';
import { passkeyTour } from '../support/passkey-tour.ts';
import { completeSignUp, newAddress, PASSWORD } from '../support/people.ts';
import { FORM, OWN_PAGE, type RawRequest, rawRequest } from '../support/raw-request.ts';
import { RECOVERY_FORMS, recoveryTour } from '../support/recovery-tour.ts';
import { startServer, type TestServer } from '../support/server.ts';
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
  type Typed,
  termsTour,
  tooWeakTour,
} from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

/** Fields by form. `needed`: without it, or with something far too long in it, the page comes again (422). */
const FIELDS: Readonly<Record<string, Readonly<Record<string, 'needed' | 'optional'>>>> = {
  'sign-up/email': { email: 'needed' },
  'sign-up/confirm': { code: 'needed' },
  'sign-up/resume': { username: 'optional', password: 'needed' },
  'sign-up/resume/start-over': {},
  'sign-up/terms': { version: 'optional' },
  'sign-up/terms/decline': {},
  'sign-up/new-password': { username: 'optional', password: 'needed', password_confirmation: 'needed' },
  'sign-up/delivery': { email: 'optional', text: 'optional', app: 'optional', phone: 'needed', text_risks: 'optional' },
  'sign-up/email-code': { code: 'needed' },
  'sign-up/email-code/resend': {},
  'sign-up/text-code': { code: 'needed' },
  'sign-up/text-code/resend': {},
  'sign-up/text-code/skip': {},
  'sign-up/authenticator': { code: 'needed' },
  'sign-up/authenticator/skip': {},
  'sign-up/new-backup-code': {},
  'sign-up/new-backup-code/download': {},
  'sign-up/questions': Object.fromEntries(
    [1, 2, 3, 4, 5].flatMap((n) => [
      [`question_${n}`, 'needed'],
      [`answer_${n}`, 'needed'],
    ]),
  ),
  'sign-up/passkey-offer': { credential: 'needed', name: 'optional' },
  'sign-up/passkey-offer/decline': {},
  'sign-in/password': { email: 'needed', password: 'needed' },
  'sign-in/password/passkey': { credential: 'needed' },
  'sign-in/choose-method': { method: 'needed' },
  'sign-in/email-code': { code: 'needed' },
  'sign-in/email-code/resend': {},
  'sign-in/text-code': { code: 'needed' },
  'sign-in/text-code/resend': {},
  'sign-in/authenticator': { code: 'needed' },
  'sign-in/passkey': { credential: 'needed' },
  'sign-in/passkey-offer': { credential: 'needed', name: 'optional' },
  'sign-in/passkey-offer/decline': {},
  ...BACKUP_CODE_FORMS,
  'add-passkey/new-passkey': { credential: 'needed', name: 'optional' },
  'sign-in/terms': { version: 'optional' },
  'sign-in/terms/decline': {},
  'sign-in/too-weak': {},
  ...RECOVERY_FORMS,
  ...CHANGE_FORMS,
  'close-account/confirm': { confirm: 'needed' },
  'service-entry/account-type': { account_type: 'needed' },
  'consent/consent': {},
  'consent/consent/decline': {},
  '/users/confirmation/confirm': {},
  '/users/confirmation/resend': {},
  '/users/confirmation/new': { email: 'needed' },
  '/users/alerts/not-me/confirm': {},
  '/users/alerts/cancel-recovery/confirm': {},
  '/users/alerts/freeze-email/confirm': {},
  '/language': { to: 'needed', back: 'optional' },
  '/sign-out': {},
  '/account/methods/:id/remove': {},
  '/account/methods/:id/rename': { name: 'needed' },
  '/account/passkeys/:id/remove': {},
  '/account/passkeys/:id/rename': { name: 'needed' },
  '/account/sessions/:id/end': {},
  '/account/sessions/end-others': {},
  '/account/services/:id/withdraw': {},
  '/account/services/:id/account-type': { account_type: 'needed' },
  '/account/language': { language: 'needed' },
  '/account/questions': { recovery: 'needed' },
  '/account/not-me': {},
  '/account/data': { format: 'needed' },
};

const MARKUP = '"><script>alert(1)</script><svg onload=alert(2)>';
const INJECTION = 'x\r\nSet-Cookie: evil=1\r\n\r\n';
const LONG = 'a'.repeat(60_000);
const QUICK_MS = 2000;

interface Attack extends RawRequest {
  readonly name: string;
  readonly expected: readonly number[];
}

const encoded = (fields: URLSearchParams, without: string, raw: string) => {
  const rest = new URLSearchParams(fields);
  rest.delete(without);
  return [rest.toString(), raw].filter(Boolean).join('&');
};

/** What is sent in place of a form that is good otherwise. */
function attacksOn(field: string, kind: 'needed' | 'optional', good: URLSearchParams, missing = [422]): Attack[] {
  const form = (name: string, raw: string, expected: readonly number[]): Attack => ({
    name: `${field}: ${name}`,
    body: encoded(good, field, raw),
    headers: FORM,
    expected,
  });
  return [
    ...(kind === 'needed'
      ? [form('missing', '', missing), form('empty', `${field}=`, missing), form('60 KB long', `${field}=${LONG}`, missing)]
      : []),
    form('twice', `${field}=${encodeURIComponent(good.get(field) ?? 'x')}&${field}=x`, [400]),
    form('an operator', `${field}[$ne]=`, [400]),
    form('a list', `${field}[]=x`, [400]),
    form('a path', `${field}.length=x`, [400]),
    form('not UTF-8', `${field}=%ff%fe`, [400]),
    form('half a character', `${field}=%c3`, [400]),
    form('a NUL', `${field}=x%00y`, [400]),
    form('1 MB', `${field}=${'a'.repeat(1_000_000)}`, [413]),
    { ...form('raw bytes', '', [400]), body: Buffer.concat([Buffer.from(`${field}=`), Buffer.from([0xff, 0xfe, 0x80])]) },
  ];
}

/** What is sent in place of any form, with fields or without. */
function attacksOnBody(good: URLSearchParams): Attack[] {
  const json = JSON.stringify({ ...Object.fromEntries([...good.keys()].map((name) => [name, { $ne: '' }])), x: 1 });
  const boundary = 'a-boundary';
  const parts = [...good, ['x', '1']].map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const large = Buffer.alloc(64 * 1024, 'a=1&');
  const stream = () =>
    new ReadableStream({
      start(controller) {
        for (let n = 0; n < 16; n++) controller.enqueue(large);
        controller.close();
      },
    });
  return [
    { name: 'JSON', body: json, headers: { 'content-type': 'application/json' }, expected: [400] },
    { name: 'JSON said to be a form', body: json, headers: FORM, expected: [400] },
    { name: 'XML', body: '<a/>', headers: { 'content-type': 'text/xml' }, expected: [400] },
    {
      name: 'multipart',
      body: `${parts.join('')}--${boundary}--\r\n`,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      expected: [400],
    },
    { name: 'an operator that no page has', body: `${good}&x[$where]=1`, headers: FORM, expected: [400] },
    { name: '1 MB without saying so', body: stream(), headers: FORM, expected: [413] },
  ];
}

/** Forms that come from elsewhere, or do not say where from. */
const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
  { origin: 'https://evil.test' },
  { origin: 'null' },
  {},
];

describe('trouble: hostile input', function () {
  this.timeout(120_000);
  let server: TestServer;
  let db: Connection;
  let tour: Tour;
  const met = new Set<string>();

  before(async () => {
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [SHOP] }) } });
    db = await connectMongo(server.env.MONGODB_URI);
    tour = { letterbox: server, deps: server.deps, origin: server.origin, visitor: () => server.visitor(), db, press: besiege };
  });
  after(async () => {
    await server.close();
    await db.close();
    removeConfigDirs();
  });

  const formName = (url: string) => {
    const { pathname } = new URL(url);
    return pathname.startsWith('/interaction/') ? pathname.split('/').slice(3).join('/') : pathname;
  };
  const fieldNames = (form: HTMLElement) => [
    ...new Set(form.querySelectorAll('input, select, textarea').flatMap((field) => field.getAttribute('name') ?? [])),
  ];

  /** Sends everything hostile to each form of the page that is open, and then presses the button as a person would. */
  async function besiege(visitor: Visitor, page: string, button: string, typed: Typed): Promise<void> {
    const main = visitor.formOf(button, typed);
    for (const form of visitor.page().root.querySelectorAll('form[method=post]')) {
      const url = new URL(form.getAttribute('action')!, visitor.page().url).href;
      const name = formName(url);
      // Those on every page have a test of their own below.
      if (met.has(name) || !url.includes('/interaction/')) continue;
      met.add(name);
      await attackForm(visitor, name, url, fieldNames(form), url === main.url ? main.body : new URLSearchParams());
    }
    if (!met.has(`${page} by others`)) await attackFromElsewhere(visitor, page, main);
    met.add(`${page} by others`);
    await visitor.press(button, typed);
  }

  async function attackForm(
    visitor: Visitor,
    name: string,
    url: string,
    fields: readonly string[],
    good: URLSearchParams,
    missing?: number[],
  ) {
    const rows = FIELDS[name];
    if (!rows) throw new Error(`the form ${name} has no row in this test`);
    const attacks = attacksOnBody(good);
    for (const field of fields) {
      const kind = rows[field];
      if (!kind) throw new Error(`the field "${field}" of ${name} has no row in this test`);
      attacks.push(...attacksOn(field, kind, good, missing));
    }
    const before = await snapshot(db);
    for (const { name: attack, expected, headers, body } of attacks) {
      const what = `${name} with ${attack}`;
      const answer = await rawRequest(visitor, url, {
        method: 'POST',
        headers: { ...OWN_PAGE, ...headers },
        ...(body !== undefined && { body }),
      });
      expect(expected, `${what}: ${answer.status}`).to.include(answer.status);
      expect(answer.headers.get('content-type'), what).to.match(/^text\/html/);
      expect(answer.body, what).to.match(/<h1>[^<]+<\/h1>/);
      expect(answer.ms, what).to.be.below(QUICK_MS);
    }
    for (const headers of FOREIGN) {
      const answer = await rawRequest(visitor, url, { method: 'POST', headers: { ...FORM, ...headers }, body: good.toString() });
      expect(answer.status, `${name} from ${JSON.stringify(headers)}`).to.equal(403);
    }
    for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const body = method === 'PUT' || method === 'PATCH' ? { body: good.toString() } : {};
      const answer = await rawRequest(visitor, url, { method, headers: { ...OWN_PAGE, ...FORM }, ...body });
      expect(answer.status, `${method} ${name}`).to.be.below(500);
    }
    await expectUnchanged(db, before, name);
  }

  /** Somebody else who has learned this person's address line; and this person, at pages whose turn it is not. */
  async function attackFromElsewhere(visitor: Visitor, page: string, form: { url: string; body: URLSearchParams }): Promise<void> {
    const stranger = server.visitor();
    await stranger.open('/users/sign_up');
    const [, , uid] = new URL(form.url).pathname.split('/');
    const url = (path: string) => `${server.origin}/interaction/${uid}/${path}`;
    const post = (body: string) => ({ method: 'POST', headers: { ...OWN_PAGE, ...FORM }, body });
    const steps = JOURNEYS.flatMap(({ kind, steps }) => steps.map(({ name }) => `${kind}/${name}`)).filter((step) => step !== page);
    const notDue: string[] = [];
    // A page that opens may be answered again: going back to it is no attack.
    for (const step of steps) {
      const { status } = await rawRequest(visitor, url(step));
      expect(status, `${step} opened while ${page} was due`).to.be.oneOf([200, 303]);
      if (status !== 200) notDue.push(step);
    }
    const before = await snapshot(db);

    for (const other of [stranger, server.visitor()]) {
      for (const [address, request] of [
        [form.url, post(form.body.toString())],
        [url(page), {}],
      ] as const) {
        const answer = await rawRequest(other, address, request);
        expect(answer.status, `${page} opened by a stranger`).to.be.oneOf([400, 410]);
        expect(answer.body, page).not.to.contain(`<h1>${visitor.page().heading}</h1>`);
      }
    }
    for (const step of notDue) {
      const answer = await rawRequest(visitor, url(step), post(form.body.toString()));
      expect(answer.status, `${step} posted while ${page} was due`).to.be.oneOf([303, 404]);
    }
    for (const path of [`${page}/nonsense`, `${page}/__proto__`, `${page}/constructor`, 'nonsense/email', 'toString/email', '%00/%ff']) {
      const answer = await rawRequest(visitor, url(path), post(form.body.toString()));
      expect(answer.status, `${path}`).to.be.oneOf([303, 400, 404]);
    }
    await expectUnchanged(db, before, `strangers at ${page}`);
  }

  it('changes nothing and breaks nothing, in any form of any step', async () => {
    const person = await signUpTour(tour);
    await resumeTour(tour);
    const visitor = await signInTour(tour, person, 'email');
    await signInTour(tour, person, 'text');
    server.clock.advance(60);
    await signInTour(tour, person, 'app');
    await termsTour(tour, person);
    await tooWeakTour(tour);
    await backupCodeTour(tour);
    await passkeyTour(tour);
    await serviceEntryTour(tour, visitor);
    await consentTour(tour, visitor);
  });

  it('changes nothing and breaks nothing, in the page that closes an account', async () => {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    await completeSignUp(server, visitor, newAddress());
    await visitor.open(`${server.origin}/account/change/close-account`);
    await besiege(visitor, 'close-account/confirm', 'Close account', { 'Yes, I want to close my account': true });
    expect(visitor.page().heading).to.equal('Your account is closed');
  });

  it('changes nothing and breaks nothing, in any form of a recovery', async () => {
    await recoveryTour({ server, db }, besiege);
  });

  it('changes nothing and breaks nothing, in any form of a change of an account', () => changeTour(server, besiege));

  it('has met every page of every journey', () => {
    const steps = JOURNEYS.flatMap(({ kind, steps }) => steps.map(({ name }) => `${kind}/${name}`));
    expect(steps.filter((step) => !met.has(step))).to.deep.equal([]);
  });

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
      await attackForm(visitor, name, path(name), [], new URLSearchParams());
    }
    await attackForm(visitor, '/users/confirmation/new', path('/users/confirmation/new'), ['email'], new URLSearchParams({ email }));
    const language = new URLSearchParams({ to: 'es', back: '/help' });
    await attackForm(visitor, '/language', path('/language'), ['to', 'back'], language, [400]);
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
      await attackForm(
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
