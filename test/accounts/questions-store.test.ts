import { expect } from 'chai';
import type { NewAccount } from '../../src/accounts/account.ts';
import type { AccountStore } from '../../src/accounts/account-store.ts';
import { QUESTIONS_INDEX } from '../../src/accounts/questions-store.ts';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { type AccountParts, accountParts } from '../support/account-parts.ts';
import { atOnce, failure } from '../support/store-parts.ts';

describe('accounts/questions-store', () => {
  let parts: AccountParts;
  let accounts: AccountStore;

  beforeEach(async () => {
    parts = await accountParts();
    ({ accounts } = parts);
  });

  const run = (...writes: readonly Write[]) => parts.run(...writes);
  const find = async (id: string) => (await accounts.find(id))!;
  const created = async (questions: NewAccount['questions']) => (await parts.created({ questions })).find();
  const FIVE = { ids: ['pet', 'street'], answersHash: 'answers' };
  const OTHERS = { ids: ['school'], answersHash: 'newer' };

  async function refuses(id: string, write: Write, why: ErrorCode): Promise<void> {
    const before = await accounts.find(id);
    expect(await failure(run(write)))
      .to.be.instanceOf(AppError)
      .and.include({ code: why });
    expect(await accounts.find(id)).to.deep.equal(before);
  }

  it('replaces them with their answers, switched as they were, and nothing else', async () => {
    const account = await created(FIVE);
    await run(accounts.switchQuestions(account.id, false));
    expect(await find(account.id)).to.deep.equal({ ...account, questions: { ...FIVE, forRecovery: false } });
    await run(accounts.setQuestions(account.id, { from: 'answers', ...OTHERS }));
    expect(await find(account.id)).to.deep.equal({ ...account, questions: { ...OTHERS, forRecovery: false } });
    await run(accounts.switchQuestions(account.id, true));
    expect(await find(account.id)).to.deep.equal({ ...account, questions: { ...OTHERS, forRecovery: true } });
  });

  it('sets the first of an account that has none, switched on', async () => {
    const account = await created(null);
    expect(account.questions).to.equal(null);
    await refuses(account.id, accounts.switchQuestions(account.id, true), 'not_found');
    await refuses(account.id, accounts.setQuestions(account.id, { from: 'answers', ...OTHERS }), 'changed_elsewhere');
    await run(accounts.setQuestions(account.id, { from: null, ...OTHERS }));
    expect(await find(account.id)).to.deep.equal({ ...account, questions: { ...OTHERS, forRecovery: true } });
    await refuses(account.id, accounts.setQuestions(account.id, { from: null, ...FIVE }), 'changed_elsewhere');
  });

  it('does not replace them where others were read, nor switch them where there is no account', async () => {
    const { id } = await created(FIVE);
    await refuses(id, accounts.setQuestions(id, { from: 'others', ...OTHERS }), 'changed_elsewhere');
    await refuses('nobody', accounts.switchQuestions('nobody', false), 'not_found');
    await refuses('nobody', accounts.setQuestions('nobody', { from: null, ...OTHERS }), 'changed_elsewhere');
  });

  for (const [when, before] of [
    ['others are there', FIVE],
    ['there are none', null],
  ] as const)
    it(`lets one of many at once win where ${when}, with answers of its own`, async () => {
      const { id } = await created(before);
      const from = before === null ? null : before.answersHash;
      const { won, failures } = await atOnce(16, (index) =>
        run(accounts.setQuestions(id, { from, ids: [`question-${index}`], answersHash: `answer-${index}` })),
      );
      expect(won).to.equal(1);
      for (const lost of failures) expect(lost).to.be.instanceOf(AppError).and.include({ code: 'changed_elsewhere' });
      const { ids, answersHash } = (await find(id)).questions!;
      expect(answersHash.replace('answer', 'question')).to.equal(ids[0]);
    });

  it('erases those of all accounts, once, however many processes do it at once', async () => {
    const before = [await created(FIVE), await created(null), await created(FIVE), await created(FIVE)];
    await run(accounts.switchQuestions(before[2]!.id, false));
    // As the first release wrote it.
    await parts.db.collection<{ _id: string }>('accounts').updateOne({ _id: before[3]!.id }, { $unset: { 'questions.forRecovery': '' } });
    const erased = await Promise.all([1, 2, 3, 4].map(() => accounts.eraseAllQuestions()));
    expect(erased.reduce((sum, many) => sum + many)).to.equal(3);
    expect(await parts.raw('accounts'))
      .not.to.contain('answers')
      .and.not.to.contain('street');
    for (const account of before) expect(await find(account.id)).to.deep.equal({ ...account, questions: null });
    expect(await accounts.eraseAllQuestions()).to.equal(0);
  });

  it('reads no account to find out that there is nothing to erase', async () => {
    for (let made = 0; made < 5; made++) await created(null);
    const filter = { 'questions.answersHash': { $exists: true } };
    const found = parts.db.collection('accounts').find(filter).hint(QUESTIONS_INDEX);
    const { executionStats } = await found.explain('executionStats');
    expect(executionStats).to.include({ totalDocsExamined: 0, totalKeysExamined: 0 });
  });
});
