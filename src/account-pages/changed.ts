/**
 * "Your password was changed": what the pages say after a change. The address only asks for the sentence; whether it is true is read from
 * the history, so that no link from elsewhere can put words here.
 */
import type { AuditEvent } from '../audit/events.ts';
import type { Deps } from '../deps.ts';
import type { Text } from '../language.ts';
import type { Owner } from './owner.ts';

type EventType = AuditEvent['type'];

/** The journeys that change an account (asked for at `/account/change/<journey>`), and the events that tell that they did. */
export const CHANGES = {
  'change-password': ['password.changed'],
  'change-email': ['email.changed'],
  'change-notice-email': ['notice-email.changed'],
  'add-method': ['method.added'],
  'add-passkey': ['passkey.added'],
  'change-backup-code': ['backup-code.replaced'],
  'change-questions': ['questions.changed'],
  'settle-email': ['email.settled', 'email.restored'],
  'close-account': [],
} as const satisfies Record<string, readonly EventType[]>;

/** The same for the forms. */
const FORMS = {
  'remove-method': ['method.removed'],
  'rename-method': ['method.renamed'],
  'remove-passkey': ['passkey.removed'],
  'rename-passkey': ['passkey.renamed'],
  'end-sessions': ['sessions.ended'],
  'withdraw-service': ['service.withdrawn'],
  'account-type': ['account-type.chosen'],
  'mail-language': ['language.changed'],
  'recovery-questions': ['questions.switched'],
} as const satisfies Record<string, readonly EventType[]>;

export type Changed = keyof typeof CHANGES | keyof typeof FORMS;

/** So many seconds after it, a change is news. */
const NEWS_SECONDS = 5 * 60;
const LOOKED_AT = 10;

/** Where a page says that this was done. */
export const afterChange = (page: '/account' | '/account/security', changed: Changed): string => `${page}?changed=${changed}`;

/** The same for whoever asks a second time for what was done: with a double click, or coming back to the form. */
export const alreadyDone = (page: '/account' | '/account/security', changed: Changed): string => `${page}?already=${changed}`;

const KNOWN: Readonly<Record<string, readonly EventType[]>> = { ...CHANGES, ...FORMS };
const typesOf = (asked: unknown) => (typeof asked === 'string' && Object.hasOwn(KNOWN, asked) ? KNOWN[asked]! : []);

/** What to say on a page whose address asks for it: `?changed=…`, if it happened just now; `?already=…`, if it ever did. */
export async function noticeOf(
  { audit, clock }: Pick<Deps, 'audit' | 'clock'>,
  accountId: string,
  { changed, already }: { readonly changed?: unknown; readonly already?: unknown },
): Promise<Text | undefined> {
  const before = typesOf(already);
  if (before.length > 0 && (await audit.lastOf(accountId, before))) return { key: 'account-pages.already_done' };
  const types = typesOf(changed);
  if (types.length === 0) return undefined;
  const since = clock().getTime() - NEWS_SECONDS * 1000;
  const done = (await audit.of(accountId, LOOKED_AT)).find(({ type, at }) => types.includes(type) && at.getTime() >= since);
  return done && { key: `account-pages.changed.${done.type}` };
}

/** The same, and without being asked that the account stays open: whoever kept it by this very sign-in is told on the page after it. */
export async function newsFor(
  deps: Pick<Deps, 'audit' | 'clock'>,
  { account, session }: Pick<Owner, 'account' | 'session'>,
  asked: Parameters<typeof noticeOf>[2],
): Promise<Text | undefined> {
  const said = await noticeOf(deps, account.id, asked);
  const signedInAt = session.authTime * 1000;
  if (said || deps.clock().getTime() - signedInAt > NEWS_SECONDS * 1000) return said;
  return account.keptAt && account.keptAt.getTime() >= signedInAt ? { key: 'account-pages.changed.account.kept' } : undefined;
}
