/**
 * Judging what a passkey signed, for the person who signs in with it alone and for the one who has given a password already. A passkey cannot
 * be guessed; what fails is counted by network all the same, so that nobody keeps the processor busy with signatures.
 */
import type { Account, Passkey } from '../../accounts/account.ts';
import { noticesTo } from '../../accounts/notices.ts';
import type { Deps } from '../../deps.ts';
import type { Visit } from '../../journey/journey.ts';
import type { Text } from '../../language.ts';
import type { Write } from '../../mongo/transaction.ts';
import { type Assertion, readAssertion, verifyAssertion } from '../../second-factor/passkey.ts';
import { noteLimit } from '../note-failure.ts';

/** A field of our own script; longer than any answer of a browser is no answer. */
export const LONGEST_CREDENTIAL = 20_000;

export type JudgedPasskey =
  | {
      readonly right: true;
      readonly account: Account;
      readonly passkey: Passkey;
      /** Uses up the challenge and notes the counter, in the transaction of what this is good for. */
      readonly writes: readonly Write[];
      /** For when that is saved. */
      readonly after: () => Promise<unknown>;
    }
  /** `failed`: it was an attempt that did not succeed, not only a page that was too old or a browser that sent nothing. */
  | { readonly right: false; readonly problem: Text; readonly failed: boolean };

/** `credential`: as the page's script posts it. `person`: the account whose passkey it must be, where that is known. */
export async function judgePasskey(deps: Deps, visit: Visit<unknown>, credential: string, person?: string): Promise<JudgedPasskey> {
  const { attempts, accounts, audit, usedChallenges } = deps;
  const { ip, browser, device, reference, journeyId } = visit;
  const wrong = (key: string, failed = false): JudgedPasskey => ({ right: false, problem: { key: `problems.${key}` }, failed });
  if (credential === '') return wrong('passkey_needs_script');
  const assertion = credential.length > LONGEST_CREDENTIAL ? undefined : readAssertion(credential);
  if (!assertion) return wrong('passkey_failed');
  const counted = await attempts.spend('password-network', ip);
  if (!counted.ok) {
    noteLimit(deps, visit, person, counted);
    return { right: false, problem: { key: 'problems.wait', until: counted.until }, failed: false };
  }
  const account = await accounts.findByPasskey(assertion.id);
  const passkey = account?.passkeys.find(({ id }) => id === assertion.id);
  const refused = (key: string) => {
    audit.note({ type: 'code.failed', accountId: person ?? account?.id, ip, browser, device, method: 'passkey' }, reference);
    return wrong(key, key !== 'passkey_expired');
  };
  if (!account || !passkey) return refused('passkey_unknown');
  if (!isOf(assertion, account, person)) return refused('passkey_failed');
  const purpose = person === undefined ? 'sign-in' : 'second-factor';
  const verified = await verifyAssertion(deps, { purpose, journeyId, person }, assertion, passkey);
  if (!verified.ok) {
    deps.log.info({ reference, reason: verified.reason }, 'a passkey was refused');
    return refused(verified.why === 'expired' ? 'passkey_expired' : 'passkey_failed');
  }
  if (hasFallen(passkey.counter, verified.counter)) {
    await tellOfCopy(deps, visit, account);
    return wrong('passkey_copied', true);
  }
  return {
    right: true,
    account,
    passkey,
    writes: [usedChallenges.use(verified.challenge), accounts.usePasskey(account.id, passkey.id, verified.counter)],
    after: () => attempts.giveBack('password-network', ip),
  };
}

/** Where a passkey alone says who it is, its own word and the database must agree (WebAuthn 7.2, step 6). */
const isOf = ({ handle }: Assertion, { id }: Account, person: string | undefined): boolean =>
  person === undefined ? handle === id : id === person && (handle === undefined || handle === id);

/** Not greater than the last one, and not 0 for ever: two authenticators have this key (WebAuthn 7.2, step 22). */
const hasFallen = (last: number, now: number): boolean => (last > 0 || now > 0) && now <= last;

const HOUR_MS = 3_600_000;

/** The owner learns of it, at most once an hour: whoever has the copy must not fill their mailbox. */
async function tellOfCopy(deps: Deps, { ip, browser, device, reference }: Visit<unknown>, account: Account): Promise<void> {
  deps.audit.note({ type: 'passkey.refused', accountId: account.id, ip, browser, device }, reference);
  const id = `passkey-refused/${account.id}/${Math.floor(deps.clock().getTime() / HOUR_MS)}`;
  await deps.transaction(noticesTo(deps, account, id, { kind: 'security-change', what: 'passkey-refused', device }));
  deps.outbox.nudge();
}
