/** The process: reads the environment (nothing else does), opens, listens, closes. */
import cluster from 'node:cluster';
import closeWithGrace from 'close-with-grace';
import { ConfigError, loadConfig } from './config.ts';
import { serveMetrics } from './http/metrics.ts';
import { createLog } from './http/request-log.ts';
import { openServer } from './server.ts';

const config = readConfig();
const log = createLog({ level: config.logLevel });

if (config.workers > 1 && cluster.isPrimary) runWorkers(config.workers);
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
  const server = await openServer({ config, clock: () => new Date(), log });
  const metrics =
    config.metricsPort !== undefined && !cluster.isWorker
      ? await serveMetrics({ ...server, port: config.metricsPort, host: config.metricsHost })
      : undefined;
  log.info({ issuer: config.issuer, host: config.host, port: server.address.port }, 'listening');
  process.send?.({ ready: true });
  closeWithGrace({ delay: 10_000, logger: false }, async ({ err }) => {
    if (err) log.fatal({ err }, 'ending after an error that nobody caught');
    await metrics?.close();
    await server.close();
  });
}

/** One process for each worker; one that dies is replaced, unless all are being stopped. */
function runWorkers(count: number): void {
  let stopping = false;
  for (let n = 0; n < count; n++) cluster.fork();
  cluster.on('exit', (worker, code) => {
    if (stopping) return;
    log.error({ pid: worker.process.pid, code }, 'a worker ended and is replaced');
    setTimeout(() => stopping || cluster.fork(), 1000);
  });
  closeWithGrace({ delay: 12_000, logger: false }, async () => {
    stopping = true;
    await new Promise<void>((resolve) => cluster.disconnect(resolve));
  });
}
