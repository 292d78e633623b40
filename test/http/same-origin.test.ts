import { expect } from 'chai';
import type { Context } from 'koa';
import { PROTOCOL_PATHS, sameOrigin } from '../../src/http/same-origin.ts';
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
