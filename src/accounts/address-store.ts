/** The addresses of an account: the one it signs in with, the former one that may object to the change, the one for notices. */
import mongoose, { type Model, type QueryFilter, type UpdateQuery, type UpdateWithAggregationPipeline } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import type { Former } from './account.ts';
import type { AccountDocument, AccountSeal } from './account-document.ts';
import { type EmailAddress, parseEmailAddress } from './email-address.ts';

const { trusted } = mongoose;
const DUPLICATE_KEY = 11000;
/** For so long the former address may stop a change. */
export const FORMER_SECONDS = 7 * 24 * 3600;
/** So often an account moves on from an address in the time in which that may object, and no further. */
export const MOST_BETWEEN = 5;
/** What is younger at a change of the address proves nothing afterwards. */
const SETTLED_SECONDS = 7 * 24 * 3600;

/** The former address while it may object, or has objected; undefined when nobody does any more. */
export const objecting = (former: Former | null, now: Date): Former | undefined =>
  former && (former.frozenAt !== null || former.until > now) ? former : undefined;

/** The address that has this canonical form among those that the account was moved from. */
export const formerAddressOf = (former: Former, canonical: string): EmailAddress | undefined =>
  [former.email, ...former.between].map((email) => parseEmailAddress(email)).find((address) => address?.canonical === canonical);

export function createAddressVerbs(accounts: Model<AccountDocument>, sealed: AccountSeal, clock: Clock) {
  /** Whether it was there for so long that whoever moves the account now has probably not just put it there. */
  const settled = (since: string) => ({ $lte: [{ $ifNull: [since, new Date(0)] }, new Date(clock().getTime() - SETTLED_SECONDS * 1000)] });

  const wasAt = (canonical: string) => {
    const address = sealed.addressKey(canonical);
    return [{ 'former.address': address }, { 'former.between.address': address }];
  };

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
     * The account that this address (canonical) was taken from, the first of a row of changes or one between, while it may object or has
     * objected. What was frozen stays so until it is settled; the newest comes first.
     */
    findByFormerEmail: async (canonical: string) =>
      sealed.open(
        await accounts
          .findOne({
            $and: [
              { $or: wasAt(canonical) },
              { $or: [{ 'former.until': trusted({ $gt: clock() }) }, { 'former.frozenAt': trusted({ $ne: null }) }] },
            ],
          })
          .sort({ 'former.until': -1 })
          .lean(),
      ),

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
      return changeIf({ _id: id, address: was, $or: [{ former: null }, { 'former.frozenAt': null }], $nor: [full] }, [
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
      ]);
    },
    /** A former address (canonical; the first or one between) objects: no address change and no recovery until somebody proves what was there before. */
    freeze: (id: string, formerCanonical: string): Write =>
      changeIf({ _id: id, $or: wasAt(formerCanonical) }, { $set: { 'former.frozenAt': clock() } }),
    /** Former addresses whose time to object is over without objection are forgotten, in all accounts, with what could be proven then. */
    forgetFormer: async (): Promise<void> => {
      await accounts.updateMany({ 'former.until': trusted({ $lte: clock() }), 'former.frozenAt': null }, { $set: { former: null } });
    },
    /** The change was right after all: nothing is left to object to. */
    confirmEmail: (id: string, former: EmailAddress): Write =>
      changeIf({ _id: id, 'former.address': sealed.addressKey(former.canonical) }, { $set: { former: null } }),
    /**
     * Back to the former address, or one between, with the methods and the backup code from before; open again if it was closed since. AppError `account_exists` when
     * somebody else has that address by now.
     */
    restoreEmail: (id: string, former: EmailAddress): Write =>
      changeIf({ _id: id, $or: wasAt(former.canonical) }, [
        {
          $set: {
            address: sealed.addressKey(former.canonical),
            email: sealed.text(id, 'email', former.address),
            methods: '$former.methods',
            backupCodeHash: '$former.backupCodeHash',
            backupCodeSince: '$$REMOVE',
            passkeys: [],
            // Their answers may be somebody else's by now: the owner chooses them anew, and switches them on.
            questions: {
              $cond: [
                { $eq: [{ $type: '$questions' }, 'object'] },
                { $mergeObjects: ['$questions', { forRecovery: false }] },
                '$questions',
              ],
            },
            // Whoever moved the account may have put their own there; its owner is told that it is gone.
            noticeEmail: null,
            former: null,
            // A closed account does not change its address, so it was closed after that.
            closesAt: null,
          },
        },
      ]),
    /** As `useAuthenticatorStep`, for an app from before the change, which the account may have still. */
    useFormerAuthenticatorStep:
      (id: string, methodId: string, step: number): Write =>
      async (session) => {
        const unused = trusted({ $elemMatch: { id: methodId, lastStep: { $lt: step } } });
        const used = await accounts.updateOne(
          { _id: id, 'former.methods': unused },
          { $set: { 'former.methods.$.lastStep': step } },
          { session },
        );
        if (used.modifiedCount !== 1) throw new AlreadyUsed();
        await accounts.updateOne({ _id: id, methods: unused }, { $set: { 'methods.$.lastStep': step } }, { session });
      },
    /** As `useBackupCode`, for the one from before the change, which the account may have still. */
    useFormerBackupCode:
      (id: string, hash: string): Write =>
      async (session) => {
        const former = { 'former.backupCodeHash': hash };
        const used = await accounts.updateOne({ _id: id, ...former }, { $set: { 'former.backupCodeHash': null } }, { session });
        if (used.modifiedCount !== 1) throw new AlreadyUsed();
        await accounts.updateOne({ _id: id, backupCodeHash: hash }, { $set: { backupCodeHash: null } }, { session });
      },
    /** A second address, for notices only; `null` for none. `from`: the one that its owner's page rests on. */
    setNoticeEmail:
      (id: string, { from, to }: { from: string | null; to: string | null }): Write =>
      async (session) => {
        // Sealed anew each time it is written, so it has to be read to be compared: of two at once the second runs again, and finds out.
        const account = sealed.open(await accounts.findById(id).session(session).lean());
        if (!account || account.noticeEmail !== from) throw new AppError('changed_elsewhere');
        const noticeEmail = to === null ? null : sealed.text(id, 'noticeEmail', to);
        await accounts.updateOne({ _id: id }, { $set: { noticeEmail } }, { session });
      },
  };
}
