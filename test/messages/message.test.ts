import { expect } from 'chai';
import fc from 'fast-check';
import { CHANNELS, channelOf, maskAddress, readMessage, worthSendingFor, writeMessage } from '../../src/messages/message.ts';
import { sampleMessage, sampleMessages, sampleVariants } from '../support/sample-messages.ts';

describe('messages', () => {
  it('sends to phones what is named so, and everything else as mail', () => {
    expect(channelOf(sampleMessage('text-code'))).to.equal('text');
    const texts = Object.entries(CHANNELS).filter(([, channel]) => channel === 'text');
    expect(texts.map(([kind]) => kind)).to.deep.equal(['text-code', 'text-recovery-waiting', 'text-email-settling']);
  });

  it('is worth sending for as long as what it carries works', () => {
    expect(worthSendingFor(sampleMessage('text-code'))).to.equal(600);
    expect(worthSendingFor(sampleMessage('email-code'))).to.equal(1800);
    expect(worthSendingFor(sampleMessage('confirm-sign-up'))).to.equal(24 * 3600);
    expect(worthSendingFor(sampleMessage('recovery-code'))).to.equal(1800);
    expect(worthSendingFor(sampleMessage('address-code'))).to.equal(1800);
    expect(worthSendingFor(sampleMessage('text-recovery-waiting'))).to.equal(24 * 3600);
    for (const message of sampleVariants('en')) expect(worthSendingFor(message)).to.equal(7 * 24 * 3600);
    expect(worthSendingFor(sampleMessage('account-created'))).to.equal(7 * 24 * 3600);
  });

  it('reads every kind back as it was written, dates included', () => {
    for (const message of [...sampleMessages('es'), ...sampleVariants('es')])
      expect(readMessage(writeMessage(message))).to.deep.equal(message);
  });

  it('shows the first letter and the domain of an address, and two digits of a number', () => {
    expect(maskAddress('maria.lopez@example.org')).to.equal('m***@example.org');
    expect(maskAddress('+12025550123')).to.equal('***23');
  });

  it('never shows the whole local part or number, however short', () => {
    expect(maskAddress('a@example.org')).to.equal('***@example.org');
    expect(maskAddress('ab@example.org')).to.equal('***@example.org');
    expect(maskAddress('1234')).to.equal('***');
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30 }), (local) => {
        fc.pre(!local.includes('@') && !local.startsWith('*'));
        return !maskAddress(`${local}@example.org`).includes(`${local}@`) || local.length === 0;
      }),
    );
  });
});
