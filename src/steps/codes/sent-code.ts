/** What the mailed and the texted code have in common: sending within the limits, judging, asking again, going on without. */
import { z } from 'zod';
import type { Deps } from '../../deps.ts';
import { type Action, type Arrival, action, advance, notice, type Outcome, type Step, stay, type Visit } from '../../journey/journey.ts';
import type { Message } from '../../messages/message.ts';
import type { CodeKey } from '../../second-factor/code-store.ts';
import { readCode } from '../../second-factor/one-time-code.ts';
import { noteLimit, noteWrongCode } from '../note-failure.ts';
import {
  type BackupWayOf,
  backupAction,
  backupWayOut,
  codeForm,
  type Instead,
  isSlow,
  keptOf,
  refusedBy,
  skipAction,
  stillAhead,
  wayOut,
} from './code-page.ts';
import { type Recipient, sendLimits } from './recipient.ts';

/** `skipped`: for which choice of methods it was left out. */
export type Proven = { readonly address: string; readonly person: string; readonly at: string } | { readonly skipped: string } | Instead;

interface Sent {
  readonly address: string;
  readonly at?: string | undefined;
  readonly messageId?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** Sending was refused: when it may be asked for again. */
  readonly until?: string | undefined;
  /** It was asked for again, not sent on arrival. */
  readonly again?: boolean | undefined;
}

export interface CodeStepOptions<Needs> {
  readonly recipient: (deps: Deps, visit: Visit<Needs>) => Promise<Recipient>;
  /** Where one may go on without this method: for which choice of methods; a new choice asks again. */
  readonly skipFor?: (visit: Visit<Needs>) => string | undefined;
  /** The step where the method or its address is changed, if there is one to go to. */
  readonly changeStep: (visit: Visit<Needs>) => string | undefined;
  /** Whether a backup code may take the place of the code. */
  readonly backup?: BackupWayOf<Needs>;
  /** Runs when a code was wrong. */
  readonly wrong?: (deps: Deps, visit: Visit<Needs>) => Promise<unknown>;
}

/** A kind of code: it counts for its purpose alone (NIST SP 800-63B 3.1.3.2). */
export interface Channel {
  readonly purpose: CodeKey['purpose'];
  readonly method: 'email' | 'text';
  /** Where it is not the one of the step's name. */
  readonly view?: string;
  readonly minutes: (deps: Deps) => number;
  readonly mask: (address: string) => string;
  readonly message: (to: string, code: string, visit: Visit<unknown>, minutes: number) => Message;
}

/** Asking twice within so long is asking once. */
const DOUBLE_CLICK_MS = 5_000;
const accountOf = ({ person, proven, accountId }: Recipient) => accountId ?? (proven ? person : undefined);

export function sentCodeStep<Name extends string, Needs>(
  name: Name,
  channel: Channel,
  options: CodeStepOptions<Needs>,
): Step<Name, Needs, Proven> {
  const { recipient: recipientOf, skipFor = () => undefined, changeStep, backup, wrong } = options;
  const keyOf = (visit: Visit<Needs>, { address }: Recipient) => ({
    purpose: channel.purpose,
    journeyId: visit.journeyId,
    destination: address,
  });
  async function send(deps: Deps, visit: Visit<Needs>, recipient: Recipient): Promise<Arrival & { keep: Sent }> {
    const former = formerOf(visit, recipient);
    const spent = await deps.attempts.spendAll(sendLimits(channel.method, recipient, visit.ip));
    if (!spent.ok) {
      noteLimit(deps, visit, accountOf(recipient), spent);
      return { keep: { ...former, address: recipient.address, until: spent.until.toISOString() } };
    }
    const minutes = channel.minutes(deps);
    const issued = deps.codes.issue(keyOf(visit, recipient), minutes);
    const messageId = `${name}/${visit.journeyId}/${deps.newId()}`;
    const message = recipient.message ?? channel.message(recipient.address, issued.code, visit, minutes);
    return {
      keep: { address: recipient.address, at: deps.clock().toISOString(), messageId, expiresAt: issued.expiresAt.toISOString() },
      writes: [issued.write, deps.outbox.enqueue(messageId, message), ...(recipient.beside ?? [])],
    };
  }

  /** What was sent to this address before; a code that went elsewhere says nothing about it. */
  function formerOf(visit: Visit<Needs>, { address }: Recipient): Sent | undefined {
    const sent = keptOf(visit, name) as Sent | undefined;
    return sent?.address === address ? sent : undefined;
  }

  async function judge(deps: Deps, visit: Visit<Needs>, typed: string): Promise<Outcome<Proven>> {
    const recipient = await recipientOf(deps, visit);
    const code = readCode(typed);
    if (!code) return stay({ code: { key: 'problems.code_format' } });
    const { attempts } = deps;
    const methodKey = `${recipient.person}|${channel.purpose}`;
    const counted = await attempts.spendAll([
      ['code-account', recipient.person],
      ['code-method', methodKey],
    ]);
    if (!counted.ok) {
      noteLimit(deps, visit, accountOf(recipient), counted);
      return stay({ code: refusedBy(counted) });
    }
    const key = keyOf(visit, recipient);
    const { verdict, triesLeft } = await deps.codes.judge(key, code);
    if (verdict === 'right') {
      // A code rightly used gives its send back: people who sign in often are not the ones to stop.
      const rewards = async () => {
        await Promise.all([attempts.forgive('code-account', recipient.person), attempts.forgive('code-method', methodKey)]);
        for (const [limit, whose] of sendLimits(channel.method, recipient, visit.ip))
          if (limit !== 'send-texts') await attempts.giveBack(limit, whose);
      };
      const { address, person } = recipient;
      return advance({ address, person, at: deps.clock().toISOString() }, [deps.codes.consume(key, code)], rewards);
    }
    if (verdict === 'wrong') {
      noteWrongCode(deps, visit, accountOf(recipient), channel.method);
      await wrong?.(deps, visit);
    } else await Promise.all([attempts.giveBack('code-account', recipient.person), attempts.giveBack('code-method', methodKey)]);
    const at = formerOf(visit, recipient)?.at;
    return stay({ code: { key: `problems.code_${verdict}`, count: triesLeft, ...(at && { at: new Date(at) }) } });
  }

  const resend: Action<Needs, Proven> = action(z.object({}), async (deps, visit) =>
    notice(async () => {
      const recipient = await recipientOf(deps, visit);
      const { keep, writes = [] } = await send(deps, visit, recipient);
      const sent = { key: 'notices.code_sent', to: channel.mask(keep.address) };
      if (!keep.until) return { notice: sent, keep: { ...keep, again: true }, writes };
      // A second click: what it asks for was done a moment ago.
      const former = formerOf(visit, recipient);
      if (former?.again && former.at && deps.clock().getTime() - new Date(former.at).getTime() < DOUBLE_CLICK_MS) return { notice: sent };
      return { notice: { key: 'notices.wait_before_sending', until: keep.until, tone: 'warning' }, keep };
    }),
  );

  return {
    name,
    view: channel.view ?? `steps/${name}`,
    revisit: (answer) => 'instead' in answer,
    arrive: async (deps, visit) => {
      const recipient = await recipientOf(deps, visit);
      const former = formerOf(visit, recipient);
      // Coming back to this page does not send again while the code that was sent still works.
      if (former?.expiresAt && new Date(former.expiresAt) > deps.clock()) return { keep: former };
      return send(deps, visit, recipient);
    },
    show: async (deps, visit) => {
      const recipient = await recipientOf(deps, visit);
      const sent = formerOf(visit, recipient);
      const message = sent?.messageId ? await deps.outbox.stateOf(sent.messageId) : undefined;
      return {
        sentTo: channel.mask(recipient.address),
        minutes: 10,
        sent: sent?.messageId !== undefined,
        sentAt: sent?.at && new Date(sent.at),
        expiresAt: sent?.expiresAt && new Date(sent.expiresAt),
        until: stillAhead(sent?.until, deps.clock),
        slow: isSlow(message, sent?.at, deps.clock),
        refused: message?.state === 'refused' ? message.reason : undefined,
        canSkip: skipFor(visit) !== undefined,
        ...wayOut(changeStep(visit)),
        ...backupWayOut(backup?.(visit), visit),
      };
    },
    actions: {
      submit: action(codeForm, async (deps, visit: Visit<Needs>, { code }) => judge(deps, visit, code)),
      resend,
      skip: skipAction(skipFor),
      ...backupAction(backup),
    },
  };
}
