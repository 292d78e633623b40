import { maskPhone } from '../../second-factor/phone-number.ts';
import { type Channel, type CodeStepOptions, sentCodeStep } from './sent-code.ts';

export const textChannel: Channel = {
  purpose: 'text-code',
  method: 'text',
  minutes: ({ config }) => config.policy.code.textMinutes,
  mask: maskPhone,
  message: (to, code, { language }, minutes) => ({ kind: 'text-code', to, language, code, minutes }),
};

/** "Secure one-time password" by text message. */
export const textCode = <Needs>(options: CodeStepOptions<Needs>) => sentCodeStep('text-code', textChannel, options);
