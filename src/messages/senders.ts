/** Which way out the configuration names: real mail and texts, or the development inbox. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Inbox } from './inbox.ts';
import type { Mailer, Texter } from './sender.ts';
import { createTwilioTexter } from './sms/twilio.ts';
import { createWebhookTexter } from './sms/webhook.ts';
import { createSmtpMailer } from './smtp.ts';

export function createMailer({ mail, production }: Pick<Config, 'mail' | 'production'>, inbox: Inbox): Mailer {
  return mail.smtpUrl === undefined ? inbox.mailer : createSmtpMailer({ smtpUrl: mail.smtpUrl, from: mail.from, production });
}

export function createTexter({ sms }: Pick<Config, 'sms'>, inbox: Inbox, clock: Clock): Texter {
  switch (sms.provider) {
    case 'inbox':
      return inbox.texter;
    case 'webhook':
      return createWebhookTexter({ ...sms, clock });
    case 'twilio':
      return createTwilioTexter(sms);
  }
}
