import { expect } from 'chai';
import { OperatorRefused, prove, readReason } from '../../../src/recovery/operators/operator.ts';
import { sharedServer } from '../../support/shared-server.ts';
import { failure } from '../../support/store-parts.ts';

describe('recovery/operators/operator', () => {
  const PASSPHRASE = 'an old oak by the river';
  let store: { hashOf: (name: string) => Promise<string | undefined> };
  before(async () => {
    const hash = await (await sharedServer()).deps.passwords.hash(PASSPHRASE);
    store = { hashOf: async (name) => (name === 'kim' ? hash : undefined) };
  });
  const proving = async (name: string, passphrase: string) => failure(prove((await sharedServer()).deps, store, { name, passphrase }));

  it('is who has the passphrase of that name, and nobody else', async () => {
    expect(await proving('kim', PASSPHRASE)).to.equal(undefined);
    for (const [name, passphrase] of [
      ['kim', 'an old oak by the lake'],
      ['ada', PASSPHRASE],
      ['kim', ''],
    ] as const)
      expect(await proving(name, passphrase), name)
        .to.be.instanceOf(OperatorRefused)
        .and.include({ message: 'No operator has this name and passphrase.' });
  });

  it('cannot be guessed: after some wrong passphrases the right one waits, too', async () => {
    for (let tries = 0; tries < 20; tries++) await proving('bob', 'guessed');
    expect(String(await proving('bob', PASSPHRASE))).to.contain('Too many wrong passphrases');
  });

  it('has a reason of 10 to 500 characters', () => {
    expect(readReason('  Reported by its owner.\n')).to.equal('Reported by its owner.');
    for (const reason of ['', 'because', `${' '.repeat(20)}short`, 'x'.repeat(501)])
      expect(() => readReason(reason), reason).to.throw(OperatorRefused, 'in 10 to 500 characters');
    expect(readReason('x'.repeat(500))).to.have.length(500);
  });
});
