import { maskPhone } from '../../second-factor/phone-number.ts';
import { type CodeStepOptions, sentCodeStep } from './sent-code.ts';

/** "Secure one-time password" by text message. */
export const textCode = <Needs>(options: CodeStepOptions<Needs>) =>
  sentCodeStep(
    'text-code',
    {
      purpose: 'text-code',
      minutes: ({ config }) => config.policy.code.textMinutes,
      mask: maskPhone,
      message: (to, code, { language }, minutes) => ({ kind: 'text-code', to, language, code, minutes }),
    },
    options,
  );
