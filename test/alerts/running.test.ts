import { expect } from 'chai';
import { mayBeRecovering } from '../../src/alerts/running.ts';
import { makeRecoverable, moveAddress } from '../support/recoverable.ts';
import { proveMailbox } from '../support/recovering.ts';
import { commit, sharedServer } from '../support/shared-server.ts';
import type { Visitor } from '../support/visitor.ts';

async function ask(visitor: Visitor, email: string) {
  await visitor.open('/users/password/new');
  await visitor.press('Send code', { 'Email address': email });
}

/** Somebody asks for the recovery of an account; then, if wished, proves the mailbox. */
async function asked({ proven = false } = {}) {
  const server = await sharedServer();
  const person = await makeRecoverable(server.deps);
  const visitor = server.visitor();
  if (proven) await proveMailbox(server, visitor, person.email);
  else await ask(visitor, person.email);
  return { ...person, visitor, running: () => person.account().then((account) => mayBeRecovering(server.deps, account)) };
}

describe('alerts/running', () => {
  it('is not for an account that nobody recovers', async () => {
    const { deps } = await sharedServer();
    expect(await mayBeRecovering(deps, await (await makeRecoverable(deps)).account())).to.equal(false);
  });

  it('is while one waits, and not for one that operators settle', async () => {
    const { deps } = await sharedServer();
    const { id, account } = await makeRecoverable(deps);
    await commit([deps.recoveries.start(id, 'settle:former', 72)]);
    expect(await mayBeRecovering(deps, await account())).to.equal(false);
    await commit([deps.recoveries.start(id, 'questions', 72)]);
    expect(await mayBeRecovering(deps, await account())).to.equal(true);
  });

  it('is from the request on for as long as its code can be entered', async () => {
    const { clock } = await sharedServer();
    const { running } = await asked();
    expect(await running()).to.equal(true);
    clock.advance(29 * 60);
    expect(await running()).to.equal(true);
    clock.advance(61);
    expect(await running()).to.equal(false);
  });

  it('is while one is at its pages, which have no line among those that wait', async () => {
    const { clock, deps } = await sharedServer();
    const { running, id } = await asked({ proven: true });
    expect(await deps.recoveries.of(id)).to.deep.equal([]);
    clock.advance(45 * 60);
    expect(await running()).to.equal(true);
    clock.advance(20 * 60);
    expect(await running()).to.equal(false);
  });

  it('is not once all were ended, until another is asked for', async () => {
    const { deps, clock } = await sharedServer();
    for (const proven of [false, true]) {
      const { running, id, visitor, email } = await asked({ proven });
      clock.advance(1);
      await commit([deps.recoveries.cancel(id)]);
      expect(await running()).to.equal(false);
      clock.advance(120);
      await ask(visitor, email);
      expect(await running()).to.equal(true);
    }
  });

  it('is while a former address recovers, which no act of whoever is signed in ends, but the link does', async () => {
    const { deps, clock, visitor } = await sharedServer();
    const person = await makeRecoverable(deps);
    await moveAddress(deps, person);
    await proveMailbox(await sharedServer(), visitor(), person.email);
    const running = async () => mayBeRecovering(deps, await person.account());
    clock.advance(45 * 60);
    await commit([deps.recoveries.cancelPresent(person.id), deps.journeys.endOthers(person.id, undefined)]);
    expect(await running()).to.equal(true);
    await commit([deps.recoveries.cancel(person.id)]);
    expect(await running()).to.equal(false);
  });
});
