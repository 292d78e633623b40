import { expect } from 'chai';
import { createAssurance, type SecondFactor } from '../../src/accounts/assurance.ts';
import { isFresh, toBecomeFresh } from '../../src/accounts/fresh.ts';

const LEVELS = ['one', 'two', 'three'] as const;
const assurance = createAssurance(LEVELS);
const now = 1_800_000_000;
const judges = { assurance, clock: () => new Date(now * 1000 + 999) };
const having = (...methods: readonly SecondFactor[]) => ({ methods: methods.map((method) => ({ method })) });

describe('accounts/fresh', () => {
  for (const [account, acr, age, fresh] of [
    [having('email'), 'one', 0, true],
    [having('email'), 'one', 300, true],
    [having('email'), 'one', 301, false],
    [having('email'), 'three', 300, true],
    [having('email', 'text'), 'one', 0, false],
    [having('email', 'text'), 'two', 0, true],
    [having('app'), 'one', 0, false],
    [having('app'), 'two', 300, true],
    [having('app'), 'three', 300, true],
    [having('app'), 'two', 301, false],
    [having('app'), 'four', 0, false],
    [having('app'), undefined, 0, false],
    [having('email'), undefined, 0, false],
    [having('email'), 'one', undefined, false],
    [having(), 'one', 0, true],
    [{}, 'one', 0, true],
  ] as const)
    it(`of ${JSON.stringify(account)} at level ${acr}, ${age} s old: ${fresh}`, () =>
      expect(isFresh({ authTime: age === undefined ? undefined : now - age, acr }, account, judges)).to.equal(fresh));

  it('is reached by the sign-in that is asked for, with a minute left', () => {
    expect(toBecomeFresh(having('email'), assurance)).to.deep.equal({ maxAge: 240, acr: 'one' });
    expect(toBecomeFresh(having('email', 'app'), assurance)).to.deep.equal({ maxAge: 240, acr: 'two' });
    for (const account of [having('email'), having('text'), having('email', 'app')]) {
      const { maxAge, acr } = toBecomeFresh(account, assurance);
      expect(isFresh({ authTime: now - maxAge - 60, acr }, account, judges)).to.equal(true);
    }
  });
});
