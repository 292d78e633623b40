import { expect } from 'chai';
import { randomToken } from '../../src/crypto/random.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { CHALLENGE_SECONDS, type ChallengeFor, judgeChallenge, makeChallenge } from '../../src/second-factor/passkey-challenge.ts';

describe('the challenge of a passkey', () => {
  let now = new Date('2026-11-22T12:00:00Z');
  const means = { seal: createSeal(['a key of more than thirty-two characters, say']), clock: () => now, newId: () => randomToken(16) };
  const about: ChallengeFor = { purpose: 'second-factor', journeyId: 'a-journey', person: 'an-account' };
  /** As a browser gives it back. */
  const given = (challenge: string) => Buffer.from(challenge).toString('base64url');

  it('is good for its journey, person and purpose, and no other', () => {
    const challenge = given(makeChallenge(means, about));
    expect(judgeChallenge(means, about, challenge)).to.equal('good');
    for (const other of [
      { purpose: 'sign-in' },
      { purpose: 'new-passkey' },
      { journeyId: 'another' },
      { person: 'another' },
      { person: '' },
    ])
      expect(judgeChallenge(means, { ...about, ...other } as ChallengeFor, challenge), JSON.stringify(other)).to.equal('foreign');
    const nobodys = given(makeChallenge(means, { purpose: 'sign-in', journeyId: 'a-journey' }));
    expect(judgeChallenge(means, { purpose: 'sign-in', journeyId: 'a-journey' }, nobodys)).to.equal('good');
  });

  it('is good for five minutes', () => {
    const challenge = given(makeChallenge(means, about));
    now = new Date(now.getTime() + CHALLENGE_SECONDS * 1000 - 1);
    expect(judgeChallenge(means, about, challenge)).to.equal('good');
    now = new Date(now.getTime() + 1);
    expect(judgeChallenge(means, about, challenge)).to.equal('expired');
    expect(CHALLENGE_SECONDS).to.equal(300);
  });

  it('is never the same twice, and tells nothing', () => {
    const made = Array.from({ length: 50 }, () => makeChallenge(means, about));
    expect(new Set(made).size).to.equal(50);
    expect(made.join()).not.to.contain('journey').and.not.contain('account');
  });

  it('cannot be made or bent by somebody else', () => {
    const other = { ...means, seal: createSeal(['another key of more than thirty-two characters']) };
    const challenge = makeChallenge(means, about);
    const bent = `${challenge.slice(0, 30)}${challenge[30] === 'A' ? 'B' : 'A'}${challenge.slice(31)}`;
    const elsewhere = means.seal.seal(JSON.stringify({ ...about, until: now.getTime() + 1000 }), 'cookies/continue');
    const notOurs = [given(makeChallenge(other, about)), given(bent), given(elsewhere), challenge, '', 'x', given('{}'), '\u0000', 'Ã©'];
    for (const forged of notOurs) expect(judgeChallenge(means, about, forged), forged).to.equal('foreign');
  });
});
