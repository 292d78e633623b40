/** A real SMTP server on loopback that keeps what it receives. What it refuses, and when, is the test's choice. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  /** The envelope's recipients: who really gets it. */
  readonly to: readonly string[];
  readonly raw: string;
  readonly mail: Email;
}

export interface MailServer {
  readonly url: string;
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  /** Resolves when so many mails have come in all. */
  count(mails: number): Promise<readonly ReceivedMail[]>;
  close(): Promise<void>;
}

/** An SMTP answer such as `550 5.1.1 …` in the form smtp-server wants it. */
export const smtpError = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code });

export async function startMailServer(
  options: SMTPServerOptions & { port?: number; refuseData?: (attempt: number) => Error | undefined } = {},
): Promise<MailServer> {
  const { port = 0, refuseData, ...rest } = options;
  const received: ReceivedMail[] = [];
  const waiting = new Set<() => void>();
  let attempts = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    ...rest,
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      attempts += 1;
      const refusal = refuseData?.(attempts);
      if (refusal) return done(refusal);
      const raw = Buffer.concat(chunks);
      const { mailFrom, rcptTo } = session.envelope;
      received.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        raw: raw.toString('utf8'),
        mail: await PostalMime.parse(raw),
      });
      done();
      for (const look of waiting) look();
    },
  });
  // A client that goes away in mid-sentence is the client's affair.
  server.on('error', () => {});
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const { port: actual } = server.server.address() as AddressInfo;

  return {
    url: `smtp://127.0.0.1:${actual}`,
    port: actual,
    received,
    count: (mails) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < mails) return;
          waiting.delete(look);
          resolve(received);
        };
        waiting.add(look);
        look();
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
