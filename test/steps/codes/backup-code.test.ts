import { expect } from 'chai';
import type { Account } from '../../../src/accounts/account.ts';
import { createBackupCode } from '../../../src/second-factor/backup-code.ts';
import { backupCode } from '../../../src/steps/codes/backup-code.ts';
import { untilDelivered } from '../../support/delivered.ts';
import { type AnyVisit, answerOf, commit, makeAccount, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('steps/backup-code', () => {
  const failed: string[] = [];
  const step = backupCode<{ accountId?: string }>({
    account: async (deps, { answers }) => (answers.accountId === undefined ? undefined : deps.accounts.find(answers.accountId)),
    wrong: async (_deps, { journeyId }) => failed.push(journeyId),
  });
  /** An account that has this code, and a visit to the page that asks for it. */
  const withCode = async () => {
    const { deps } = await sharedServer();
    const code = createBackupCode();
    const account = await makeAccount({ backupCodeHash: await deps.passwords.hash(code.replaceAll('-', '')) });
    return { code, account, visit: () => visitOf({ accountId: account.id }) };
  };
  const find = async ({ id }: Account) => (await (await sharedServer()).deps.accounts.find(id))!;
  const enter = (visit: AnyVisit, code: string) => press(step, visit, { code });

  for (const [spelling, spell] of [
    ['as it is shown', (code: string) => code],
    ['in small letters', (code: string) => code.toLowerCase()],
    ['with spaces', (code: string) => ` ${code.replaceAll('-', ' ')} `],
    ['without anything between', (code: string) => code.replaceAll('-', '')],
    ['as the whole file', (code: string) => `USCIS Account\n${code}\n`],
    ['as the whole file in a field of one line', (code: string) => `USCIS Account${code}`],
  ] as const)
    it(`takes it ${spelling}`, async () => {
      const { code, account, visit } = await withCode();
      const outcome = await enter(visit(), spell(code));
      expect(answerOf(outcome)).to.include({ person: account.id });
      expect(JSON.stringify(outcome)).not.to.contain(code.slice(0, 4));
    });

  it('spends it with the answer, once, among sixteen at the same time', async () => {
    const { deps, received } = await sharedServer();
    const { code, account, visit } = await withCode();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => enter(visit(), code)));
    const ends = await Promise.allSettled(
      outcomes.flatMap((outcome) => (outcome.kind === 'advance' ? [commit(outcome.writes), commit(outcome.writes)] : [])),
    );
    expect(ends.length).to.be.at.least(16);
    expect(ends.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const end of ends) if (end.status === 'rejected') expect(end.reason.name).to.equal('AlreadyUsed');
    expect((await find(account)).backupCodeHash).to.equal(null);
    expect((await deps.audit.of(account.id)).map(({ type }) => type)).to.deep.equal(['backup-code.used']);
    await untilDelivered({ deps });
    const mails = await received(account.email);
    expect(mails).to.have.length(1);
    expect(mails[0]!.text)
      .to.match(/backup code/i)
      .and.not.contain(code);
  });

  it('says how many tries are left, counts them with those of all codes, and then waits', async () => {
    const { deps } = await sharedServer();
    const { code, account, visit } = await withCode();
    await deps.attempts.spend('code-account', account.id);
    for (const left of [8, 7, 6, 5, 4, 3, 2, 1, 0]) {
      const outcome = await enter(visit(), createBackupCode());
      expect(outcome.kind === 'stay' && outcome.problems.code).to.deep.equal({ key: 'problems.backup_code_wrong', count: left });
    }
    expect(problemAt(await enter(visit(), code), 'code')).to.equal('problems.wait');
    await deps.audit.settled();
    const types = (await deps.audit.of(account.id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'code.failed')).to.have.length(9);
    expect(types).to.include('limit.reached');
    expect((await find(account)).backupCodeHash).to.equal(account.backupCodeHash);
  });

  it('forgets the failed tries when it was right, and runs what a wrong one shall bring about', async () => {
    const { deps } = await sharedServer();
    const { code, account, visit } = await withCode();
    const wrong = visit();
    await enter(wrong, createBackupCode());
    expect(failed).to.include(wrong.journeyId);
    const outcome = await enter(visit(), code);
    if (outcome.kind === 'advance') await outcome.after?.();
    expect((await deps.attempts.peek('code-account', account.id)).left).to.equal(10);
  });

  it('costs no try where it cannot be one', async () => {
    const { deps } = await sharedServer();
    const { account, visit } = await withCode();
    expect(problemAt(await press(step, visit()), 'code')).to.equal('problems.backup_code_required');
    expect(problemAt(await enter(visit(), 'ABCD-EFGH'), 'code')).to.equal('problems.backup_code_format');
    expect((await deps.attempts.peek('code-account', account.id)).left).to.equal(10);
  });

  it('is wrong, at the same cost, where there is none or nobody', async () => {
    const spent = await makeAccount({ backupCodeHash: null });
    for (const answers of [{ accountId: spent.id }, {}]) {
      const visit = visitOf(answers);
      for (const count of [9, 8]) {
        const outcome = await enter(visit, createBackupCode());
        expect(outcome.kind === 'stay' && outcome.problems.code).to.deep.equal({ key: 'problems.backup_code_wrong', count });
      }
    }
  });
});
