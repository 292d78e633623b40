import { maskEmail } from '../../accounts/email-address.ts';
import { type Channel, type CodeStepOptions, sentCodeStep } from './sent-code.ts';

/** A code by mail lives longer than a texted one: mail may be slow. */
export const emailChannel: Channel = {
  purpose: 'email-code',
  method: 'email',
  minutes: ({ config }) => config.policy.code.emailMinutes,
  mask: maskEmail,
  message: (to, code, { language }, minutes) => ({ kind: 'email-code', to, language, code, minutes }),
};

/** "Secure one-time password" by mail. */
export const emailCode = <Needs>(options: CodeStepOptions<Needs>) => sentCodeStep('email-code', emailChannel, options);
