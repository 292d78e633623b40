/** What an account proves itself with, and how each is changed: one conditional update each. Part of the account store. */
import mongoose, { type Model } from 'mongoose';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import type { DeliveryMethod, Passkey } from './account.ts';
import { type AccountDocument, type AccountSeal, changeIn, UNLOCKED } from './account-document.ts';

const { trusted } = mongoose;
/** More than anybody uses; without a bound one session could fill the account, which every request of its owner reads. */
export const MOST_METHODS = 10;
export const MOST_PASSKEYS = 20;
/** Conditions: the list is full; it has room for one more. */
const fullOf = (list: 'methods' | 'passkeys', most: number) => ({ [`${list}.${most - 1}`]: trusted({ $exists: true }) });
const roomIn = (list: 'methods' | 'passkeys', most: number) => ({ [`${list}.${most - 1}`]: trusted({ $exists: false }) });

export function createCredentialVerbs(accounts: Model<AccountDocument>, sealed: AccountSeal, clock: Clock) {
  const changeIf = changeIn(accounts);
  const gone = { otherwise: 'not_found' } as const;
  // A proof is spent by being given, of an account that is locked, too: its owner is told that only then.
  const used = { otherwise: () => new AlreadyUsed(), whileLocked: true };
  const added = (id: string, method: DeliveryMethod) => ({ ...sealed.method(id, method), since: clock() });

  return {
    /** By the credential id of a passkey, base64url. */
    findByPasskey: async (passkeyId: string) => sealed.open(await accounts.findOne({ 'passkeys.id': passkeyId }).lean()),

    /** The same password under a newer hash; nobody else's change is undone. */
    rehashPassword:
      (id: string, from: string, to: string): Write =>
      async (session) => {
        await accounts.updateOne({ _id: id, passwordHash: from }, { $set: { passwordHash: to } }, { session });
      },
    /** A new password, unless it was changed since `from` was read. */
    setPassword: (id: string, { from, to }: { from: string; to: string }): Write =>
      changeIf({ _id: id, passwordHash: from }, { $set: { passwordHash: to, newPasswordDue: false } }),
    /** From the next sign-in on another password has to be chosen. */
    demandNewPassword: (id: string): Write => changeIf({ _id: id }, { $set: { newPasswordDue: true } }, gone),

    /** Spends the backup code whose hash this is, once: throws `AlreadyUsed` when somebody else did, or a newer one took its place. */
    useBackupCode:
      (id: string, hash: string): Write =>
      async (session) => {
        await changeIf({ _id: id, backupCodeHash: hash }, { $set: { backupCodeHash: null } }, used)(session);
        // Nor does it prove any more what was there before a change of the address.
        await accounts.updateOne({ _id: id, 'former.backupCodeHash': hash }, { $set: { 'former.backupCodeHash': null } }, { session });
      },
    /** `from`: the hash that its owner's page rests on, `null` when it was spent. */
    setBackupCode: (id: string, { from, to }: { from: string | null; to: string }): Write =>
      changeIf({ _id: id, backupCodeHash: from }, { $set: { backupCodeHash: to, backupCodeSince: clock() } }),

    /**
     * Added when it is not there yet: the same phone twice is one (`changed_elsewhere`). `lost`: ids of those that are removed in the same
     * transaction. Throws AppError `too_many_methods` where there is no room besides them.
     */
    addMethod:
      (id: string, method: DeliveryMethod, lost: readonly string[] = []): Write =>
      async (session) => {
        // Sealed anew each time it is written, so it has to be read to be compared: of two at once the second runs again, and finds out.
        const account = sealed.open(await accounts.findById(id).session(session).lean());
        const isThere = account?.methods.some(
          (there) => there.id === method.id || (there.method === 'text' && method.method === 'text' && there.phone === method.phone),
        );
        if (!account || isThere) throw new AppError('changed_elsewhere');
        const leaving = account.methods.filter((there) => lost.includes(there.id)).length;
        await changeIf(
          { _id: id, ...roomIn('methods', MOST_METHODS + leaving) },
          { $push: { methods: added(id, method) } },
          { otherwise: 'too_many_methods' },
        )(session);
      },
    /** Never the last one: a passkey alone would be no way in where scripts do not run (AppError `last_method`). */
    removeMethod:
      (id: string, methodId: string): Write =>
      async (session) => {
        const removed = await accounts.updateOne(
          { _id: id, 'methods.id': methodId, 'methods.1': trusted({ $exists: true }), ...UNLOCKED },
          { $pull: { methods: { id: methodId } } },
          { session },
        );
        if (removed.modifiedCount === 1) return;
        const there = await accounts.exists({ _id: id, 'methods.id': methodId, ...UNLOCKED }).session(session);
        throw new AppError(there ? 'last_method' : 'changed_elsewhere');
      },
    /** Puts this one in the place of all methods, passkeys and the backup code: what was lost opens nothing any more. */
    replaceMethods: (id: string, method: DeliveryMethod): Write =>
      changeIf({ _id: id }, { $set: { methods: [added(id, method)], passkeys: [], backupCodeHash: null } }, gone),
    renameMethod: (id: string, methodId: string, name: string): Write =>
      changeIf({ _id: id, 'methods.id': methodId }, { $set: { 'methods.$.name': name } }),

    /**
     * A passkey leads to one account: one that this account has, or another, is not added (`changed_elsewhere`). Throws AppError
     * `too_many_passkeys` where there is no room.
     */
    addPasskey: (id: string, passkey: Omit<Passkey, 'createdAt' | 'lastUsedAt'>): Write => {
      const added = { ...passkey, transports: [...passkey.transports], createdAt: clock(), lastUsedAt: null };
      const free = { _id: id, 'passkeys.id': trusted({ $ne: passkey.id }), ...roomIn('passkeys', MOST_PASSKEYS) };
      const add = changeIf(free, { $push: { passkeys: added } } as never);
      return async (session) => {
        if (await accounts.exists({ _id: id, ...fullOf('passkeys', MOST_PASSKEYS) }).session(session))
          throw new AppError('too_many_passkeys');
        await add(session);
      };
    },
    removePasskey: (id: string, passkeyId: string): Write =>
      changeIf({ _id: id, 'passkeys.id': passkeyId }, { $pull: { passkeys: { id: passkeyId } } }),
    renamePasskey: (id: string, passkeyId: string, name: string): Write =>
      changeIf({ _id: id, 'passkeys.id': passkeyId }, { $set: { 'passkeys.$.name': name } }),
    /**
     * Notes a use with the counter it came with. Throws `AlreadyUsed` unless that is greater than the last, or both are 0
     * (WebAuthn 7.2, step 22): a copy of the key would betray itself here.
     */
    usePasskey: (id: string, passkeyId: string, counter: number): Write =>
      changeIf(
        {
          _id: id,
          passkeys: trusted({ $elemMatch: { id: passkeyId, counter: counter === 0 ? 0 : { $lt: counter } } }),
        },
        { $set: { 'passkeys.$.counter': counter, 'passkeys.$.lastUsedAt': clock() } },
        used,
      ),
    /** "Not now": the offer of a passkey is not made again for a while. */
    declinePasskey: (id: string): Write => changeIf({ _id: id }, { $set: { passkeyDeclinedAt: clock() } }, gone),
  };
}
