import { expect } from 'chai';
import { textCode } from '../../../src/steps/codes/text-code.ts';
import { newPhone } from '../../support/people.ts';
import { commit, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('steps/text-code', () => {
  it('texts a code without a link', async () => {
    const { deps, newest } = await sharedServer();
    const phone = newPhone();
    const step = textCode({ recipient: async () => ({ address: phone, person: phone }), changeStep: () => undefined });
    const visit = visitOf();
    const { keep, writes } = await step.arrive!(deps, visit);
    await commit(writes);
    const text = await newest(phone);
    expect([text.channel, text.codes.length, text.links.length]).to.deep.equal(['text', 1, 0]);
    const shown = (await step.show(deps, { ...visit, kept: keep })) as { sentTo: string };
    expect(shown.sentTo).to.contain(phone.slice(-2)).and.not.contain(phone.slice(2, 8));
  });
});
