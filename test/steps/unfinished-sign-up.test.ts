import { expect } from 'chai';
import { findUnfinishedSignUp } from '../../src/steps/unfinished-sign-up.ts';
import { newAddress } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('steps/unfinished-sign-up', () => {
  /** Kept under this address; proven or not. */
  const begin = async (address: string, answers: object, proven: boolean) => {
    const { deps } = await sharedServer();
    const uid = deps.newId();
    const start = { kind: 'sign-up', uid, browser: uid, authorization: {}, language: 'es', keptMinutes: 60 } as const;
    const journey = await deps.journeys.open(start);
    const content = { ...journey.content, answers: { email: { address, canonical: address }, ...answers } };
    await deps.transaction([deps.journeys.save(journey, content, { address: { value: address, proven }, keptMinutes: 60 })]);
    return journey.id;
  };

  it('finds nothing of an address that nobody typed', async () => {
    const { deps } = await sharedServer();
    expect(await findUnfinishedSignUp(deps, newAddress())).to.equal(undefined);
  });

  it('finds the one that got furthest, one whose address is proven before all others', async () => {
    const { deps } = await sharedServer();
    const address = newAddress();
    const confirm = { canonical: address };
    await begin(address, {}, false);
    const proven = await begin(address, { confirm, 'new-password': { hash: 'mine' } }, true);
    await begin(address, { confirm: { canonical: 'elsewhere' }, terms: {}, 'new-password': { hash: 'theirs' } }, false);
    const found = await findUnfinishedSignUp(deps, address);
    expect(found).to.include({ id: proven, address, language: 'es', confirmed: true, passwordHash: 'mine' });
  });

  it('takes a proof of another address for none', async () => {
    const { deps } = await sharedServer();
    const address = newAddress();
    await begin(address, { confirm: { canonical: 'elsewhere' } }, false);
    expect(await findUnfinishedSignUp(deps, address)).to.include({ confirmed: false });
  });
});
