/** What an operator's monitoring reads at `/metrics`, on a port of its own (Prometheus text format). Numbers only: no path, no person. */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context, Middleware } from 'koa';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** Measures each request under the name of its route. Put it outside of what it is to measure. */
  readonly middleware: Middleware;
  /** A sign-in, by its last factor. */
  signIn(method: string): void;
  /** The numbers of this process. */
  text(): Promise<string>;
}

interface Waiting {
  /** How many mails and text messages are not delivered yet; asked when the metrics are read. */
  readonly outboxWaiting?: () => Promise<number>;
  /** How many services are not told yet of a session that has ended. */
  readonly logoutNoticesWaiting?: () => Promise<number>;
}

export function createMetrics({ outboxWaiting, logoutNoticesWaiting }: Waiting = {}): Metrics {
  const registry = new Registry();
  // With several processes the first one collects the numbers of all from here.
  AggregatorRegistry.setRegistries(registry);
  // It is the constructor that makes a worker answer the first process.
  if (cluster.isWorker) new AggregatorRegistry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long answers took, by route',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const signIns = new Counter({
    name: 'sign_ins_total',
    help: 'Sign-ins by last factor',
    labelNames: ['method'] as const,
    registers: [registry],
  });
  for (const [name, help, waiting] of [
    ['outbox_waiting_messages', 'Mails and text messages that are not delivered yet', outboxWaiting],
    ['logout_waiting_notices', 'Services that are not told yet of a session that has ended', logoutNoticesWaiting],
  ] as const) {
    if (!waiting) continue;
    new Gauge({
      name,
      help,
      registers: [registry],
      // All processes share one queue: their answers must not be added up.
      aggregator: 'max',
      async collect() {
        this.set(await waiting());
      },
    });
  }
  return {
    text: () => registry.metrics(),
    signIn: (method) => signIns.inc({ method }),
    middleware: async (ctx: Context, next) => {
      const started = performance.now();
      ctx.res.once('close', () => {
        const labels = {
          method: METHODS.has(ctx.method) ? ctx.method : 'other',
          route: routeOf(ctx),
          status: `${Math.floor(ctx.res.statusCode / 100)}xx`,
        };
        durations.observe(labels, (performance.now() - started) / 1000);
      });
      await next();
    },
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);

/** Routes are few; paths are as many as visitors care to invent, and would fill the memory. */
function routeOf(ctx: Context): string {
  const protocol = (ctx as { oidc?: { route?: string } }).oidc?.route;
  const page = ctx._matchedRouteName ?? ctx._matchedRoute;
  if (typeof ctx.state.route === 'string') return ctx.state.route;
  if (protocol) return protocol;
  if (page) return String(page);
  return /^\/(assets|health)\//.exec(ctx.path)?.[1] ?? 'none';
}

/** The numbers of all worker processes together, for the first process of a cluster. */
export function clusterMetrics(): Pick<Metrics, 'text'> {
  const all = new AggregatorRegistry();
  return { text: () => all.clusterMetrics() };
}

interface ServeMetricsInput {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly metrics: Pick<Metrics, 'text'>;
}

/** Listens for `GET /metrics`. Rejects when the port is taken. */
export async function serveMetrics({ host, port, metrics }: ServeMetricsInput): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') return void response.writeHead(404).end();
    try {
      const body = await metrics.text();
      response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE }).end(body);
    } catch {
      // The database may be away; the monitoring sees a failed reading, which is the truth.
      response.writeHead(503).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
