/** The addresses of an account: the one it signs in with, and the one for notices. Part of the account store. */
import mongoose, { type Model } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import { type AccountDocument, type AccountSeal, changeIn } from './account-document.ts';
import type { EmailAddress } from './email-address.ts';
import type { FormerVerbs } from './former-store.ts';

const { trusted } = mongoose;
/** For so long the former address may stop a change. */
export const FORMER_SECONDS = 7 * 24 * 3600;
/** So often an account moves on from an address in the time in which that may object, and no further. */
export const MOST_BETWEEN = 5;
/** What is younger at a change of the address proves nothing afterwards. */
const SETTLED_SECONDS = 7 * 24 * 3600;

export function createAddressVerbs(
  accounts: Model<AccountDocument>,
  { sealed, clock, refuseReserved }: { sealed: AccountSeal; clock: Clock } & Pick<FormerVerbs, 'refuseReserved'>,
) {
  const changeIf = changeIn(accounts);
  /** Whether it was there for so long that whoever moves the account now has probably not just put it there. */
  const settled = (since: string) => ({ $lte: [{ $ifNull: [since, new Date(0)] }, new Date(clock().getTime() - SETTLED_SECONDS * 1000)] });

  return {
    /**
     * Moves the account from one address (canonical) to another. The former one, and what could be proven then, are kept for 7 days: not
     * what was added in the week before, or whoever gets in for some minutes would leave proofs of their own and take the owner's away. A
     * second change in that time keeps the first of them, or whoever changes it twice would leave the owner nothing to object with; the
     * address in between may stop it, too. Back at the first address it is the one before this change that may object, but what was proven
     * before the first change still counts alone: an owner who takes the account back must not give a thief's phone a say. It moves on from
     * at most `MOST_BETWEEN` addresses in that time: each of them is told of everything and may object. A frozen account
     * keeps its address. Throws AppError `account_exists` when somebody else has it, `changed_elsewhere`.
     */
    changeEmail: (id: string, from: EmailAddress, to: EmailAddress): Write => {
      const [was, becomes, until] = [
        sealed.addressKey(from.canonical),
        sealed.addressKey(to.canonical),
        secondsFrom(clock, FORMER_SECONDS),
      ];
      const passed = { address: was, email: sealed.text(id, 'former', from.address) };
      const between = { $concatArrays: [{ $ifNull: ['$former.between', []] }, [passed]] };
      const begun = { $gt: ['$former.until', clock()] };
      const full = {
        'former.address': trusted({ $ne: becomes }),
        'former.until': trusted({ $gt: clock() }),
        [`former.between.${MOST_BETWEEN - 1}`]: trusted({ $exists: true }),
      };
      const move = changeIf(
        { _id: id, address: was, $or: [{ former: null }, { 'former.frozenAt': null }], $nor: [full] },
        [
          {
            $set: {
              address: becomes,
              email: sealed.text(id, 'email', to.address),
              former: {
                $cond: [
                  { $and: [begun, { $ne: ['$former.address', becomes] }] },
                  { $mergeObjects: ['$former', { until, between }] },
                  {
                    ...passed,
                    methods: { $cond: [begun, '$former.methods', { $filter: { input: '$methods', cond: settled('$$this.since') } }] },
                    backupCodeHash: {
                      $cond: [begun, '$former.backupCodeHash', { $cond: [settled('$backupCodeSince'), '$backupCodeHash', null] }],
                    },
                    until,
                    frozenAt: null,
                  },
                ],
              },
            },
          },
        ],
        { taken: 'account_exists' },
      );
      return async (session) => {
        await refuseReserved(id, to.canonical)(session);
        await move(session);
      };
    },
    /** A second address, for notices only; `null` for none. `from`: the one that its owner's page rests on. */
    setNoticeEmail:
      (id: string, { from, to }: { from: string | null; to: string | null }): Write =>
      async (session) => {
        // Sealed anew each time it is written, so it has to be read to be compared: of two at once the second runs again, and finds out.
        const account = sealed.open(await accounts.findById(id).session(session).lean());
        if (!account || account.locked || account.noticeEmail !== from) throw new AppError('changed_elsewhere');
        const noticeEmail = to === null ? null : sealed.text(id, 'noticeEmail', to);
        await accounts.updateOne({ _id: id }, { $set: { noticeEmail } }, { session });
      },
  };
}
