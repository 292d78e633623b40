import { expect } from 'chai';
import { sendLimits } from '../../../src/steps/codes/recipient.ts';

describe('steps/codes: the limits of sending', () => {
  const [address, ip] = ['Ana@people.test', '192.0.2.7'];

  it('of mail count the person, and the address in whatever case', () => {
    expect(sendLimits('email', { address, person: 'p' }, ip)).to.deep.equal([
      ['send-account', 'p'],
      ['send-destination-account', 'p|ana@people.test'],
      ['send-destination', 'ana@people.test'],
    ]);
  });

  it('of texts count all of them, and the network where the number is of nobody yet', () => {
    const phone = '+12025550123';
    expect(sendLimits('text', { address: phone, person: 'p' }, ip).slice(2)).to.deep.equal([
      ['send-destination', phone],
      ['send-texts-network', ip],
      ['send-texts', 'all'],
    ]);
    expect(sendLimits('text', { address: phone, person: 'p', proven: true }, ip).slice(2)).to.deep.equal([
      ['send-destination', `proven|${phone}`],
      ['send-texts', 'proven'],
    ]);
  });
});
