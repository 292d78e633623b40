import { expect } from 'chai';
import { mayBeRecovering } from '../../src/alerts/running.ts';
import { makeRecoverable } from '../support/recoverable.ts';
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
  return { ...person, visitor, running: () => mayBeRecovering(server.deps, person.id) };
}

describe('alerts/running', () => {
  it('is not for an account that nobody recovers', async () => {
    const { deps } = await sharedServer();
    expect(await mayBeRecovering(deps, (await makeRecoverable(deps)).id)).to.equal(false);
  });

  it('is while one waits, and not for one that operators settle', async () => {
    const { deps } = await sharedServer();
    const { id } = await makeRecoverable(deps);
    await commit([deps.recoveries.start(id, 'settle:former', 72)]);
    expect(await mayBeRecovering(deps, id)).to.equal(false);
    await commit([deps.recoveries.start(id, 'questions', 72)]);
    expect(await mayBeRecovering(deps, id)).to.equal(true);
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
});
