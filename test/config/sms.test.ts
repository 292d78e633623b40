import { expect } from 'chai';
import { readSms } from '../../src/config/sms.ts';

describe('readSms', () => {
  it('takes the inbox in development and refuses it in production', () => {
    const faults: string[] = [];
    expect(readSms({}, false, faults)).to.deep.equal({ provider: 'inbox' });
    expect(faults).to.deep.equal([]);
    readSms({ SMS_PROVIDER: 'inbox' }, true, faults);
    expect(faults).to.deep.equal(['SMS_PROVIDER must not be inbox in production']);
  });

  it('keeps the secret of a webhook', () => {
    const sms = readSms({ SMS_PROVIDER: 'webhook', SMS_WEBHOOK_URL: 'http://localhost:1/', SMS_WEBHOOK_SECRET: 'x'.repeat(32) }, false, []);
    expect(sms).to.deep.equal({ provider: 'webhook', url: 'http://localhost:1/', secret: 'x'.repeat(32) });
  });

  it('does not say twice that a setting is wrong', () => {
    const faults = ['TWILIO_FROM must be a phone number'];
    readSms({ SMS_PROVIDER: 'twilio', TWILIO_ACCOUNT_SID: 'AC', TWILIO_AUTH_TOKEN: 'x' }, true, faults);
    expect(faults).to.have.length(1);
  });
});
