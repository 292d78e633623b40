/**
 * The addresses that an account was moved from, and their say: they may object to the change for a while, and take the account back with
 * what it could be proven with before. Part of the account store.
 */
import mongoose, { type Model } from 'mongoose';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import type { Former } from './account.ts';
import { type AccountDocument, type AccountSeal, changeIn } from './account-document.ts';
import { type EmailAddress, parseEmailAddress } from './email-address.ts';

const { trusted } = mongoose;

/** The former address while it may object, or has objected; undefined when nobody does any more. */
export const objecting = (former: Former | null, now: Date): Former | undefined =>
  former && (former.frozenAt !== null || former.until > now) ? former : undefined;

/** The addresses that the account was moved from, the first one first, then those between; none where it was not. */
export const formerAddresses = (former: Former | null | undefined): readonly EmailAddress[] =>
  (former ? [former.email, ...former.between] : []).flatMap((email) => parseEmailAddress(email) ?? []);

/** The one of them that has this canonical form. */
export const formerAddressOf = (former: Former, canonical: string): EmailAddress | undefined =>
  formerAddresses(former).find((address) => address.canonical === canonical);

export type FormerVerbs = ReturnType<typeof createFormerVerbs>;

export function createFormerVerbs(accounts: Model<AccountDocument>, sealed: AccountSeal, clock: Clock) {
  const changeIf = changeIn(accounts);
  const wasAt = (canonical: string) => {
    const address = sealed.addressKey(canonical);
    return [{ 'former.address': address }, { 'former.between.address': address }];
  };

  const mayObject = () => ({ $or: [{ 'former.until': trusted({ $gt: clock() }) }, { 'former.frozenAt': trusted({ $ne: null }) }] });
  const findByFormerEmail = async (canonical: string) =>
    sealed.open(
      await accounts
        .findOne({ $and: [{ $or: wasAt(canonical) }, mayObject()] })
        .sort({ 'former.until': -1 })
        .lean(),
    );

  /** Throws AppError `account_exists` where another account may be taken back to this address (canonical). */
  const refuseReserved =
    (id: string, canonical: string): Write =>
    async (session) => {
      const reserved = { _id: trusted({ $ne: id }), $and: [{ $or: wasAt(canonical) }, mayObject()] };
      if (await accounts.exists(reserved).session(session)) throw new AppError('account_exists');
    };

  return {
    refuseReserved,

    /**
     * The account that this address (canonical) was taken from, the first of a row of changes or one between, while it may object or has
     * objected. What was frozen stays so until it is settled; the newest comes first.
     */
    findByFormerEmail,
    /**
     * Why nobody else may have this address (canonical): it is an account's, or one may be taken back to it. Otherwise whoever reads the
     * mailbox for a while would begin another account there, and its recovery would never come to the one that was moved away.
     */
    holderOf: async (canonical: string) => {
      const [present, former] = [
        await accounts.findOne({ address: sealed.addressKey(canonical) }).lean(),
        await findByFormerEmail(canonical),
      ];
      const account = sealed.open(present) ?? former;
      return account && { account, reserved: present === null };
    },

    /**
     * A former address (canonical; the first or one between) objects: no address change and no recovery until somebody proves what was
     * there before. Also while the account is locked: it opens nothing, and its time goes on.
     */
    freeze: (id: string, formerCanonical: string): Write =>
      changeIf({ _id: id, $or: wasAt(formerCanonical) }, { $set: { 'former.frozenAt': clock() } }, { whileLocked: true }),
    /** Former addresses whose time to object is over without objection are forgotten, in all accounts, with what could be proven then. */
    forgetFormer: async (): Promise<void> => {
      await accounts.updateMany({ 'former.until': trusted({ $lte: clock() }), 'former.frozenAt': null }, { $set: { former: null } });
    },
    /** The change was right after all: nothing is left to object to. */
    confirmEmail: (id: string, former: EmailAddress): Write =>
      changeIf({ _id: id, 'former.address': sealed.addressKey(former.canonical) }, { $set: { former: null } }),
    /**
     * Back to the former address, or one between, with the methods and the backup code from before; open again if it was closed since.
     * AppError `account_exists` when somebody else has that address by now.
     */
    restoreEmail: (id: string, former: EmailAddress): Write =>
      changeIf(
        { _id: id, $or: wasAt(former.canonical) },
        [
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
        ],
        { taken: 'account_exists' },
      ),
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
  };
}
