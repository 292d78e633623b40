import { expect } from 'chai';
import fc from 'fast-check';
import type { Context } from 'koa';
import { PROTOCOL_PATHS, sameOrigin, sameSitePath } from '../../src/http/same-origin.ts';
import { type Served, serve } from './serve.ts';

describe('same origin', () => {
  let app: Served;
  const origin = 'https://account.agency.test';
  before(async () => {
    app = await serve(() => [
      sameOrigin({ issuer: origin }),
      (ctx: Context) => {
        ctx.body = 'taken';
      },
    ]);
  });
  after(() => app.close());
  const post = (headers: Record<string, string>, path = '/interaction/x/sign-in/password', method = 'POST') =>
    app.ask(path, { method, headers });

  it('takes a form of our own page', async () => {
    expect((await post({ 'sec-fetch-site': 'same-origin', origin })).text).to.equal('taken');
  });

  it('takes a browser without Sec-Fetch-Site by its Origin', async () => {
    expect((await post({ origin })).text).to.equal('taken');
  });

  for (const headers of [
    { 'sec-fetch-site': 'cross-site', origin },
    { 'sec-fetch-site': 'same-site', origin },
    { 'sec-fetch-site': 'none', origin },
    { origin: 'https://evil.test' },
    { origin: 'null' },
    { origin: `${origin}.evil.test` },
    {},
  ] as Record<string, string>[]) {
    it(`refuses a form with ${JSON.stringify(headers)}`, async () => {
      expect(await post(headers)).to.include({ status: 403, text: 'foreign_form' });
    });
  }

  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    it(`judges ${method} like POST`, async () => {
      expect((await post({}, '/account', method)).status).to.equal(403);
    });
  }

  it('leaves reading alone', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      expect((await post({ 'sec-fetch-site': 'cross-site' }, '/', method)).status).to.equal(200);
  });

  it('leaves the protocol to itself, and nothing that only looks like it', async () => {
    for (const path of [...PROTOCOL_PATHS, '/register/client-1'])
      expect((await post({ origin: 'https://evil.test' }, path)).status).to.equal(200);
    for (const path of ['/logout/confirm', '/token/x', '/authorize/uid', '/register/a/b', '/Token/'])
      expect((await post({}, path)).status).to.equal(403);
  });
});

describe('a path of this site', () => {
  for (const [path, expected] of [
    ['/', '/'],
    ['/users/sign_up?x=1', '/users/sign_up?x=1'],
    ['/account/security?page=2#sessions', '/account/security?page=2#sessions'],
    ['/account?next=//evil.test', '/account?next=//evil.test'],
    ['/a/../account', '/account'],
    ['/%5cevil.test', '/%5cevil.test'],
    ['/%2f%2fevil.test', '/%2f%2fevil.test'],
    ['/%09/evil.test', '/%09/evil.test'],
    ['/a//b', '/a//b'],
    ['/.', '/'],
  ] as const)
    it(`is ${path}`, () => expect(sameSitePath(path)).to.equal(expected));

  for (const path of [
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '/a\\b',
    '\\\\evil.test',
    '/.//evil.test',
    '/..//evil.test',
    '/a/..//evil.test',
    '/.%2e//evil.test',
    '/%2e/%2e%2e//evil.test',
    '/\t/evil.test',
    '/\n//evil.test',
    '/\r\nset-cookie: a=b',
    '/ /evil.test',
    '/\u0000',
    '/straße',
    '/\u007f',
    '/\u2028',
    '/\uff0f\uff0fevil.test',
    '/\u2044evil.test',
    '/./\\evil.test',
    'https://evil.test/',
    'http:evil.test',
    'javascript:alert(1)',
    'interaction',
    '?x=1',
    ' /account',
    '',
    undefined,
    null,
    7,
    ['/account'],
  ])
    it(`is not ${JSON.stringify(path)}`, () => expect(sameSitePath(path)).to.equal('/'));

  it('is judged by where a browser would go, and stays what it is', () => {
    const piece = fc.constantFrom('/', '\\', '.', '..', '%2e', '%2F', 'a', '?', '#', '@', ':', 'evil.test', '\t', ' ');
    const paths = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.array(piece).map((pieces) => `/${pieces.join('')}`),
    );
    fc.assert(
      fc.property(paths, (path) => {
        const ours = sameSitePath(path);
        expect(new URL(ours, 'https://id.example').origin).to.equal('https://id.example');
        expect(sameSitePath(ours)).to.equal(ours);
      }),
      { numRuns: 5000 },
    );
  });
});
