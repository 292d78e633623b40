/**
 * Whom an owner's notices reach: the address of the account and the one for notices; where a recovery waits every phone, and where the
 * address changed the former one. Each mail has a link of its own to object with. What is returned belongs into the transaction of what
 * it tells (NIST SP 800-63B-4 4.6).
 */
import type { Deps } from '../deps.ts';
import type { Told } from '../messages/account-messages.ts';
import type { Message } from '../messages/message.ts';
import type { Write } from '../mongo/transaction.ts';
import type { Account } from './account.ts';
import { type EmailAddress, maskEmail, parseEmailAddress } from './email-address.ts';
import { formerAddresses, objecting } from './former-store.ts';

export type { Told } from '../messages/account-messages.ts';

type About<Kind extends Message['kind']> = Extract<Message, { kind: Kind }>;
type Content<Whole> = Whole extends Told
  ? Omit<Whole, 'to' | 'language' | 'at' | 'device' | 'notMeUrl' | 'cancelUrl' | 'freezeUrl' | 'signInUrl'> & Partial<Told>
  : never;

/**
 * What happened; `at` is now unless it says otherwise. `recovery-code` reaches the address of the account alone, and tells the one for
 * notices that there was such a request; `formerly`, where a former address takes the account back, is reached in its place, and the
 * present one told like the one for notices. `email-changed` names both addresses, whichever of them `account` still has.
 */
export type Notice =
  | Content<
      About<
        | 'recovery-waiting'
        | 'recovery-cancelled'
        | 'password-changed'
        | 'security-change'
        | 'email-change-requested'
        | 'email-frozen'
        | 'email-restored'
        | 'email-settling'
        | 'email-settled'
        | 'new-device'
        | 'code-failures'
        | 'account-closing'
        | 'account-kept'
        | 'account-closed'
        | 'account-locked'
        | 'account-unlocked'
      >
    >
  | (Content<About<'recovery-code'>> & { readonly formerly?: string | undefined })
  | ({ readonly kind: 'email-changed'; readonly from: EmailAddress; readonly to: EmailAddress } & Partial<Told>);

type Means = Pick<Deps, 'outbox' | 'mailedLinks' | 'config' | 'clock'>;
/** `before`: an address that the account was moved from and that may object, the first of a row of changes or one between. */
type Role = 'account' | 'present' | 'notices' | 'former' | 'before';

const NOT_ME_HOURS = 30 * 24;
const FREEZE_HOURS = 7 * 24;
/** A recovery that is ripe waits so long for its owner; until then it can be stopped. */
const RIPE_HOURS = 7 * 24;

/**
 * Whether the addresses that may object hear of it: what becomes of the address, that the account ends or is locked, that operators
 * settle nothing after all.
 */
const concernsFormer = (notice: Notice, frozen: boolean): boolean =>
  /^(email-|account-(closing|locked|unlocked)$)/.test(notice.kind) ||
  (frozen && notice.kind === 'recovery-cancelled' && notice.by === 'operators');

/**
 * Which addresses hear of it, by their canonical form; the same one once. A change of the address is told to the one before it, and while
 * they may object to those before that; so is that the account will be closed. `place`: tells those of one role apart.
 */
function recipients(
  account: Account,
  notice: Notice,
  now: Date,
): ReadonlyMap<string, { readonly role: Role; readonly place: string; readonly address: string }> {
  const former = concernsFormer(notice, account.former?.frozenAt != null) ? objecting(account.former, now) : undefined;
  const { from, to } = notice.kind === 'email-changed' ? notice : { from: undefined, to: undefined };
  const formerly = notice.kind === 'recovery-code' ? notice.formerly : undefined;
  const reached = new Map<string, { role: Role; place: string; address: string }>();
  const reach = (role: Role, address: string | null | undefined, place: string = role) => {
    if (address && !reached.has(canonicalOf(address))) reached.set(canonicalOf(address), { role, place, address });
  };
  reach('former', from?.address);
  reach('account', to?.address ?? formerly ?? account.email);
  reach('present', formerly && account.email);
  formerAddresses(former).forEach(({ address }, index) => {
    reach('before', address, `before/${index}`);
  });
  reach('notices', account.noticeEmail);
  return reached;
}

/** Each number once, and the id of a method that has it: one that was removed and added again is two methods. */
const phonesOf = (methods: Account['methods']): ReadonlyMap<string, string> =>
  new Map(methods.flatMap((method) => (method.method === 'text' ? [[method.phone, method.id] as const] : [])));

const canonicalOf = (address: string): string => parseEmailAddress(address)?.canonical ?? address.toLowerCase();

/**
 * Tells the owner. `id` is made of what is told, such as `password-changed/<journey>`: told twice with the same, it is sent once to each.
 */
export function noticesTo(deps: Means, account: Account, id: string, notice: Notice): readonly Write[] {
  const { language } = account;
  const { issuer } = deps.config;
  const writes: Write[] = [];

  for (const [canonical, { role, place, address }] of recipients(account, notice, deps.clock())) {
    const linkFor = (purpose: 'not-me' | 'cancel-recovery' | 'freeze-email', hours: number): string => {
      const link = deps.mailedLinks.issue({ purpose, about: account.id, canonical, hours });
      writes.push(link.write);
      return `${issuer}/users/alerts/${purpose}?token=${link.token}`;
    };
    const told = { to: address, language, at: notice.at ?? deps.clock(), device: notice.device ?? '' };
    writes.push(deps.outbox.enqueue(`${id}/${place}`, messageOf(notice, role, told, linkFor)));
  }

  if (notice.kind === 'recovery-waiting' || notice.kind === 'email-settling') {
    const before = notice.kind === 'email-settling' ? (account.former?.methods ?? []) : [];
    for (const [to, method] of phonesOf([...account.methods, ...before])) {
      const message = { kind: `text-${notice.kind}`, to, language, until: notice.until } as const;
      writes.push(deps.outbox.enqueue(`${id}/${method}`, message));
    }
  }
  return writes;

  function messageOf(
    said: Notice,
    role: Role,
    told: Told & { to: string; language: Account['language'] },
    linkFor: (purpose: 'not-me' | 'cancel-recovery' | 'freeze-email', hours: number) => string,
  ): Message {
    const objectionable = () => ({ ...told, notMeUrl: linkFor('not-me', NOT_ME_HOURS) });
    switch (said.kind) {
      case 'recovery-code': {
        const { formerly, ...code } = said;
        if (role === 'account') return { ...code, ...objectionable() };
        return { kind: 'recovery-requested', ...(formerly !== undefined && { by: 'former' }), ...objectionable() };
      }
      case 'recovery-waiting': {
        const hours = Math.ceil((said.until.getTime() - told.at.getTime()) / 3_600_000) + RIPE_HOURS;
        return { ...said, ...told, cancelUrl: linkFor('cancel-recovery', hours) };
      }
      case 'email-changed':
        return {
          kind: said.kind,
          ...told,
          newAddressMasked: maskEmail(said.to.address),
          ...((role === 'former' || role === 'before') && { freezeUrl: linkFor('freeze-email', FREEZE_HOURS) }),
        };
      case 'account-closing':
        return {
          ...said,
          ...told,
          // Closing may be a thief's, too: what is frozen is not erased.
          ...(role === 'before' ? { freezeUrl: linkFor('freeze-email', FREEZE_HOURS) } : { signInUrl: `${issuer}/` }),
        };
      case 'recovery-cancelled':
      case 'email-frozen':
      case 'email-restored':
      case 'email-settling':
      case 'email-settled':
      case 'account-closed':
      case 'account-locked':
      case 'account-unlocked':
        return { ...said, ...told };
      default:
        return { ...said, ...objectionable() };
    }
  }
}
