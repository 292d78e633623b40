/** People with an account, for tests that are not about how it came to be: only the first and the last page of their sign-up are gone through. */
import type { Method } from '../../src/accounts/account.ts';
import { parseEmailAddress } from '../../src/accounts/email-address.ts';
import type { Deps } from '../../src/deps.ts';
import type { Journey } from '../../src/journey/journey.ts';
import { createSecret } from '../../src/second-factor/authenticator.ts';
import type { signUp } from '../../src/sign-up/journey.ts';
import { type completeSignUp, PASSWORD, type Person } from './people.ts';
import { BACKUP_CODE, hashesOf } from './recoverable.ts';
import type { Visitor } from './visitor.ts';

type Step = typeof signUp extends Journey<string, infer Names> ? Names : never;

/**
 * What `completeSignUp` does, from the same page to the same one, and leaving the same account, session and history. What is asked in
 * between is answered in the database: so no code is sent, and none is spent.
 */
export async function completeQuickly(
  { deps }: { readonly deps: Deps },
  visitor: Visitor,
  email: string,
  { text: phone, ...chosen }: NonNullable<Parameters<typeof completeSignUp>[3]> = { email: true },
): Promise<Person> {
  const { origin, pathname } = new URL(visitor.page().url);
  const [, uid] = /^\/interaction\/([\w-]+)\/sign-up\/email$/.exec(pathname) ?? [];
  if (uid === undefined) throw new Error(`not the first page of a sign-up: ${pathname}`);
  const cookie = (await visitor.jar.getCookies(origin)).find(({ key }) => key === 'browser')!.value;
  const journey = (await deps.journeys.findByInteraction(uid, deps.rootSecret.digest('browser', cookie)))!;
  const { passwordHash, backupCodeHash, answersHash } = await hashesOf(deps);
  const { canonical } = parseEmailAddress(email)!;
  const [at, person, secret] = [deps.clock().toISOString(), journey.id, chosen.app ? createSecret() : undefined];
  const methods: readonly Method[] = [
    ...(chosen.email ? (['email'] as const) : []),
    ...(phone === undefined ? [] : (['text'] as const)),
    ...(secret === undefined ? [] : (['app'] as const)),
  ];
  const answers = {
    email: { address: email, canonical },
    confirm: { canonical, at },
    terms: { version: deps.config.terms.version, at },
    'new-password': { hash: passwordHash, at },
    delivery: { at, methods, phone },
    'email-code': chosen.email && { address: email, person, at },
    'text-code': phone && { address: phone, person, at },
    // Of the present half minute, so that its code counts no more.
    authenticator: secret && { id: deps.newId(), person, step: Math.floor(deps.clock().getTime() / 30_000), at, secret },
    'new-backup-code': { hash: backupCodeHash },
    questions: { ids: deps.config.questions.slice(0, 5), answersHash },
  } satisfies Record<Exclude<Step, 'resume' | 'passkey-offer'>, unknown>;
  const change = { address: { value: canonical, proven: true }, keptMinutes: deps.config.policy.signUpDays * 24 * 60 };
  await deps.transaction([deps.journeys.save(journey, { ...journey.content, answers }, change)]);
  const end = await visitor.post(pathname.replace(/email$/, 'passkey-offer/decline'), '');
  if (end.url.includes('/sign-up/')) throw new Error(`the sign-up did not end: ${end.url} ${end.text.slice(0, 300)}`);
  return { email, password: PASSWORD, phone, secret, backupCode: BACKUP_CODE };
}
