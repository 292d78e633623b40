/** Whatever a request says about the host that it is for: no address that leaves here is another one for it. */
import { expect } from 'chai';
import { createAsk } from '../support/fuzz.ts';
import { newAddress } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

const EVIL = 'evil.example';
const PAGES = [
  '/',
  '/users/sign_up',
  '/users/confirmation/new',
  '/account',
  '/help',
  '/nothing-here',
  '/interaction/unknown/sign-in/password',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/jwks',
  '/authorize?client_id=myuscis&response_type=code&scope=openid&redirect_uri=http%3A%2F%2Flocalhost%3A9%2Fcallback',
  '/authorize/unknown',
  '/userinfo',
  '/logout',
  '/logout/success',
  '/dev/inbox',
];
const POSTED = [
  '/token',
  '/par',
  '/introspect',
  '/revoke',
  '/register',
  '/authorize',
  '/logout',
  '/logout/confirm',
  '/language',
  '/sign-out',
];
const CLAIMED = {
  'x-forwarded-host': EVIL,
  'x-forwarded-server': EVIL,
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '8443',
  'x-host': EVIL,
  'x-original-host': EVIL,
  'x-original-url': `https://${EVIL}/`,
  'x-rewrite-url': `https://${EVIL}/`,
  forwarded: `host=${EVIL};proto=https`,
};

describe('OP-01: a foreign host', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });

  const requests = [
    ...PAGES.map((path) => ({ method: 'GET', path, headers: {} })),
    ...POSTED.map((path) => ({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' },
    })),
  ];
  const port = () => Number(new URL(server.origin).port);

  it('in Host is answered by nothing', async () => {
    const ask = createAsk(port(), EVIL);
    for (const request of requests) {
      const { status, headers, text } = await ask(request);
      expect(status, request.path).to.equal(421);
      expect(JSON.stringify(headers) + text, request.path).not.to.include(EVIL);
    }
    ask.close();
  });

  it('in what a proxy may have added is believed by nothing', async () => {
    const ask = createAsk(port(), new URL(server.origin).host);
    for (const request of requests) {
      const { status, headers, text } = await ask({ ...request, headers: { ...request.headers, ...CLAIMED } });
      expect(status, request.path).to.be.below(500);
      expect(JSON.stringify(headers) + text, request.path)
        .not.to.include(EVIL)
        .and.not.to.match(/https:\/\/localhost|:8443/);
    }
    ask.close();
  });

  it('is in no mail, and in no page on the way to it', async () => {
    const email = newAddress();
    const visitor = server.visitor(CLAIMED);
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    expect(visitor.page().html).not.to.include(EVIL);
    const mail = await server.newest(email);
    expect(mail.links).not.to.have.length(0);
    for (const link of mail.links) expect(new URL(link).origin).to.equal(server.origin);
    expect(JSON.stringify(mail)).not.to.include(EVIL);
  });
});
