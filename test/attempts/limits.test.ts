import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { defaultLimits, isNetworkLimit, type LimitName, limitsShape } from '../../src/attempts/limits.ts';

describe('the table of limits', () => {
  const policy = async () => JSON.parse(await readFile(new URL('../../config/policy.json', import.meta.url), 'utf8'));

  it('stands in policy.json line by line, with the same numbers', async () => {
    expect((await policy()).limits).to.deep.equal(defaultLimits);
  });

  it('fills in the lines that a policy leaves out', () => {
    const limits = limitsShape.parse({ 'send-account': { units: 3, seconds: 900, apartSeconds: 60 } });
    expect(limits['send-account'].units).to.equal(3);
    expect({ ...limits, 'send-account': defaultLimits['send-account'] }).to.deep.equal(defaultLimits);
  });

  for (const [why, limits] of [
    ['an unknown name', { 'send-pigeon': { units: 1, seconds: 1 } }],
    ['no units', { 'send-account': { units: 0, seconds: 900 } }],
    ['a fraction', { 'send-account': { units: 1.5, seconds: 900 } }],
    ['a window without length', { 'send-account': { units: 5 } }],
    ['a field of another kind', { 'code-account': { units: 5, seconds: 900 } }],
    ['units further apart than their window', { 'send-account': { units: 5, seconds: 10, apartSeconds: 30 } }],
    ['a log too long to keep', { 'send-texts': { units: 10_001, seconds: 900 } }],
  ] as const)
    it(`refuses ${why}`, () => {
      expect(limitsShape.safeParse(limits).success).to.equal(false);
    });

  it('keeps the promises that other rules rely on', () => {
    // A library is one network: forty people who sign up there in an hour must not meet a limit.
    expect(defaultLimits['sign-up-network'].units).to.be.at.least(200);
    // Five people who share a phone, each with the sends of a day that a person needs.
    expect(defaultLimits['send-destination'].units).to.be.above(defaultLimits['send-destination-account'].units);
    // NIST SP 800-63B 3.2.2: at most 100 failures in a row.
    expect(defaultLimits['code-method'].units).to.be.at.most(100);
  });

  it('knows the limits that are counted by network', () => {
    const names = (Object.keys(defaultLimits) as LimitName[]).filter(isNetworkLimit);
    expect(names.sort()).to.deep.equal([
      'confirmation-network',
      'password-network',
      'push-network',
      'recovery-network',
      'registration-network',
      'send-texts-network',
      'sign-up-network',
    ]);
  });
});
