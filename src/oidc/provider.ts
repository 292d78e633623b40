/**
 * OpenID Connect, from a library, set for this system. This folder owns every word of the protocol; pages that a person answers belong to
 * the journeys, which know an authorization only as an `Interaction`.
 */
import type { Middleware } from 'koa';
import type { Connection } from 'mongoose';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import { createAssurance } from '../accounts/assurance.ts';
import type { Attempts } from '../attempts/attempts.ts';
import type { AuditLog } from '../audit/audit-store.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { RootSecret } from '../crypto/digest.ts';
import { randomToken } from '../crypto/random.ts';
import type { Seal } from '../crypto/seal.ts';
import type { Views } from '../http/views.ts';
import type { Interactions } from '../journey/interaction.ts';
import { browserKey } from '../journey/journey-page.ts';
import type { Sessions } from '../journey/sessions.ts';
import { isOutage } from '../mongo/outage.ts';
import { createTransaction } from '../mongo/transaction.ts';
import { createExpiredSessions } from '../oidc-store/expired-sessions.ts';
import { createGrantStore } from '../oidc-store/grant-store.ts';
import { createInitialAccessStore } from '../oidc-store/initial-access-store.ts';
import { createLogoutNoticeStore } from '../oidc-store/logout-notice-store.ts';
import { createMongoAdapter } from '../oidc-store/mongo-adapter.ts';
import { createSessionStore } from '../oidc-store/session-store.ts';
import { createSigningKeys, type KeySet } from '../oidc-store/signing-keys.ts';
import type { TokenAccounts } from './claims.ts';
import { createInitialAccess, type InitialAccess } from './clients/initial-access.ts';
import { createOperatorClients, type OperatorClients } from './clients/operator-clients.ts';
import { demandRegisteredMethod } from './clients/registered-method.ts';
import { createRegistration } from './clients/registration.ts';
import { acceptFormerSecrets } from './clients/two-secrets.ts';
import { createConfiguration } from './configuration.ts';
import { createGrants } from './grants.ts';
import { createInteractions } from './interactions.ts';
import { createKeyRing, type KeyRing, keyTimesOf, latest } from './keys/key-ring.ts';
import { createLifetimes } from './lifetimes.ts';
import { divertLogout } from './logout/delivery.ts';
import { createLogoutQueue, type LogoutQueue } from './logout/logout-queue.ts';
import { createMiddleware } from './middleware.ts';
import { createAccountSessions } from './sessions/account-sessions.ts';
import { createSessionCare } from './sessions/browser-session.ts';
import { noteSeen } from './sessions/seen.ts';

export interface ProviderDeps {
  readonly config: Pick<Config, 'production' | 'issuer' | 'cookieKeys' | 'trustProxy' | 'services'> & {
    readonly policy: Pick<Config['policy'], 'acrValues' | 'session' | 'signingKeys'>;
  };
  readonly db: Connection;
  readonly seal: Seal;
  readonly rootSecret: RootSecret;
  readonly log: Logger;
  readonly accounts: TokenAccounts;
  readonly attempts: Pick<Attempts, 'spend'>;
  readonly views: Views;
  /** Told of whoever signed out at a service. */
  readonly audit?: Pick<AuditLog, 'note'>;
  readonly clock?: Clock;
}

export interface OpenIdProvider {
  /** As it is now: another one once other keys sign. */
  readonly provider: Provider;
  /** To be mounted before body parsing and checks of forms; passes on what is not its own. */
  readonly middleware: Middleware;
  readonly interactions: Interactions;
  /** Sessions and services of an account, as its owner sees and ends them. */
  readonly sessions: Sessions;
  readonly keyRing: KeyRing;
  /** What services are told of sessions that have ended. */
  readonly logoutQueue: LogoutQueue;
  /** With what integrators register clients themselves. */
  readonly initialAccess: InitialAccess;
  /** Whoever opens the provider applies the operator's file. */
  readonly clients: OperatorClients;
}

/** Builds indexes, makes or loads the signing keys. The outer app must have the same keys and proxy settings. */
export async function createProvider(deps: ProviderDeps): Promise<OpenIdProvider> {
  const { config, db, seal, rootSecret, log, accounts, views, clock = () => new Date() } = deps;
  const { issuer, services, policy } = config;
  const adapter = createMongoAdapter({ db, seal, rootSecret, clock });
  const signingKeys = createSigningKeys({ db, seal, clock, times: keyTimesOf(policy) });
  await adapter.init();
  await signingKeys.init();
  const notices = createLogoutNoticeStore({ db, rootSecret, clock });
  const expired = createExpiredSessions({ db, clock });
  await notices.init();
  await expired.init();

  const lifetimes = createLifetimes(policy, clock);
  const store = createSessionStore({ db, rootSecret, clock, adapter });
  const grants = createGrants(rootSecret);
  const grantStore = createGrantStore({ db, rootSecret, clock });
  const transaction = createTransaction(db);
  const delivery = () => current().delivery;
  const logoutQueue = createLogoutQueue({ store: notices, expired, transaction, delivery, clock, log });

  const initialAccess = createInitialAccessStore({ db, rootSecret, clock });
  const registration = createRegistration({ attempts: deps.attempts, initialAccess });

  // The library takes its keys once. Whatever is built on it is built anew with others; requests under way end with those they began with.
  const { current, keyRing } = await createKeyRing({ signingKeys, log, build });
  return {
    get provider() {
      return current().provider;
    },
    middleware: (ctx, next) => current().middleware(ctx, next),
    interactions: latest(() => current().interactions),
    sessions: latest(() => current().sessions),
    keyRing,
    logoutQueue,
    initialAccess: createInitialAccess(() => current().provider, initialAccess),
    clients: createOperatorClients({ provider: () => current().provider, clients: adapter.clients, clock, log }),
  };

  function build({ keys, published }: KeySet) {
    const configuration = createConfiguration({ ...deps, clock, grants, lifetimes, sessionId: store.idOf });
    const features = { ...configuration.features, ...registration.features };
    const provider = new Provider(issuer, { ...configuration, features, adapter, jwks: { keys } });
    provider.proxy = config.trustProxy > 0;
    provider.maxIpsCount = config.trustProxy;
    // In this order: the method counts for both secrets.
    acceptFormerSecrets(provider, adapter.clients, log);
    demandRegisteredMethod(provider);
    listen(provider, log);
    noteSeen(provider);
    if (deps.audit) noteSignOuts(provider, rootSecret, deps.audit);
    const sessions = createSessionCare({ provider, store, grantStore, accounts, lifetimes, transaction, logoutQueue });
    const assurance = createAssurance(policy.acrValues);
    return {
      provider,
      middleware: createMiddleware({ provider, issuer, views, sessions, registration, published, log }),
      interactions: createInteractions({ provider, sessions, issuer, services, grants, assurance }),
      sessions: createAccountSessions({ provider, store, grantStore, grants, accounts, lifetimes, logoutQueue }),
      delivery: divertLogout(provider, { write: notices.add, end: sessions.end }),
    };
  }
}

/** A service's library tries a 503 again; what it was given the 500 of a bug for, it would give up. Pages are told apart elsewhere. */
function sayUnavailable(ctx: KoaContextWithOIDC): void {
  ctx.status = 503;
  ctx.set('retry-after', '10');
  ctx.body = { error: 'temporarily_unavailable', error_description: 'not available at the moment; try again' };
}

/** A session that a service's link ended. Where a person chose to stay signed in here, none ended. */
function noteSignOuts(provider: Provider, rootSecret: RootSecret, audit: Pick<AuditLog, 'note'>): void {
  provider.on('end_session.success', (ctx) => {
    const { session, params } = ctx.oidc;
    if (!session?.accountId || !params?.logout) return;
    const browser = browserKey({ rootSecret, newId: randomToken }, ctx as never);
    audit.note({ type: 'session.ended', accountId: session.accountId, ip: ctx.ip, browser }, ctx.state.reference);
  });
}

const REFUSALS = [
  'authorization',
  'pushed_authorization_request',
  'grant',
  'userinfo',
  'introspection',
  'revocation',
  'registration_create',
  'registration_read',
  'registration_update',
  'registration_delete',
];
const REGISTRATIONS = {
  registration_create: 'a client registered itself',
  registration_update: 'a client changed its record',
  registration_delete: 'a client removed itself',
};

/** Refusals are told to the client; here they are told to the operator, with the detail that the client is not given. */
function listen(provider: Provider, log: Logger): void {
  provider.on('server_error', (ctx, error) => {
    log.error({ err: error }, 'the provider failed');
    if (isOutage(error)) sayUnavailable(ctx);
  });
  provider.on('backchannel.error', (_ctx, error, client) =>
    log.error({ err: error, client: client.clientId }, 'a logout notice was not written down'),
  );
  for (const event of REFUSALS)
    provider.on(`${event}.error` as 'grant.error', (ctx, { error, error_description, error_detail }) =>
      log.info({ error, error_description, error_detail, client: ctx.oidc.client?.clientId }, `${event}.error`),
    );
  // Where codes and tokens go from now on: nobody else here is told.
  for (const [event, words] of Object.entries(REGISTRATIONS))
    provider.on(`${event}.success` as 'registration_update.success', ({ body }, { clientId }) => {
      const { redirect_uris } = (body ?? {}) as { readonly redirect_uris?: unknown };
      log.info({ client: clientId, redirect_uris }, words);
    });
}
