/**
 * Text messages through a gateway of the operator's: `POST {"to": "+1…", "text": "…"}`, any 2xx is acceptance. The gateway may refuse
 * for good with 400 or 422 and say why: `{"reason": "opted-out" | "landline" | "invalid-number"}`. Anything else is tried again.
 *
 * Requests carry the headers of Standard Webhooks (www.standardwebhooks.com): `webhook-id` is the same for every try of one text, so that
 * the gateway can drop a repetition; where a secret is configured, `webhook-signature` proves who sends it.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Handover, RefusalReason, Texter, TextMessage } from '../sender.ts';
import { later, post } from './post.ts';

export interface WebhookOptions {
  readonly url: string;
  /** `whsec_` and base64, or any other text, which is then the key as it stands. */
  readonly secret?: string | undefined;
  readonly clock: Clock;
}

const REASONS: readonly RefusalReason[] = ['opted-out', 'landline', 'invalid-number'];

export function createWebhookTexter({ url, secret, clock }: WebhookOptions): Texter {
  const key = secret?.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  const signature = (signed: string): Record<string, string> =>
    key === undefined ? {} : { 'webhook-signature': `v1,${createHmac('sha256', key).update(signed).digest('base64')}` };

  return {
    async send({ key: id, to, text }: TextMessage): Promise<Handover> {
      const body = JSON.stringify({ to, text });
      const timestamp = String(Math.floor(clock().getTime() / 1000));
      const answer = await post(url, {
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          ...signature(`${id}.${timestamp}.${body}`),
        },
        body,
      });
      if (!('status' in answer)) return answer;
      if (answer.status >= 200 && answer.status < 300) return { outcome: 'accepted' };
      const detail = `status ${answer.status}`;
      if (answer.status !== 400 && answer.status !== 422) return later(answer, detail);
      const reason = REASONS.find((known) => known === answer.json['reason']) ?? 'rejected';
      return { outcome: 'refused', reason, detail };
    },
  };
}
