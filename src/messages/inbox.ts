/** The development inbox: a mailer and a texter that deliver to a page of this system instead of to people. It never exists in production. */
import type { Connection } from 'mongoose';
import type { Clock } from '../clock.ts';
import { createInboxStore, type InboxMessage } from './inbox-store.ts';
import type { Mailer, Texter } from './sender.ts';

/** A message as people and tests look at it: with what can be opened and typed picked out of its text. */
export interface InboxEntry extends InboxMessage {
  readonly links: readonly string[];
  /** Six-digit codes. */
  readonly codes: readonly string[];
}

export interface Inbox {
  readonly mailer: Mailer;
  readonly texter: Texter;
  /** The newest first; of one address or number where `to` is given. */
  list(to?: string): Promise<InboxEntry[]>;
  find(id: string): Promise<InboxEntry | undefined>;
  clear(): Promise<void>;
  init(): Promise<void>;
}

const LINK = /https?:\/\/[^\s<>"]+/g;
const CODE = /(?<![\w#])\d{6}(?!\w)/g;

const entryOf = (message: InboxMessage): InboxEntry => {
  const links = [...new Set(message.text.match(LINK) ?? [])];
  const codes = [...new Set(message.text.replace(LINK, '').match(CODE) ?? [])];
  return { ...message, links, codes };
};

export function createInbox({ db, clock }: { db: Connection; clock: Clock }): Inbox {
  const store = createInboxStore({ db, clock });
  return {
    init: store.init,
    mailer: {
      async send({ to, subject, html, text }) {
        await store.add({ channel: 'mail', to, subject, html, text });
        return { outcome: 'accepted' };
      },
      close() {},
    },
    texter: {
      async send({ to, text }) {
        await store.add({ channel: 'text', to, subject: '', text });
        return { outcome: 'accepted' };
      },
    },
    list: async (to) => (await store.list(to)).map(entryOf),
    async find(id) {
      const found = await store.find(id);
      return found && entryOf(found);
    },
    clear: store.clear,
  };
}
