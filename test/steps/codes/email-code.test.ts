import { expect } from 'chai';
import { emailCode } from '../../../src/steps/codes/email-code.ts';
import { newAddress } from '../../support/people.ts';
import { commit, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('steps/email-code', () => {
  it('mails a code in the language of the visit', async () => {
    const { deps, newest } = await sharedServer();
    const address = newAddress();
    const step = emailCode({ recipient: async () => ({ address, person: address }), changeStep: () => undefined });
    expect([step.name, step.view]).to.deep.equal(['email-code', 'steps/email-code']);
    const { writes } = await step.arrive!(deps, visitOf({}, { language: 'es' }));
    await commit(writes);
    const mail = await newest(address);
    expect([mail.channel, mail.codes.length]).to.deep.equal(['mail', 1]);
    expect(mail.text).to.contain(`${deps.config.policy.code.emailMinutes} minutos`);
  });
});
