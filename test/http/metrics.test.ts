import Router from '@koa/router';
import { expect } from 'chai';
import type { Middleware } from 'koa';
import { createMetrics, serveMetrics } from '../../src/http/metrics.ts';
import { serve } from './serve.ts';

describe('metrics', () => {
  it('counts requests by route, never by path', async () => {
    const metrics = createMetrics();
    const router = new Router();
    router.get('/interaction/:uid', (ctx) => {
      ctx.body = 'page';
    });
    const app = await serve(() => [metrics.middleware, router.routes() as unknown as Middleware]);
    for (const path of ['/interaction/secret-1', '/interaction/secret-2', '/no/such/page-3', '/assets/x.css']) await app.ask(path);
    await app.ask('/', { method: 'PROPFIND' });
    await app.close();
    const text = await metrics.text();
    expect(text).to.include('http_request_duration_seconds_count{method="GET",route="/interaction/:uid",status="2xx"} 2');
    expect(text).to.include('route="none",status="4xx"} 1').and.include('method="other"').and.include('route="assets"');
    expect(text).to.not.match(/secret|page-3|PROPFIND/);
  });

  it('tells sign-ins and the messages that wait', async () => {
    const metrics = createMetrics({ outboxWaiting: async () => 7, logoutNoticesWaiting: async () => 3 });
    metrics.signIn('text');
    metrics.signIn('text');
    const text = await metrics.text();
    expect(text)
      .to.include('sign_ins_total{method="text"} 2')
      .and.include('outbox_waiting_messages 7')
      .and.include('logout_waiting_notices 3');
  });

  it('keeps two sets of numbers apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.signIn('app');
    expect(await other.text()).to.not.include('method="app"');
  });

  it('serves them on a port of their own, and nothing else there', async () => {
    let broken = false;
    const text = async () => {
      if (broken) throw new Error('the database is away');
      return 'numbers 1\n';
    };
    const served = await serveMetrics({ host: '127.0.0.1', port: 0, metrics: { text } });
    const base = `http://127.0.0.1:${served.port}`;
    const answer = await fetch(`${base}/metrics`);
    expect(await answer.text()).to.equal('numbers 1\n');
    expect(answer.headers.get('content-type')).to.match(/^text\/plain/);
    expect((await fetch(`${base}/`)).status).to.equal(404);
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).to.equal(404);
    broken = true;
    expect((await fetch(`${base}/metrics`)).status).to.equal(503);
    const second = await serveMetrics({ host: '127.0.0.1', port: served.port, metrics: { text } }).catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(second).to.equal('EADDRINUSE');
    await served.close();
  });
});
