/** The process: reads the environment (nothing else does), opens, listens, closes. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import closeWithGrace from 'close-with-grace';
import { ConfigError, loadConfig } from './config.ts';
import { clusterMetrics, serveMetrics } from './http/metrics.ts';
import { createLog } from './http/request-log.ts';

const config = readConfig();
const log = createLog({ level: config.logLevel });

if (config.workers > 1 && cluster.isPrimary) await runWorkers(config.workers);
else await run();

function readConfig() {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

async function run(): Promise<void> {
  // Not above: what is wrong with a setting is said before all this is loaded, and who only looks after workers needs none of it.
  const { openServer } = await import('./server.ts');
  const server = await openServer({ config, clock: () => new Date(), log });
  const metrics =
    config.metricsPort !== undefined && !cluster.isWorker
      ? await serveMetrics({ ...server, port: config.metricsPort, host: config.metricsHost })
      : undefined;
  log.info({ issuer: config.issuer, host: config.host, port: server.address.port }, 'listening');
  process.send?.({ ready: true });
  const { close } = closeWithGrace({ delay: 10_000, logger: false }, async ({ err }) => {
    if (err) log.fatal({ err }, 'ending after an error that nobody caught');
    await metrics?.close();
    await server.close();
  });
  endWithParent(close);
}

/** Started by another process: ends when that one says so, or is gone and nobody else is left to end this one. */
function endWithParent(close: () => void): void {
  if (!process.send) return;
  process.once('disconnect', close);
  process.on('message', (message) => message === 'end' && close());
}

/** One process for each worker; one that dies is replaced, unless all are being stopped. */
async function runWorkers(count: number): Promise<void> {
  let stopping = false;
  let listening = 0;
  cluster.on('listening', () => {
    if (++listening === count) process.send?.({ ready: true });
  });
  for (let n = 0; n < count; n++) cluster.fork();
  cluster.on('exit', (worker, code) => {
    if (stopping) return;
    log.error({ pid: worker.process.pid, code }, 'a worker ended and is replaced');
    setTimeout(() => stopping || cluster.fork(), 1000);
  });
  const metrics =
    config.metricsPort === undefined
      ? undefined
      : await serveMetrics({ metrics: clusterMetrics(), port: config.metricsPort, host: config.metricsHost });
  const { close } = closeWithGrace({ delay: 12_000, logger: false }, async () => {
    stopping = true;
    await metrics?.close();
    // Not cluster.disconnect(): it waits for browsers to give up connections on which nothing happens.
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const ended = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.send('end');
    await Promise.all(ended);
  });
  endWithParent(close);
}
