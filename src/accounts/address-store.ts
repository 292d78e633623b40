/** The addresses of an account: the one it signs in with, the former one that may object to the change, the one for notices. */
import mongoose, { type Model, type QueryFilter, type UpdateQuery, type UpdateWithAggregationPipeline } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import type { AccountDocument, AccountSeal } from './account-document.ts';
import type { EmailAddress } from './email-address.ts';

const { trusted } = mongoose;
const DUPLICATE_KEY = 11000;
/** For so long the former address may stop a change. */
export const FORMER_SECONDS = 7 * 24 * 3600;

export function createAddressVerbs(accounts: Model<AccountDocument>, sealed: AccountSeal, clock: Clock) {
  const changeIf =
    (filter: QueryFilter<AccountDocument>, update: UpdateQuery<AccountDocument> | UpdateWithAggregationPipeline): Write =>
    async (session) => {
      let matched: number;
      try {
        ({ matchedCount: matched } = await accounts.updateOne(filter, update, { session, updatePipeline: true }));
      } catch (cause) {
        if ((cause as { code?: number }).code === DUPLICATE_KEY) throw new AppError('account_exists', { cause });
        throw cause;
      }
      if (matched !== 1) throw new AppError('changed_elsewhere');
    };

  return {
    /**
     * The account that this address (canonical) was taken from, while it may object or has objected. What was frozen stays so until it is
     * settled; the newest comes first.
     */
    findByFormerEmail: async (canonical: string) =>
      sealed.open(
        await accounts
          .findOne({
            'former.address': sealed.addressKey(canonical),
            $or: [{ 'former.until': trusted({ $gt: clock() }) }, { 'former.frozenAt': trusted({ $ne: null }) }],
          })
          .sort({ 'former.until': -1 })
          .lean(),
      ),

    /**
     * Moves the account from one address (canonical) to another. The former one, and what could be proven then, are kept for 7 days. A
     * frozen account keeps its address. Throws AppError `account_exists` when somebody else has it, `changed_elsewhere`.
     */
    changeEmail: (id: string, from: EmailAddress, to: EmailAddress): Write =>
      changeIf(
        {
          _id: id,
          address: sealed.addressKey(from.canonical),
          $or: [{ former: null }, { 'former.frozenAt': null }],
        },
        [
          {
            $set: {
              address: sealed.addressKey(to.canonical),
              email: sealed.text(id, 'email', to.address),
              former: {
                address: sealed.addressKey(from.canonical),
                email: sealed.text(id, 'former', from.address),
                methods: '$methods',
                backupCodeHash: '$backupCodeHash',
                until: secondsFrom(clock, FORMER_SECONDS),
                frozenAt: null,
              },
            },
          },
        ],
      ),
    /** The former address objects: no address change and no recovery until somebody proves what was there before. */
    freeze: (id: string, formerCanonical: string): Write =>
      changeIf({ _id: id, 'former.address': sealed.addressKey(formerCanonical) }, { $set: { 'former.frozenAt': clock() } }),
    /** The change was right after all: nothing is left to object to. */
    confirmEmail: (id: string): Write => changeIf({ _id: id, former: trusted({ $ne: null }) }, { $set: { former: null } }),
    /** Back to the former address, methods and backup code included; AppError `account_exists` when somebody else has it by now. */
    restoreEmail: (id: string, former: EmailAddress): Write =>
      changeIf({ _id: id, 'former.address': sealed.addressKey(former.canonical) }, [
        {
          $set: {
            address: '$former.address',
            email: sealed.text(id, 'email', former.address),
            methods: '$former.methods',
            passkeys: [],
            former: null,
          },
        },
      ]),
    /** A second address, for notices only; `null` for none. */
    setNoticeEmail: (id: string, address: string | null): Write =>
      changeIf({ _id: id }, { $set: { noticeEmail: address === null ? null : sealed.text(id, 'noticeEmail', address) } }),
  };
}
