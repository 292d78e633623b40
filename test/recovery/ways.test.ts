import { expect } from 'chai';
import { provableOf, waitingProofOf, waysOf } from '../../src/recovery/ways.ts';
import { makeRecoverable, moveAddress } from '../support/recoverable.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('recovery/ways', () => {
  const mailboxOf = (accountId: string, former = false, canonical = '') => ({ canonical, accountId, at: '', former, frozen: false });

  it('are what the account has; for its former address what it had, without the questions', async () => {
    const { deps } = await sharedServer();
    const person = await makeRecoverable(deps, ['email', 'text', 'passkey']);
    const ways = async (former: boolean) => {
      const provable = (await provableOf(deps, mailboxOf(person.id, former, person.email)))!;
      return (await waysOf(deps, provable, mailboxOf(person.id, former))).map(({ proof }) => proof);
    };
    expect(await ways(false)).to.deep.equal(['questions', 'backup-code', 'method:a-phone', 'passkey', 'nothing']);
    expect(await provableOf(deps, mailboxOf(person.id, true)), 'nothing was changed').to.equal(undefined);
    await moveAddress(deps, person);
    await deps.transaction([
      deps.accounts.replaceMethods(person.id, { id: 'theirs', method: 'text', phone: '+12025550199' }),
      deps.accounts.setBackupCode(person.id, { from: null, to: 'a hash of theirs' }),
    ]);
    expect(await ways(true)).to.deep.equal(['backup-code', 'method:a-phone', 'nothing']);
    expect(await ways(false)).to.deep.equal(['questions', 'backup-code', 'method:theirs', 'nothing']);
    await deps.transaction([deps.accounts.freeze(person.id, person.email)]);
    expect(await ways(false), 'until it is settled').to.deep.equal(['nothing']);
    expect(await provableOf(deps, mailboxOf(person.id, true, 'stranger@people.test'))).to.equal(undefined);
    expect(await provableOf(deps, mailboxOf('nobody'))).to.equal(undefined);
  });

  it('wait for what a thief of the mailbox may have, and for nothing where a former address objects', () => {
    const kinds = ['questions', 'backup-code', 'text', 'app', 'passkey', 'operators', 'nothing'] as const;
    const waits = (former: boolean) =>
      kinds.map((kind) =>
        waitingProofOf({ kind, proof: `method:${kind}` }, { ...mailboxOf('', former), ...(former && { settles: 'settle:former' }) }),
      );
    expect(waits(false)).to.deep.equal([undefined, undefined, 'method:text', 'method:app', 'passkey', 'operators', 'questions']);
    expect(
      waits(true).filter((one) => one !== undefined),
      'but for support',
    ).to.deep.equal(['settle:former']);
  });

  it('say which of them waits already, and offer a code from support where one was given', async () => {
    const { deps } = await sharedServer();
    const person = await makeRecoverable(deps);
    await deps.transaction([
      deps.recoveries.start(person.id, 'questions', 72),
      deps.recoveries.start(person.id, 'operators', 72, 'a hash'),
    ]);
    const ways = await waysOf(deps, (await provableOf(deps, mailboxOf(person.id)))!, mailboxOf(person.id));
    const waiting = ways.filter((way) => way.waiting).map(({ proof, waiting }) => [proof, waiting!.ripe]);
    expect(waiting).to.deep.equal([
      ['operators', false],
      ['nothing', false],
    ]);
  });
});
