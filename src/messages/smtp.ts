/**
 * Mails by SMTP (RFC 5321). One recipient each, given as an object: nodemailer parses a string as an address list, and
 * `a@x, b@y` would reach both. Only what a server says about this recipient or this mail is a refusal; what it says about us (sign-in,
 * sender, TLS) is the operator's to mend, and the mail waits for it.
 */
import { createTransport, type DKIMOptions, type NodemailerError } from 'nodemailer';
import type { Handover, Mail, Mailer } from './sender.ts';

export interface SmtpOptions {
  /** nodemailer's connection URL: `smtp://`, `smtps://`, with user, password and `?tls.…` settings where needed. */
  readonly smtpUrl: string;
  /** The sender as people see it: `USCIS Account <myaccount@example.org>`. */
  readonly from: string;
  /** In production a connection that cannot be encrypted is not used. */
  readonly production: boolean;
  /** Signs every mail (RFC 6376); the domain should be the sender's. */
  readonly dkim?: { readonly domainName: string; readonly keySelector: string; readonly privateKey: string };
  /** How many connections at once; as many as the outbox has lanes. */
  readonly connections?: number;
}

/** Below the lease of a message, so that nobody else begins to send it while this try is under way. */
const GIVE_UP_AFTER_MS = 40_000;
/** Anything that could end the address, the header or the command it stands in. */
const NOT_IN_AN_ADDRESS = /[\s\p{Cc}<>(),;:"[\]\\]/u;

/** Opens its connections when the first mail is sent, and keeps them. */
export function createSmtpMailer({ smtpUrl, from, production, dkim, connections = 4 }: SmtpOptions): Mailer {
  const sender = addressOf(from);
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: connections,
    // Once, for a kept connection that the server has closed meanwhile; all other patience is the outbox's.
    maxRequeues: 1,
    requireTLS: production && new URL(smtpUrl).protocol !== 'smtps:',
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    dnsTimeout: 10_000,
    maxRecipients: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(dkim ? { dkim: dkim satisfies DKIMOptions } : {}),
  });

  return {
    async send({ key, to, subject, html, text, language }: Mail): Promise<Handover> {
      if (NOT_IN_AN_ADDRESS.test(to) || !/^[^@]+@[^@]+$/.test(to))
        return { outcome: 'refused', reason: 'rejected', detail: 'not an address' };
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          envelope: { from: sender, to: [to] },
          messageId: `<${key}@${domain}>`,
          subject,
          html,
          text,
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
          xMailer: false,
          signal: AbortSignal.timeout(GIVE_UP_AFTER_MS),
        });
        return { outcome: 'accepted' };
      } catch (error) {
        return judge(error as NodemailerError);
      }
    },
    close: () => transport.close(),
  };
}

/** The bare address of `Name <address>`. */
export const addressOf = (from: string): string => (/<([^<>]+)>\s*$/.exec(from)?.[1] ?? from).trim();

/** 5xx to the recipient or to the mail itself is for ever (RFC 5321, 4.2.1); everything else may pass. */
function judge({ code = 'UNKNOWN', responseCode, command = '', response = '' }: NodemailerError): Handover {
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  // Codes only: servers repeat the address, and filters the text, in what they write.
  const detail = [code, command, responseCode, enhanced].filter(Boolean).join(' ');
  const permanent = responseCode !== undefined && responseCode >= 500 && /^(RCPT TO|DATA)$/.test(command);
  return permanent ? { outcome: 'refused', reason: 'rejected', detail } : { outcome: 'later', detail };
}
