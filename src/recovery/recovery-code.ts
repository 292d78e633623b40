import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { formerAddressOf } from '../accounts/former-store.ts';
import { noticesTo } from '../accounts/notices.ts';
import { type Settling, sideOf } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { evenTime } from '../http/even-time.ts';
import { type Arrival, action, advance, notice, type Step, stay, type Visit } from '../journey/journey.ts';
import { readCode } from '../second-factor/one-time-code.ts';
import { codeForm, refusedBy, stillAhead } from '../steps/codes/code-page.ts';
import { noteLimit, noteWrongCode } from '../steps/note-failure.ts';
import type { EmailAnswer } from './email.ts';

type Needs = { readonly email: EmailAnswer };

/** The mailbox is proven. What is done with it rests on this moment: a recovery that was stopped after it goes no further. */
export interface MailboxProven {
  readonly canonical: string;
  readonly accountId: string;
  readonly at: string;
  /** It is the address that the account had before, which takes it back with what could be proven then. */
  readonly former: boolean;
  /** A former address has stopped all recovery from this one, and no operators have settled it. */
  readonly frozen: boolean;
  /** What operators may settle for this mailbox, where the account is frozen. */
  readonly settles?: Settling | undefined;
}

interface Sent {
  readonly canonical: string;
  readonly at?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** Sending was refused: when it may be asked for again. */
  readonly until?: string | undefined;
}

interface Owner {
  readonly account: Account;
  readonly former: boolean;
}

/** Asking twice within so long is asking once. */
const DOUBLE_CLICK_MS = 5_000;

const keyOf = ({ journeyId }: Visit<Needs>, canonical: string) =>
  ({ purpose: 'recovery-code', journeyId, destination: canonical }) as const;
/**
 * A browser that has completed a sign-in of the account is counted by itself: strangers, who need to know no more than the address, must
 * not keep its owner from recovering. `about`: tries are counted apart from the codes of sign-ins, which they must not stop either.
 */
const countedAs = (
  canonical: string,
  owner: Owner | undefined,
  { browser }: Pick<Visit<Needs>, 'browser'>,
  about: readonly string[] = [],
) => [canonical, ...about, ...(owner?.account.browsers.includes(browser) ? [browser] : [])].join('|');
const TRIES = ['recovery'];
const sentTo = ({ kept, answers }: Visit<Needs>): Sent | undefined => {
  const sent = kept as Sent | undefined;
  return sent?.canonical === answers.email.canonical ? sent : undefined;
};

/** Whose address this is, or was before it was changed. Always the same look-ups, whatever is found. */
async function ownerOf({ accounts }: Pick<Deps, 'accounts'>, canonical: string): Promise<Owner | undefined> {
  const [present, before] = [await accounts.findByEmail(canonical), await accounts.findByFormerEmail(canonical)];
  if (present) return { account: present, former: false };
  return before && { account: before, former: true };
}

/** Whether the code that was made then went to anybody: to no unknown address, and to none of an account that is locked. */
const wasMailed = (owner: Owner | undefined, at: string | undefined): boolean =>
  owner !== undefined && (owner.account.locked === null || (at !== undefined && new Date(at) <= owner.account.locked.at));

async function send(deps: Deps, visit: Visit<Needs>): Promise<Arrival & { keep: Sent }> {
  const { answers, journeyId, ip, browser, device = '' } = visit;
  const { canonical } = answers.email;
  const owner = await ownerOf(deps, canonical);
  const spent = await deps.attempts.spendAll([
    ['recovery-network', ip],
    ['recovery-mail', countedAs(canonical, owner, visit)],
  ]);
  if (!spent.ok) {
    noteLimit(deps, visit, owner?.account.id, spent);
    return { keep: { canonical, ...sentTo(visit), until: spent.until.toISOString() } };
  }
  const minutes = deps.config.policy.code.emailMinutes;
  const { code, expiresAt, write } = deps.codes.issue(keyOf(visit, canonical), minutes);
  const keep = { canonical, at: deps.clock().toISOString(), expiresAt: expiresAt.toISOString() };
  if (!owner) return { keep, writes: [write] };
  const { account, former } = owner;
  const id = `recovery-code/${journeyId}/${deps.newId()}`;
  // Nothing recovers it. Who reads its mail is told so in place of a code; the page is the same for all.
  if (account.locked) return { keep, writes: [write, ...noticesTo(deps, account, id, { kind: 'account-locked', at: account.locked.at })] };
  // The code goes to the mailbox that is to be proven, which is not the account's any more where it takes it back.
  const formerly = former && account.former ? formerAddressOf(account.former, canonical)?.address : undefined;
  const told = noticesTo(deps, account, id, { kind: 'recovery-code', code, minutes, device, formerly });
  return { keep, writes: [write, ...told, deps.audit.record({ type: 'recovery.requested', accountId: account.id, ip, browser, device })] };
}

/**
 * The code that proves the mailbox. For an address that nobody has a code is made all the same, and sent to nobody: neither the page nor
 * its time tells. So it says nothing of slow or refused mail either.
 */
export const recoveryCode: Step<'recovery-code', Needs, MailboxProven> = {
  name: 'recovery-code',
  view: 'recovery/recovery-code',
  holds: ({ canonical }, { email }) => canonical === email.canonical,
  revisit: () => false,
  arrive: async (deps, visit) => {
    const former = sentTo(visit);
    // Coming back to this page does not send again while the code that was sent still works.
    if (former?.expiresAt && new Date(former.expiresAt) > deps.clock()) return { keep: former };
    return send(deps, visit);
  },
  show: async ({ clock, config }, visit) => {
    const sent = sentTo(visit);
    return {
      address: visit.answers.email.address,
      sender: config.mail.from,
      minutes: 10,
      sent: sent?.at !== undefined,
      sentAt: sent?.at && new Date(sent.at),
      expiresAt: sent?.expiresAt && new Date(sent.expiresAt),
      until: stillAhead(sent?.until, clock),
    };
  },
  actions: {
    submit: action(codeForm, async (deps, visit: Visit<Needs>, input) => {
      const { canonical } = visit.answers.email;
      const { attempts, codes, clock, recoveries } = deps;
      const code = readCode(input.code);
      if (!code) return stay({ code: { key: 'problems.code_format' } });
      const owner = await ownerOf(deps, canonical);
      const whose = countedAs(canonical, owner, visit, TRIES);
      const counted = await attempts.spend('code-account', whose);
      if (!counted.ok) {
        noteLimit(deps, visit, owner?.account.id, counted);
        return stay({ code: refusedBy(counted) });
      }
      const key = keyOf(visit, canonical);
      const judged = await codes.judge(key, code);
      const { triesLeft } = judged;
      const mailedAt = sentTo(visit)?.at;
      // Right by chance where nobody was sent it: as wrong as any other.
      const verdict = judged.verdict === 'right' && !wasMailed(owner, mailedAt) ? 'wrong' : judged.verdict;
      if (verdict === 'right' && owner) {
        const { account, former } = owner;
        const settles: Settling | undefined = account.former?.frozenAt ? (former ? 'settle:former' : 'settle:present') : undefined;
        const settling = settles !== undefined && (await recoveries.of(account.id)).some(({ proof }) => proof === settles);
        // Its owner has said since it was mailed that it was not them: the code leads nowhere any more, but to what operators settle.
        const cancelled = mailedAt !== undefined && (await recoveries.cancelledSince(account.id, new Date(mailedAt), sideOf(owner)));
        if (cancelled && !settling) {
          await deps.transaction([deps.journeys.remove(visit.journeyId)]);
          throw new AppError('recovery_cancelled');
        }
        const frozen = settles === 'settle:present' && !settling;
        // Where they were ended, from before that: nothing but the settling goes on from here.
        const at = cancelled ? mailedAt : clock().toISOString();
        const answer = { canonical, accountId: account.id, at, former, frozen, ...(settles && { settles }) };
        return advance(answer, [codes.consume(key, code)], () => attempts.forgive('code-account', whose));
      }
      if (verdict === 'wrong') noteWrongCode(deps, visit, owner?.account.id, 'email');
      else await attempts.giveBack('code-account', whose);
      return stay({ code: { key: `problems.code_${verdict}`, count: triesLeft, ...(mailedAt && { at: new Date(mailedAt) }) } });
    }),
    resend: action(z.object({}), async (deps, visit: Visit<Needs>) => {
      const wait = evenTime();
      return notice(async () => {
        const said = { key: 'notices.recovery_code_sent', to: visit.answers.email.address };
        const former = sentTo(visit);
        if (former?.at && deps.clock().getTime() - new Date(former.at).getTime() < DOUBLE_CLICK_MS) return { notice: said };
        const { keep, writes = [] } = await send(deps, visit);
        if (!keep.until) return { notice: said, keep, writes };
        return { notice: { key: 'notices.wait_before_sending', until: keep.until, tone: 'warning' }, keep };
      }, wait);
    }),
  },
};
