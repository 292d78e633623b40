/** The password reset questions of an account, which may have none. Part of the account store. */
import mongoose, { type Model } from 'mongoose';
import type { Write } from '../mongo/transaction.ts';
import { type AccountDocument, changeIn } from './account-document.ts';

const { trusted } = mongoose;

/** Small, and empty where nobody has questions: what finds those that do, at every start in a profile that has none. */
export const QUESTIONS_INDEX = { 'questions.forRecovery': 1 } as const;
const present = () => trusted({ 'questions.answersHash': trusted({ $exists: true }) });
export const QUESTIONS_INDEX_OPTIONS = { partialFilterExpression: { 'questions.answersHash': { $exists: true } } };

export function createQuestionsVerbs(accounts: Model<AccountDocument>) {
  const changeIf = changeIn(accounts);

  return {
    /** `from`: the former hash of the answers, `null` where there were none. Throws AppError `changed_elsewhere`. */
    setQuestions: (id: string, { from, ids, answersHash }: { from: string | null; ids: readonly string[]; answersHash: string }): Write =>
      from === null
        ? changeIf({ _id: id, questions: null }, { $set: { questions: { ids: [...ids], answersHash, forRecovery: true } } })
        : changeIf(
            { _id: id, 'questions.answersHash': from },
            { $set: { 'questions.ids': [...ids], 'questions.answersHash': answersHash } },
          ),
    /** Whether the questions may reset the password; where there are none, AppError `not_found`. */
    switchQuestions: (id: string, forRecovery: boolean): Write =>
      changeIf({ _id: id, ...present() }, { $set: { 'questions.forRecovery': forRecovery } }, { otherwise: 'not_found' }),
    /**
     * Erases the questions and answers of all accounts, and says of how many. One update for each account, so that it may be broken off,
     * run again, or run by several processes at once.
     */
    eraseAllQuestions: async (): Promise<number> =>
      (await accounts.updateMany(present(), { $set: { questions: null } }, { hint: QUESTIONS_INDEX })).modifiedCount,
  };
}
