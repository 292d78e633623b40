/** One whole system for all tests of single parts, and what such a part is called with. */
import { randomUUID } from 'node:crypto';
import type { Account } from '../../src/accounts/account.ts';
import type { Interaction } from '../../src/journey/interaction.ts';
import type { AnyStep, Outcome, Visit } from '../../src/journey/journey.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { newAddress, PASSWORD } from './people.ts';
import { startServer, type TestServer } from './server.ts';
import { betweenFiles, isWorker } from './suite.ts';

let shared: Promise<TestServer> | undefined;

/** Started by the first who asks; its clock runs on for all of them, and for the next file if it is not far ahead. */
export const sharedServer = (): Promise<TestServer> => (shared ??= startServer({ lasting: isWorker }));

/** Further than this the provider, which judges its sessions by the real time, and the clock of the tests would disagree. */
const FAR_AHEAD_MS = 5 * 60_000;

betweenFiles(async () => {
  const server = await shared;
  if (!server || server.clock().getTime() - Date.now() < FAR_AHEAD_MS) return;
  shared = undefined;
  await server.close();
});

export const INTERACTION: Interaction = {
  uid: 'an-interaction',
  prompt: 'create',
  params: { client_id: 'myuscis' },
  client: { id: 'myuscis', name: 'myUSCIS', firstParty: true, redirectOrigins: [] },
  serviceId: 'myuscis',
};

// biome-ignore lint/suspicious/noExplicitAny: steps of all shapes are visited
export type AnyVisit = Visit<any>;

/** A request to a step: of a new journey, unless said otherwise. */
export function visitOf(answers: object = {}, change: Partial<AnyVisit> = {}) {
  const journeyId = change.journeyId ?? randomUUID();
  const visit = {
    journeyId,
    interaction: INTERACTION,
    ip: '192.0.2.7',
    browser: `browser of ${journeyId}`,
    language: 'en' as const,
    answers,
    kept: undefined,
    keptUntil: new Date(Date.now() + 7 * 24 * 3600_000),
    url: (step: string, action?: string) => ['/interaction/an-interaction/sign-up', step, action].filter(Boolean).join('/'),
    ...change,
  };
  return visit as unknown as AnyVisit;
}

export type Decided = Outcome<Record<string, unknown>>;

/** Presses a button of a step. */
export async function press(step: AnyStep, visit: AnyVisit, form: Record<string, string> = {}, action = 'submit'): Promise<Decided> {
  const { deps } = await sharedServer();
  return (await step.actions[action]!.run(deps, visit, form)) as Decided;
}

/** What was answered; fails where the step did not go on. */
export function answerOf(outcome: Decided): Record<string, unknown> {
  if (outcome.kind !== 'advance') throw new Error(`not advanced: ${JSON.stringify(outcome)}`);
  return outcome.answer;
}

/** The key of what is wrong with a field; fails where nothing is. */
export function problemAt(outcome: Decided, field: string): string {
  if (outcome.kind !== 'stay' || !outcome.problems[field]) throw new Error(`no problem at ${field}: ${JSON.stringify(outcome)}`);
  return outcome.problems[field].key;
}

/** Saves what a step wants saved. */
export async function commit(writes: readonly Write[] = []): Promise<void> {
  const { deps } = await sharedServer();
  await deps.transaction(writes);
  deps.outbox.nudge();
}

/** A finished account in the database; its password is `PASSWORD` of `people.ts`. */
export async function makeAccount(change: Partial<Omit<Account, 'createdAt'>> = {}): Promise<Account> {
  const { deps } = await sharedServer();
  const email = change.email ?? newAddress();
  const account = {
    id: randomUUID(),
    email,
    language: 'en' as const,
    passwordHash: await deps.passwords.hash(PASSWORD),
    methods: [{ id: 'email', method: 'email' } as const],
    backupCodeHash: 'a hash',
    questions: { ids: ['a', 'b', 'c', 'd', 'e'], answersHash: 'a hash' },
    terms: { version: deps.config.terms.version, at: deps.clock() },
    memberships: {},
    browsers: [],
    passkeyDeclinedAt: deps.clock(),
    ...change,
  };
  await commit([deps.accounts.create(account, email)]);
  return (await deps.accounts.find(account.id))!;
}
