import { expect } from 'chai';
import { advance, follow, go, notice, refuse, stay } from '../../src/journey/outcome.ts';

describe('journey/outcome', () => {
  it('says what an action decided, and does nothing itself', async () => {
    let made = 0;
    const outcomes = [
      advance('answer'),
      stay({ code: { key: 'problems.code_required' } }),
      notice(async () => ({ notice: { key: `made ${++made}` } })),
      go('email'),
      refuse('access_denied'),
      follow('a journey'),
    ];
    expect(outcomes.map(({ kind }) => kind)).to.deep.equal(['advance', 'stay', 'notice', 'go', 'refuse', 'follow']);
    expect(made).to.equal(0);
    expect(follow('a journey')).to.deep.include({ answers: {} });
    const plain = advance('answer');
    expect(plain.kind === 'advance' && [plain.writes, await plain.after?.()]).to.deep.equal([[], undefined]);
  });
});
