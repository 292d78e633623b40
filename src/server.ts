/** Opens everything in order, and closes it in the opposite one. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createErasing, type Erasing } from './accounts/erase.ts';
import { createApp } from './app.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { createDeps, type Deps } from './deps.ts';
import { testAccountRoutes } from './development/test-account-routes.ts';
import { languageOf } from './http/cookies.ts';
import { health } from './http/health.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { PACKAGED, staticFiles } from './http/static-files.ts';
import { inboxRoutes } from './messages/inbox-routes.ts';
import { connectMongo } from './mongo/connect.ts';
import { createMajorityWrite } from './mongo/majority-write.ts';
import type { KeyRing } from './oidc/keys/key-ring.ts';
import type { LogoutQueue } from './oidc/logout/logout-queue.ts';
import { createProvider } from './oidc/provider.ts';
import { asksQuestions } from './security-questions/questions.ts';

const PUBLIC = join(import.meta.dirname, '../public');
/** Requests under way may take so long to end before their connections are cut. */
const LAST_REQUESTS_MS = 5000;

export interface OpenServer {
  readonly deps: Deps;
  readonly metrics: Metrics;
  /** Runs by itself. */
  readonly erasing: Erasing;
  /** Looks by itself. */
  readonly keyRing: KeyRing;
  /** Tells and looks by itself. */
  readonly logoutQueue: LogoutQueue;
  readonly address: AddressInfo;
  close(): Promise<void>;
}

interface ServerOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  /** Another way to open the database, e.g. one that counts what is asked of it. */
  readonly connect?: typeof connectMongo;
}

export async function openServer({ config, clock, log, connect = connectMongo }: ServerOptions): Promise<OpenServer> {
  const assets = staticFiles({ publicDir: PUBLIC, packaged: PACKAGED });
  // Ends what was opened when something after it fails, else its connections would keep the process alive.
  await using opening = new AsyncDisposableStack();
  const db = opening.adopt(await connect(config.mongodbUri), (connection) => connection.close());
  const metrics = createMetrics({ outboxWaiting: () => parts.outbox.waiting(), logoutNoticesWaiting: () => logoutQueue.waiting() });
  const {
    deps: parts,
    inbox,
    operators,
  } = await createDeps({
    config,
    db,
    clock,
    log,
    asset: assets.address,
    recorded: (event) => event.type === 'sign-in.succeeded' && metrics.signIn(event.method),
  });
  const { middleware: provider, interactions, sessions, keyRing, logoutQueue, clients } = await createProvider({ ...parts, db });
  await clients.applyAtStart(config);
  const deps: Deps = { ...parts, interactions, sessions };
  let stopping = false;
  const app = createApp(deps, {
    health: health({ majorityWrite: createMajorityWrite(db), stopping: () => stopping, log }),
    metrics,
    assets: assets.middleware,
    provider,
    inbox: config.production ? undefined : inboxRoutes({ inbox, views: deps.views, languageOf }).routes(),
    testAccounts: config.production ? undefined : testAccountRoutes(deps).routes(),
  });
  await withoutQuestions(deps);
  deps.outbox.start();
  opening.defer(() => deps.outbox.stop());
  opening.defer(() => deps.audit.settled());
  keyRing.start();
  opening.defer(() => keyRing.stop());
  logoutQueue.start();
  opening.defer(() => logoutQueue.stop());
  const erasing = createErasing(deps, [operators.withdraw]);
  erasing.start();
  opening.defer(() => erasing.stop());
  const server = createServer(app.callback());
  await listen(server, config);
  const opened = opening.move();
  return {
    deps,
    metrics,
    erasing,
    keyRing,
    logoutQueue,
    address: server.address() as AddressInfo,
    close: async () => {
      stopping = true;
      await closed(server);
      await opened.disposeAsync();
    },
  };
}

/** What was answered before the operator chose a profile without questions is not kept. */
async function withoutQuestions({ accounts, config, log }: Deps): Promise<void> {
  if (asksQuestions(config.policy)) return;
  const erased = await accounts.eraseAllQuestions();
  if (erased > 0) log.info({ accounts: erased }, 'password reset questions and answers erased');
}

const listen = (server: Server, { host, port }: Pick<Config, 'host' | 'port'>) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

const closed = (server: Server) =>
  new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
