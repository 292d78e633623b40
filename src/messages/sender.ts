/** What the outbox asks of a way out: hand one rendered message over, and say what became of it. Never more than one recipient. */

/** Why a message will never arrive. `stale`: it was overtaken by its own expiry while nobody took it. */
export type RefusalReason = 'opted-out' | 'landline' | 'invalid-number' | 'rejected' | 'stale';

/**
 * `accepted`: the other side has it. `refused`: it never will, so trying again is useless. `later`: try again, at the earliest after so
 * many seconds where the other side named a time. `detail` goes into the log and so holds codes only, never what a server wrote: servers
 * like to repeat the address.
 */
export type Handover =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'refused'; readonly reason: RefusalReason; readonly detail: string }
  | { readonly outcome: 'later'; readonly detail: string; readonly afterSeconds?: number };

export interface Mail {
  /** Stable over all tries of one message, safe in a header: what a mail server can tell a repetition by. */
  readonly key: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly language: string;
}

export interface TextMessage {
  /** Stable over all tries of one message. */
  readonly key: string;
  /** E.164 */
  readonly to: string;
  readonly text: string;
}

export interface Mailer {
  /** Does not throw for anything the other side does; what it throws is a bug and counts as `later`. */
  send(mail: Mail): Promise<Handover>;
  close(): void;
}

export interface Texter {
  /** As `Mailer.send`. */
  send(text: TextMessage): Promise<Handover>;
}
