import { expect } from 'chai';
import { frozen, support, waiting } from '../../src/recovery/last-pages.ts';
import { answerOf, press, sharedServer, visitOf } from '../support/shared-server.ts';

const HOLD = { proof: 'questions', ripe: false, ripeAt: '2026-11-25T12:00:00.000Z', until: '2026-12-02T12:00:00.000Z' } as const;

describe('recovery/last-pages', () => {
  it('lead to the sign-in page, and to nothing else', async () => {
    for (const step of [frozen, support, waiting(() => HOLD)]) {
      expect(answerOf(await press(step, visitOf()))).to.deep.equal({ left: true });
      expect(Object.keys(step.actions)).to.deep.equal(['submit']);
      expect(step.revisit).to.equal(undefined);
    }
  });

  it('say until when something waits, and what has to be shown then', async () => {
    const { deps } = await sharedServer();
    const shown = (proof: string, kind: string) =>
      waiting(() => ({ ...HOLD, proof: proof as 'questions' })).show(deps, visitOf({ 'choose-proof': { kind, proof } }));
    expect(await shown('questions', 'nothing')).to.deep.equal({
      ripeAt: new Date(HOLD.ripeAt),
      until: new Date(HOLD.until),
      proof: 'questions',
      settling: false,
    });
    for (const proof of ['settle:former', 'settle:present'])
      expect(await shown(proof, 'operators'), proof).to.include({ proof: 'operators', settling: true });
    expect(await shown('method:a', 'text')).to.include({ proof: 'text' });
    expect(await shown('method:b', 'app')).to.include({ proof: 'app' });
    expect(await shown('passkey', 'passkey')).to.include({ proof: 'passkey' });
    const { coolingOffHours } = deps.config.policy.recovery;
    expect(await support.show(deps, visitOf())).to.deep.equal({ coolingOffHours, answers: false });
    expect(await support.show(deps, visitOf({ 'choose-proof': { answers: true } }))).to.deep.equal({ coolingOffHours, answers: true });
  });
});
