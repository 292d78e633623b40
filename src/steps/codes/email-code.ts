import { maskEmail } from '../../accounts/email-address.ts';
import { type CodeStepOptions, sentCodeStep } from './sent-code.ts';

/** "Secure one-time password" by mail. Its code lives longer than a texted one: mail may be slow. */
export const emailCode = <Needs>(options: CodeStepOptions<Needs>) =>
  sentCodeStep(
    'email-code',
    {
      purpose: 'email-code',
      minutes: ({ config }) => config.policy.code.emailMinutes,
      mask: maskEmail,
      message: (to, code, { language }, minutes) => ({ kind: 'email-code', to, language, code, minutes }),
    },
    options,
  );
