/**
 * The OpenID Connect endpoints alone, with a sign-in page of the tests' own: who is to be signed in, and how, is said by the test. Real
 * database, real endpoints, real relying party; the journeys are not here.
 */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import Router from '@koa/router';
import Koa from 'koa';
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { createAssurance, type SecondFactor, type SignInMethod } from '../../src/accounts/assurance.ts';
import { createAttempts } from '../../src/attempts/attempts.ts';
import { defaultLimits, type Limits } from '../../src/attempts/limits.ts';
import type { Clock } from '../../src/clock.ts';
import type { ClientRecord } from '../../src/config.ts';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { AppError } from '../../src/errors.ts';
import { handleErrors } from '../../src/http/handle-errors.ts';
import { securityHeaders } from '../../src/http/security-headers.ts';
import { createViews } from '../../src/http/views.ts';
import type { Interaction, InteractionResult } from '../../src/journey/interaction.ts';
import type { Ending } from '../../src/journey/sessions.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { createProvider } from '../../src/oidc/provider.ts';
import { createTexts } from '../../src/texts.ts';
import { freePort } from './free-port.ts';
import { putSigningKeys } from './signing-keys.ts';
import { afterFile } from './suite.ts';

const ROOT = path.join(import.meta.dirname, '../..');
export const AAL = [
  'http://idmanagement.gov/ns/assurance/aal/1',
  'http://idmanagement.gov/ns/assurance/aal/2',
  'http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true',
] as const;
export const SECRET = 'a-client-secret-of-more-than-thirty-two-characters';
const ENCRYPTION_KEY = 'an encryption key of more than thirty-two characters';
export const API = 'https://service.example/api';

/** Of the operator's own, a third party, a public one, and a second service in the first one's sector. */
export const CLIENTS: readonly ClientRecord[] = [
  {
    client_id: 'service',
    client_name: 'The Service',
    client_secret: SECRET,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['https://service.example/callback'],
    post_logout_redirect_uris: ['https://service.example/'],
    scope: 'openid email account_type',
    first_party: true,
    audiences: [API],
  },
  {
    client_id: 'shop.example',
    client_name: 'A Shop',
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['https://shop.example/callback'],
    scope: 'openid email offline_access',
  },
  {
    client_id: 'public',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['https://public.example/callback'],
    first_party: true,
  },
  {
    client_id: 'sibling',
    client_secret: SECRET,
    redirect_uris: ['https://service.example/other'],
    first_party: true,
    id_token_signed_response_alg: 'ES256',
  },
  { client_id: 'open', client_secret: SECRET, redirect_uris: ['https://open.example/callback'], first_party: true, subject_type: 'public' },
];

export const SERVICES = [
  {
    id: 'service',
    name: 'The Service',
    clientId: 'service',
    initiateLoginUri: 'https://service.example/login',
    accountTypes: [
      { id: 'applicant', label: 'Applicant' },
      { id: 'representative', label: 'Representative' },
    ],
  },
];

export interface Person {
  id: string;
  email: string;
  memberships: Record<string, string>;
  locked?: { readonly at: Date } | null;
  sessionsSince?: Date;
  othersSince?: { readonly but: string; readonly at: Date };
  endedSessions?: readonly { readonly id: string; readonly at: Date }[];
  closesAt?: Date | null;
  methods?: readonly { readonly method: SecondFactor }[];
}

/** How the tests' own page resolves a prompt; undefined shows it instead. */
export type Resolve = (interaction: Interaction) => InteractionResult | undefined;

interface Options {
  readonly db: Connection;
  readonly clients?: readonly ClientRecord[];
  readonly clock?: Clock;
  /** Where it listens, and what it takes itself to be (two processes are one issuer). */
  readonly port?: number;
  readonly issuer?: string;
  readonly production?: boolean;
  readonly limits?: Partial<Limits>;
  /** Networks that are not counted (CIDR). */
  readonly exemptNetworks?: readonly string[];
  readonly signingKeys?: { readonly rotateDays: number; readonly publishHours: number };
}

const texts = createTexts(path.join(ROOT, 'config/locales'));

export async function openTestProvider({
  db,
  clients = CLIENTS,
  clock = () => new Date(),
  port,
  issuer,
  production = false,
  limits = {},
  exemptNetworks = [],
  signingKeys = { rotateDays: 90, publishHours: 24 },
}: Options) {
  const listening = port ?? (await freePort());
  const config = {
    production,
    issuer: issuer ?? `http://localhost:${listening}`,
    cookieKeys: ['a cookie key of more than thirty-two characters'],
    trustProxy: 0,
    policy: { acrValues: [...AAL] as [string, string, string], session: { idleMinutes: 30, absoluteHours: 12 }, signingKeys },
    services: SERVICES,
  };
  const logged: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const people = new Map<string, Person>();
  const brand = JSON.parse(await readFile(path.join(ROOT, 'config/brand.json'), 'utf8'));
  const views = createViews({ brand, texts, viewsDir: path.join(ROOT, 'views') });
  const accounts = {
    find: async (id: string) => people.get(id),
    endEarlierOthers: (id: string, but: string) => async () => {
      people.get(id)!.othersSince = { but, at: clock() };
    },
    endEarlierSessions: (id: string) => async () => {
      people.get(id)!.sessionsSince = clock();
    },
    endSessions: (id: string, sessions: readonly string[]) => async () => {
      people.get(id)!.endedSessions = [
        ...(people.get(id)!.endedSessions ?? []),
        ...sessions.map((session) => ({ id: session, at: clock() })),
      ];
    },
  };
  const seal = createSeal([ENCRYPTION_KEY]);
  const rootSecret = createRootSecret(Buffer.alloc(32, 7));
  // Of a provider that was opened on this connection before.
  if (db.models.Attempt) db.deleteModel('Attempt');
  const attempts = createAttempts({ db, clock, rootSecret, limits: { ...defaultLimits, ...limits }, exemptNetworks });
  await attempts.init();
  await putSigningKeys(db, ENCRYPTION_KEY, clock);
  const opened = await createProvider({ config, db, seal, rootSecret, log, accounts, attempts, views, clock });
  await opened.clients.applyAtStart({ clients, refusedClients: [] });

  const { assure } = createAssurance(AAL);
  /** Signs this person in, by this method, now; knows every account type; allows everything. */
  const as =
    (accountId: string, method: SignInMethod = 'email', ts?: number): Resolve =>
    ({ prompt, sessionAccountId = accountId }) => {
      if (prompt === 'consent') return { consent: { accountId: sessionAccountId } };
      if (prompt !== 'account-type') return { login: { accountId, ...assure(method), ts: ts ?? Math.floor(clock().getTime() / 1000) } };
      people.get(sessionAccountId)!.memberships.service = 'applicant';
      return { accountType: true };
    };

  const prompts: string[] = [];
  const state: { resolve: Resolve; shown: Interaction | undefined } = { resolve: as('ann'), shown: undefined };
  const person = (id: string): Person => {
    const fresh = { id, email: `${id}@example.org`, memberships: {} };
    people.set(id, fresh);
    return fresh;
  };
  person('ann');

  const app = new Koa({ keys: config.cookieKeys });
  app.use(securityHeaders({ issuer: config.issuer }));
  app.use(handleErrors({ views, log }));
  app.use(opened.middleware);
  const router = new Router();
  router.get('/interaction/:uid', async (ctx) => {
    const interaction = await opened.interactions.read(ctx);
    if (!interaction) throw new AppError('page_expired');
    prompts.push(interaction.prompt);
    state.shown = interaction;
    const result = state.resolve(interaction);
    if (!result) {
      ctx.body = `waiting: ${interaction.prompt}`;
      return;
    }
    ctx.status = 303;
    ctx.redirect(await opened.interactions.finish(ctx, result));
  });
  router.get('/', async (ctx) => {
    ctx.body = (await opened.interactions.signedIn(ctx)) ?? { accountId: null };
  });
  router.get('/sign-out', async (ctx) => {
    await opened.interactions.signOut(ctx);
    ctx.body = 'signed out';
  });
  app.use(router.routes());

  const server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(listening, '127.0.0.1', resolve));
  const transaction = createTransaction(db);
  opened.logoutQueue.start();
  const notices = db.collection<{ lease?: string; tries: number; state: string }>('logout_notices');
  /** Waits until each notice has been tried once, and none is under way. */
  const untilTold = async () => {
    const underWay = { $or: [{ lease: { $exists: true } }, { state: 'waiting', tries: 0 }] };
    const until = Date.now() + 10_000;
    while ((await notices.countDocuments(underWay)) > 0) {
      if (Date.now() > until) throw new Error('services were not told within 10 seconds');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  /** Ends what is said, as whoever is asked to end it does. */
  const end = async (ending: Ending | undefined) => {
    await transaction(ending!.writes);
    await ending!.after();
    await untilTold();
  };
  const close = async () => {
    await opened.logoutQueue.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  afterFile(async () => {
    if (server.listening) await close();
  });
  // Not spread: `provider` is another one once other keys sign.
  return Object.assign(opened, {
    issuer: config.issuer,
    port: listening,
    db,
    people,
    person,
    as,
    state,
    prompts,
    logged,
    end,
    untilTold,
    close,
  });
}

export type TestProvider = Awaited<ReturnType<typeof openTestProvider>>;
