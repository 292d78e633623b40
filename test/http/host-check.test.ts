import { connect } from 'node:net';
import { expect } from 'chai';
import type { Context } from 'koa';
import { hostCheck } from '../../src/http/host-check.ts';
import { type Served, serve } from './serve.ts';

const page = (ctx: Context) => {
  ctx.body = `${ctx.protocol}://${ctx.host} ${ctx.get('x-forwarded-host')}`;
};

describe('host check', () => {
  let app: Served;
  let behindProxy: Served;
  before(async () => {
    app = await serve((port) => [hostCheck({ issuer: `http://localhost:${port}`, development: true }), page]);
    behindProxy = await serve(() => [hostCheck({ issuer: 'https://account.agency.test', development: false }), page], { proxy: true });
  });
  after(() => Promise.all([app.close(), behindProxy.close()]));
  const tls = { host: 'account.agency.test', 'x-forwarded-proto': 'https' };

  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(app.port, '127.0.0.1', () => socket.end(text));
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.once('close', () => resolve(answer)).once('error', reject);
    });

  it('answers the issuer host', async () => {
    expect(await app.ask('/')).to.include({ status: 200, text: `http://localhost:${app.port} ` });
    expect((await app.ask('/', { headers: { host: `LOCALHOST:${app.port}` } })).status).to.equal(200);
    expect((await behindProxy.ask('/', { headers: { ...tls, host: 'account.agency.test:443' } })).status).to.equal(200);
  });

  for (const host of ['evil.test', 'localhost', 'localhost.evil.test']) {
    it(`refuses the host "${host}"`, async () => {
      expect(await app.ask('/', { headers: { host } })).to.include({ status: 421, text: 'wrong_host' });
    });
  }

  it('believes no X-Forwarded-Host, from a trusted proxy either', async () => {
    const answer = await behindProxy.ask('/', { headers: { ...tls, 'x-forwarded-host': 'evil.test' } });
    expect(answer).to.include({ status: 200, text: 'https://account.agency.test ' });
  });

  it('refuses an absolute address in the request line', async () => {
    expect((await app.ask('http://evil.test/')).status).to.equal(421);
    const answer = await raw(`GET http://evil.test/ HTTP/1.1\r\nHost: localhost:${app.port}\r\nConnection: close\r\n\r\n`);
    expect(answer).to.match(/^HTTP\/1\.1 421 /);
  });

  it('refuses a request without a host', async () => {
    expect(await raw('GET / HTTP/1.0\r\n\r\n')).to.match(/^HTTP\/1\.1 421 /);
  });

  it('leads loopback addresses to localhost in development, for GET only', async () => {
    for (const host of [`127.0.0.1:${app.port}`, `[::1]:${app.port}`]) {
      const answer = await app.ask('/account?x=1', { headers: { host } });
      expect(answer.status).to.equal(307);
      expect(answer.headers.location).to.equal(`http://localhost:${app.port}/account?x=1`);
      expect((await app.ask('/account', { method: 'POST', headers: { host } })).status).to.equal(421);
    }
    expect((await app.ask('//evil.test/', { headers: { host: `127.0.0.1:${app.port}` } })).headers.location).to.equal(
      `http://localhost:${app.port}//evil.test/`,
    );
    expect((await behindProxy.ask('/', { headers: { host: '127.0.0.1:443' } })).status).to.equal(421);
  });

  it('answers health checks whatever they call this machine', async () => {
    expect((await app.ask('/health/ready', { headers: { host: '10.0.0.7' } })).status).to.equal(200);
  });

  it('tells the operator what is wrong when an https issuer sees plain requests, and does not redirect', async () => {
    const answer = await behindProxy.ask('/', { headers: { host: 'account.agency.test' } });
    expect(answer.status).to.equal(421);
    expect(answer.text).to.include('check TRUST_PROXY');
    expect(answer.headers).to.not.have.property('location');
  });
});
