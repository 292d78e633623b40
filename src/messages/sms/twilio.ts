/**
 * Text messages through Twilio's Messages resource (API 2010-04-01), or anything that speaks it. Twilio says by error codes why a number
 * can't be reached; those that are about us (credentials, sender, quota) are the operator's to mend, and the text waits for it.
 */
import type { Handover, RefusalReason, Texter, TextMessage } from '../sender.ts';
import { later, post } from './post.ts';

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** A number as E.164, or the id of a messaging service (`MG…`). */
  readonly from: string;
  readonly apiUrl: string;
}

/** www.twilio.com/docs/api/errors */
const ABOUT_THE_NUMBER: Readonly<Record<number, RefusalReason>> = {
  21610: 'opted-out',
  21614: 'landline',
  30006: 'landline',
  21211: 'invalid-number',
  21217: 'invalid-number',
  30005: 'invalid-number',
  21408: 'rejected',
  21612: 'rejected',
};
/** Sender missing, unknown, not ours, not able to send texts; too many requests. */
const ABOUT_US = new Set([20003, 20429, 21212, 21601, 21603, 21606, 21659, 21660, 21703, 30001, 30002]);

export function createTwilioTexter({ accountSid, authToken, from, apiUrl }: TwilioOptions): Texter {
  const url = `${apiUrl.replace(/\/+$/, '')}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const sender = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from };

  return {
    async send({ to, text }: TextMessage): Promise<Handover> {
      const answer = await post(url, {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json', Authorization: authorization },
        body: new URLSearchParams({ To: to, ...sender, Body: text }).toString(),
      });
      if (!('status' in answer)) return answer;
      const { status, json } = answer;
      // A text that was taken on and has failed already carries its code as `error_code`; a refused one as `code`.
      const code = Number(json['error_code'] ?? json['code'] ?? 0);
      const detail = `status ${status}${code ? ` code ${code}` : ''}`;
      const reason = ABOUT_THE_NUMBER[code];
      if (reason) return { outcome: 'refused', reason, detail };
      if (status >= 200 && status < 300) return code === 0 ? { outcome: 'accepted' } : later(answer, detail);
      if (status === 400 && !ABOUT_US.has(code)) return { outcome: 'refused', reason: 'rejected', detail };
      return later(answer, detail);
    },
  };
}
