import { expect } from 'chai';
import { parseEmailAddress } from '../../src/accounts/email-address.ts';
import { type AlertPurpose, alertOf } from '../../src/alerts/alert.ts';
import { newAddress } from '../support/people.ts';
import { commit, makeAccount, sharedServer } from '../support/shared-server.ts';

const HOUR = 3600;

async function issued(purpose: AlertPurpose, about: string, canonical: string, hours = 24) {
  const { deps } = await sharedServer();
  const { token, write } = deps.mailedLinks.issue({ purpose, about, canonical, hours });
  await commit([write]);
  return { token, state: async () => (await alertOf(deps, purpose, token)).state };
}

describe('alerts/alert', () => {
  it('of "this wasn\'t me" where a recovery waits: ready, done, expired, or too often and until when', async () => {
    const { deps, clock } = await sharedServer();
    const account = await makeAccount();
    await commit([deps.recoveries.start(account.id, 'passkey', 24)]);
    const [used, open] = await Promise.all([0, 1].map(() => issued('not-me', account.id, account.email)));
    expect(await open!.state()).to.equal('ready');
    await commit([deps.mailedLinks.useOnce(used!.token)]);
    expect(await used!.state()).to.equal('done');
    for (let times = 0; times < 3; times++) await deps.attempts.spend('cancel-recovery', account.id);
    const { state, until } = await alertOf(deps, 'not-me', open!.token);
    expect(state).to.equal('limit');
    expect(until!.getTime() - clock().getTime()).to.be.within(29.9 * 24 * HOUR * 1000, 30 * 24 * HOUR * 1000);
    clock.advance(25 * HOUR);
    expect([await used!.state(), await open!.state()]).to.deep.equal(['done', 'expired']);
  });

  it('of "this wasn\'t me" where none does: over, whatever was spent, until one begins', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount();
    const link = await issued('not-me', account.id, account.email);
    expect(await link.state()).to.equal('over');
    for (let times = 0; times < 3; times++) await deps.attempts.spend('cancel-recovery', account.id);
    expect(await link.state()).to.equal('over');
    await commit([deps.recoveries.start(account.id, 'passkey', 24)]);
    expect(await link.state()).to.equal('limit');
  });

  it('of a recovery: ready while it waits, over when it was ended or has run out', async () => {
    const { deps, clock } = await sharedServer();
    const account = await makeAccount();
    expect(await (await issued('cancel-recovery', account.id, account.email)).state()).to.equal('over');
    await commit([deps.recoveries.start(account.id, 'passkey', 24)]);
    const link = await issued('cancel-recovery', account.id, account.email, 14 * 24);
    expect(await link.state()).to.equal('ready');
    clock.advance(8 * 24 * HOUR + 1);
    expect(await link.state()).to.equal('over');
    await commit([deps.recoveries.cancel(account.id), deps.recoveries.start(account.id, 'passkey', 24)]);
    expect(await link.state()).to.equal('over');
    clock.advance(6 * 24 * HOUR);
    expect(await link.state()).to.equal('expired');
  });

  it('of a change: ready for 7 days, done when it is frozen by whomever, over when it is settled', async () => {
    const { deps, clock } = await sharedServer();
    const [from, to] = [newAddress(), newAddress()].map((address) => parseEmailAddress(address)!);
    const { id } = await makeAccount({ email: from!.address });
    await commit([deps.accounts.changeEmail(id, from!, to!)]);
    const [link, other, late] = [
      await issued('freeze-email', id, from!.canonical, 7 * 24),
      await issued('freeze-email', id, to!.canonical, 7 * 24),
      await issued('freeze-email', id, from!.canonical, 30 * 24),
    ];
    expect([await link.state(), await other.state()]).to.deep.equal(['ready', 'over']);
    clock.advance(7 * 24 * HOUR + 1);
    expect([await link.state(), await late.state()]).to.deep.equal(['expired', 'expired']);
    await commit([deps.accounts.freeze(id, from!.canonical)]);
    expect([await link.state(), await late.state()]).to.deep.equal(['done', 'done']);
    await commit([deps.accounts.confirmEmail(id, from!)]);
    expect([await link.state(), await late.state()]).to.deep.equal(['expired', 'over']);
  });

  it('of a change: over where it has stopped an earlier one', async () => {
    const { deps } = await sharedServer();
    const [from, to] = [newAddress(), newAddress()].map((address) => parseEmailAddress(address)!);
    const { id } = await makeAccount({ email: from!.address });
    const link = await issued('freeze-email', id, from!.canonical, 7 * 24);
    await commit([
      deps.accounts.changeEmail(id, from!, to!),
      deps.accounts.freeze(id, from!.canonical),
      deps.mailedLinks.useOnce(link.token),
    ]);
    await commit([deps.accounts.restoreEmail(id, from!), deps.accounts.changeEmail(id, from!, to!)]);
    expect(await link.state()).to.equal('over');
  });

  it('is nothing for another purpose', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount();
    const { token } = await issued('not-me', account.id, account.email);
    for (const purpose of ['cancel-recovery', 'freeze-email'] as const)
      expect(await alertOf(deps, purpose, token).catch((error: { code: string }) => error.code)).to.equal('link_invalid');
  });
});
