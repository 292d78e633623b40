/** Where text messages go. */
import { z } from 'zod';

export type SmsSettings =
  /** Development: a page shows them. */
  | { readonly provider: 'inbox' }
  /** POSTs `{"to": "+1…", "text": "…"}`; any 2xx is "accepted". `secret` signs the body. */
  | { readonly provider: 'webhook'; readonly url: string; readonly secret?: string }
  | {
      readonly provider: 'twilio';
      readonly accountSid: string;
      readonly authToken: string;
      readonly from: string;
      readonly apiUrl: string;
    };

const PROVIDERS = ['inbox', 'webhook', 'twilio'] as const;

const webUrl = z.string().refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), 'must be a URL that begins with https://');

export const smsFields = {
  SMS_PROVIDER: z.enum(PROVIDERS, { error: `must be one of ${PROVIDERS.join(', ')}` }).optional(),
  SMS_WEBHOOK_URL: webUrl.optional(),
  SMS_WEBHOOK_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/i, 'must be AC and 32 hexadecimal digits')
    .optional(),
  TWILIO_AUTH_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  TWILIO_FROM: z
    .string()
    .regex(/^(\+[1-9]\d{7,14}|MG[0-9a-f]{32})$/i, 'must be a phone number like +12025550123 or the id of a messaging service')
    .optional(),
  TWILIO_API_URL: webUrl.optional(),
};

type SmsValues = { [Name in keyof typeof smsFields]?: z.infer<(typeof smsFields)[Name]> };

/** Puts the settings of the chosen provider together; what is missing is added to `faults`. */
export function readSms(value: SmsValues, production: boolean, faults: string[]): SmsSettings {
  const need = (name: keyof SmsValues): string => {
    const found = value[name];
    if (found === undefined && !faults.some((fault) => fault.startsWith(`${name} `))) {
      faults.push(`${name} is missing (SMS_PROVIDER is ${value.SMS_PROVIDER})`);
    }
    return found ?? '';
  };
  const secure = (name: 'SMS_WEBHOOK_URL' | 'TWILIO_API_URL') => {
    if (production && value[name]?.startsWith('http:')) faults.push(`${name} must begin with https:// in production`);
  };
  switch (value.SMS_PROVIDER) {
    case 'webhook':
      secure('SMS_WEBHOOK_URL');
      return {
        provider: 'webhook',
        url: need('SMS_WEBHOOK_URL'),
        ...(value.SMS_WEBHOOK_SECRET ? { secret: value.SMS_WEBHOOK_SECRET } : {}),
      };
    case 'twilio':
      secure('TWILIO_API_URL');
      return {
        provider: 'twilio',
        accountSid: need('TWILIO_ACCOUNT_SID'),
        authToken: need('TWILIO_AUTH_TOKEN'),
        from: need('TWILIO_FROM'),
        apiUrl: value.TWILIO_API_URL ?? 'https://api.twilio.com',
      };
    default:
      if (production && !faults.some((fault) => fault.startsWith('SMS_PROVIDER '))) {
        faults.push(
          value.SMS_PROVIDER === 'inbox' ? 'SMS_PROVIDER must not be inbox in production' : 'SMS_PROVIDER is missing (webhook or twilio)',
        );
      }
      return { provider: 'inbox' };
  }
}
