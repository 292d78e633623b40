/**
 * THE table of limits: every number that stops or slows somebody is here or in the `limits` of `policy.json`, which replaces lines of
 * it. Three kinds are enough. A *window* allows so many in any stretch of so many seconds. A *row* counts failures one after the other,
 * until one success forgets them. A *growing* limit lets some pass and then makes each failure wait longer than the last.
 */
import { z } from 'zod';

const count = z.int().min(1);

/** `units` in any `seconds` (a log of the times, so no boundary doubles it). */
const windowShape = z
  .strictObject({
    units: count.max(10_000),
    seconds: count,
    /** Besides, never two within so many seconds. */
    apartSeconds: count.optional(),
    /** Slowed, not shut: beyond the units one more every so many seconds. */
    thenEverySeconds: count.optional(),
  })
  .refine(
    ({ seconds, apartSeconds = 0, thenEverySeconds = 0 }) => Math.max(apartSeconds, thenEverySeconds) <= seconds,
    'must not space further apart than its window',
  );

/**
 * `units` one after the other, then none for `pauseSeconds` after the last, or, without that, none until they are forgiven. A row that
 * is not full is forgotten `forgetSeconds` after its last.
 */
const rowShape = z.strictObject({ units: count, pauseSeconds: count.optional(), forgetSeconds: count });

/** `units` pass freely; each one more waits `firstSeconds`, doubled up to `longestSeconds`. Forgotten `forgetSeconds` after the last. */
const growingShape = z.strictObject({ units: count, firstSeconds: count, longestSeconds: count, forgetSeconds: count });

export type WindowLimit = z.infer<typeof windowShape>;
export type RowLimit = z.infer<typeof rowShape>;
export type GrowingLimit = z.infer<typeof growingShape>;
export type Limit = WindowLimit | RowLimit | GrowingLimit;

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The shape of `policy.json`'s `limits`: a line that is left out is the one here. */
export const limitsShape = z.strictObject({
  /** Passwords of an account or address, tried from browsers it does not know. The 5th failure waits. */
  'password-account': growingShape.default({ units: 4, firstSeconds: 1, longestSeconds: HOUR, forgetSeconds: DAY }),
  /** Passwords of an account, tried from a browser that has signed in to it: strangers cannot lock the owner out. */
  'password-browser': growingShape.default({ units: 4, firstSeconds: 1, longestSeconds: HOUR, forgetSeconds: DAY }),
  /** Failed passwords of a network: slowed, never shut, for a library is one network. */
  'password-network': windowShape.default({ units: 100, seconds: HOUR, thenEverySeconds: 10 }),
  /** Wrong codes of an account, whatever the method; `policy.code.tries` is the limit of a single code. */
  'code-account': rowShape.default({ units: 10, pauseSeconds: 900, forgetSeconds: DAY }),
  /** Wrong codes of one method, which is off after that (NIST SP 800-63B 3.2.2). */
  'code-method': rowShape.default({ units: 100, forgetSeconds: 365 * DAY }),
  /** Notices that the right password was followed by a wrong code, by account. */
  'notice-code-failures': windowShape.default({ units: 1, seconds: HOUR }),
  /** Codes sent for an account. */
  'send-account': windowShape.default({ units: 5, seconds: 900 }),
  /**
   * Codes sent for an account to one destination and never used: a code rightly used gives its send back. They are kept apart here and not
   * above, because a sign-up with mail and text message sends to both one after the other.
   */
  'send-destination-account': windowShape.default({ units: 10, seconds: DAY, apartSeconds: 30 }),
  /**
   * The same for a destination, whosever account: a family may share a phone. Counted apart for accounts that have proven it, and for
   * everybody else: strangers who type a number into sign-ups must not keep its owner from signing in.
   */
  'send-destination': windowShape.default({ units: 30, seconds: DAY }),
  /** Text messages of all accounts together: each costs money. As many again go to numbers that nobody has proven yet. */
  'send-texts': windowShape.default({ units: 5000, seconds: DAY }),
  /** Text messages that a network has sent to numbers not proven yet, and never used: slowed, never shut. */
  'send-texts-network': windowShape.default({ units: 60, seconds: HOUR, thenEverySeconds: 60 }),
  /** Confirmation mails to an address. */
  'confirmation-address': windowShape.default({ units: 5, seconds: HOUR, apartSeconds: 60 }),
  /** Confirmation mails asked for by a network. */
  'confirmation-network': windowShape.default({ units: 200, seconds: HOUR }),
  /** Sign-ups begun and not finished by a network; finished ones are given back. */
  'sign-up-network': windowShape.default({ units: 200, seconds: HOUR }),
  /** Passwords chosen in one journey, each of which is hashed: nobody needs so many, and a flood of them would keep others waiting. */
  'new-password': windowShape.default({ units: 20, seconds: HOUR }),
  /** Mails for a forgotten password, by address; a browser that has signed in to its account counts by itself. */
  'recovery-mail': windowShape.default({ units: 3, seconds: HOUR }),
  /** The same asked for by a network. */
  'recovery-network': windowShape.default({ units: 100, seconds: HOUR }),
  /** Failed proofs in recoveries of an account. */
  'recovery-proof': windowShape.default({ units: 5, seconds: HOUR }),
  /** Recoveries of an account stopped by "this wasn't me" without signing in: a stolen mailbox must not keep its owner out for good. */
  'cancel-recovery': windowShape.default({ units: 3, seconds: 30 * DAY }),
  /** Authorization requests pushed by clients that prove nothing, which are kept for days. */
  'push-network': windowShape.default({ units: 600, seconds: HOUR }),
  /** Registrations of clients, and what clients do with their own record, by network. */
  'registration-network': windowShape.default({ units: 300, seconds: HOUR }),
  /** Registrations tried with one initial access token, whether they succeed or not. */
  'registration-token': windowShape.default({ units: 100, seconds: HOUR }),
});

export type Limits = z.infer<typeof limitsShape>;
export type LimitName = keyof Limits;

export const defaultLimits: Limits = limitsShape.parse({});

/** The limits whose key is a network; networks that the operator exempts are not counted by them. */
export const isNetworkLimit = (name: LimitName): boolean => name.endsWith('-network');
