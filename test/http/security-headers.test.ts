import { expect } from 'chai';
import type { Context } from 'koa';
// @ts-expect-error: the library's own function, which has no types
import pushScriptSrcSha from 'oidc-provider/lib/helpers/script_src_sha.js';
import { formTarget, securityHeaders } from '../../src/http/security-headers.ts';
import { type Served, serve } from './serve.ts';

const page = async (ctx: Context) => {
  if (ctx.path === '/targets')
    ctx.state.formTargets = ['https://service.agency.test', 'https://service.agency.test', 'com.agency.app:', 'http://*:8080'];
  if (ctx.path === '/evil')
    ctx.state.formTargets = ["https://x.test; script-src 'unsafe-inline'", '*', 'https://*', 'https://*.x.test', "'unsafe-inline'"];
  if (ctx.path === '/library') {
    ctx.state.formTargets = ['https://service.agency.test'];
    pushScriptSrcSha(ctx, 'document.forms[0].submit()');
  }
  if (ctx.path === '/kept') ctx.set('Cache-Control', 'max-age=60');
  ctx.body = ctx.state.nonce;
};

const directives = (csp: unknown) =>
  new Map(
    String(csp)
      .split(';')
      .map((part) => [part.trim().split(' ')[0], part.trim().split(' ').slice(1)]),
  );

describe('security headers', () => {
  let app: Served;
  let plain: Served;
  before(async () => {
    app = await serve(() => [securityHeaders({ issuer: 'https://account.agency.test' }), page]);
    plain = await serve(() => [securityHeaders({ issuer: 'http://localhost:3000' }), page]);
  });
  after(() => Promise.all([app.close(), plain.close()]));

  it('lets pages do nothing but what they need', async () => {
    const { headers, text } = await app.ask('/');
    expect(headers).to.include({
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
    });
    expect(headers['permissions-policy']).to.include('camera=()').and.include('publickey-credentials-get=(self)');
    expect(headers).to.not.have.property('x-powered-by');
    const csp = directives(headers['content-security-policy']);
    expect(csp.get('default-src')).to.deep.equal(["'none'"]);
    expect(csp.get('script-src')).to.deep.equal(["'self'", `'nonce-${text}'`]);
    expect(csp.get('form-action')).to.deep.equal(["'self'"]);
    for (const name of ['frame-ancestors', 'base-uri', 'object-src']) expect(csp.get(name)).to.deep.equal(["'none'"]);
    expect(String(headers['content-security-policy'])).to.not.include('unsafe');
  });

  it('has another nonce each time', async () => {
    expect((await app.ask('/')).text).to.not.equal((await app.ask('/')).text);
  });

  it('asks for https where the issuer has it, and only there', async () => {
    expect((await app.ask('/')).headers['strict-transport-security']).to.match(/^max-age=63072000/);
    expect((await plain.ask('/')).headers).to.not.have.property('strict-transport-security');
  });

  it('lets a form lead on to the service, along all redirects', async () => {
    const { headers } = await app.ask('/targets');
    expect(directives(headers['content-security-policy']).get('form-action')).to.deep.equal([
      "'self'",
      'https://service.agency.test',
      'com.agency.app:',
      'http://*:8080',
    ]);
  });

  it('takes no target that says more than an origin', async () => {
    const { headers } = await app.ask('/evil');
    expect(directives(headers['content-security-policy']).get('form-action')).to.deep.equal(["'self'"]);
  });

  it('keeps the hash that the library adds for its own script', async () => {
    const csp = directives((await app.ask('/library')).headers['content-security-policy']);
    expect(csp.get('script-src')?.at(-1)).to.match(/^'sha256-/);
    expect(csp.get('form-action')).to.deep.equal(["'self'", 'https://service.agency.test']);
  });

  it('lets an answer say that it may be kept', async () => {
    expect((await app.ask('/kept')).headers['cache-control']).to.equal('max-age=60');
  });

  it('knows what a form target is', () => {
    expect(formTarget('https://service.agency.test/callback?x')).to.equal('https://service.agency.test');
    expect(formTarget('http://127.0.0.1:8080/cb')).to.equal('http://127.0.0.1:8080');
    expect(formTarget('com.agency.app:/cb')).to.equal('com.agency.app:');
    expect(formTarget('http://[::1]:8080/cb')).to.equal('http://*:8080');
    expect(formTarget('http://[::1]/cb')).to.equal('http://*:80');
    expect(formTarget('javascript:alert(1)')).to.equal(undefined);
    expect(formTarget('nonsense')).to.equal(undefined);
  });
});
