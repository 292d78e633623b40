/** Where the messages of a real SMTP server and a real text gateway arrive; can be closed for a while, and slow. */
import { freePort } from './free-port.ts';
import { type Asked, startHttpServer } from './http-server.ts';
import { type MailServer, type ReceivedMail, startMailServer } from './mail-server.ts';
import type { Received } from './server.ts';
import { afterFile } from './suite.ts';

const LINK = /https?:\/\/[^\s<>"]+/g;
const CODE = /(?<![\w#])\d{6}(?!\w)/g;

export type PostOffice = Awaited<ReturnType<typeof startPostOffice>>;

const picked = (text: string) => ({
  links: [...new Set(text.match(LINK) ?? [])],
  codes: [...new Set(text.replace(LINK, '').match(CODE) ?? [])],
});

function fromMail({ to, mail }: ReceivedMail): Received {
  const text = mail.text ?? '';
  return {
    id: mail.messageId ?? '',
    channel: 'mail',
    to: to[0] ?? '',
    subject: mail.subject ?? '',
    text,
    html: mail.html ?? '',
    ...picked(text),
  };
}

function fromText({ headers, body }: Asked): Received {
  const { to, text } = JSON.parse(body) as { to: string; text: string };
  return { id: String(headers['webhook-id']), channel: 'text', to, subject: '', text, ...picked(text) };
}

/** `settings` go into the environment of a server. */
export async function startPostOffice() {
  const port = await freePort();
  const earlier: ReceivedMail[] = [];
  let held = Promise.resolve();
  let letGo = () => {};
  const open = () =>
    startMailServer({
      port,
      onRcptTo: (_address, _session, done) => {
        held.then(() => done());
      },
    });
  let mails: MailServer | undefined = await open();
  const gateway = await startHttpServer((_asked, response) => response.writeHead(204).end());
  const closeMail = async () => {
    if (!mails) return;
    const closing = mails;
    mails = undefined;
    await closing.close();
    earlier.push(...closing.received);
  };
  afterFile(async () => {
    letGo();
    await Promise.all([closeMail(), gateway.close()]);
  });

  const read = new WeakMap<object, Received>();
  /** What was read once: whoever waits for a message asks for all of them again and again. */
  const readOnce =
    <Message extends object>(from: (message: Message) => Received) =>
    (message: Message): Received => {
      const known = read.get(message) ?? from(message);
      read.set(message, known);
      return known;
    };
  /** Everything handed over, the oldest first, repetitions included. */
  const handedOver = (): Received[] => [
    ...[...earlier, ...(mails?.received ?? [])].map(readOnce(fromMail)),
    ...gateway.asked.map(readOnce(fromText)),
  ];
  /** As a reader sees them: what came twice with one Message-ID is one message. The newest first. */
  const received = async (to: string): Promise<Received[]> =>
    [...new Map(handedOver().map((message) => [message.id, message])).values()].filter((message) => message.to === to).reverse();

  return {
    settings: { SMTP_URL: `smtp://127.0.0.1:${port}`, SMS_PROVIDER: 'webhook', SMS_WEBHOOK_URL: gateway.url },
    handedOver,
    received,
    newest: async (to: string, count = 1, seconds = 20): Promise<Received> => {
      for (const until = Date.now() + seconds * 1000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 20))) {
        const messages = await received(to);
        if (messages.length >= count) return messages[0]!;
      }
      throw new Error(`fewer than ${count} messages to ${to} within ${seconds} seconds`);
    },
    closeMail,
    openMail: async () => {
      mails ??= await open();
    },
    /** The mail server takes no recipient until the returned function is called. */
    holdMail: (): (() => void) => {
      held = new Promise((resolve) => {
        letGo = () => {
          resolve();
          held = Promise.resolve();
        };
      });
      return () => letGo();
    },
    clock: () => new Date(),
  };
}
