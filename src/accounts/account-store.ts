/**
 * Complete accounts. Addresses, phone numbers and authenticator secrets are sealed; the address is found by a keyed digest, which is
 * unique. A change that rests on what its owner saw names it: of two devices that change the same thing, one wins and the other is told
 * (AppError `changed_elsewhere`). Would be sharded by `_id`, with the address digest in a collection of its own.
 */
import mongoose, { type Connection, Schema } from 'mongoose';
import type { Clock } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import type { Seal } from '../crypto/seal.ts';
import { AppError } from '../errors.ts';
import type { Language } from '../language.ts';
import { isDuplicateKey } from '../mongo/duplicate-key.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import type { NewAccount } from './account.ts';
import { type AccountDocument, changeIn, createAccountSeal, UNLOCKED } from './account-document.ts';
import { createAddressVerbs } from './address-store.ts';
import { createClosingVerbs } from './closing-store.ts';
import { createCredentialVerbs } from './credential-store.ts';
import { createFormerVerbs } from './former-store.ts';
import { createQuestionsVerbs, QUESTIONS_INDEX, QUESTIONS_INDEX_OPTIONS } from './questions-store.ts';

const { trusted } = mongoose;
const BROWSERS_KEPT = 20;
/** None of them lives longer than half a day. */
const ENDED_SESSIONS_KEPT = 100;

export type AccountStore = ReturnType<typeof createAccountStore>;

export function createAccountStore({ db, clock, seal, rootSecret }: { db: Connection; clock: Clock; seal: Seal; rootSecret: RootSecret }) {
  const { Mixed } = Schema.Types;
  const schema = new Schema<AccountDocument>(
    {
      _id: String,
      address: { type: String, required: true },
      email: { type: String, required: true },
      noticeEmail: String,
      language: { type: String, required: true },
      passwordHash: { type: String, required: true },
      newPasswordDue: Boolean,
      methods: { type: [Mixed] as never, required: true },
      passkeys: { type: [Mixed] as never },
      passkeyDeclinedAt: Date,
      backupCodeHash: String,
      backupCodeSince: Date,
      questions: { type: Mixed as never },
      terms: { type: Mixed as never, required: true },
      memberships: { type: Mixed as never, required: true },
      browsers: { type: [String], required: true },
      createdAt: { type: Date, required: true },
      sessionsSince: Date,
      othersSince: { type: Mixed as never },
      endedSessions: { type: [Mixed] as never, default: undefined },
      former: { type: Mixed as never },
      closesAt: Date,
      keptAt: Date,
      locked: { type: Mixed as never },
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'accounts' },
  );
  schema.index({ address: 1 }, { unique: true });
  schema.index({ 'passkeys.id': 1 }, { unique: true, partialFilterExpression: { 'passkeys.id': { $exists: true } } });
  schema.index({ 'former.address': 1 }, { partialFilterExpression: { 'former.address': { $exists: true } } });
  schema.index({ 'former.between.address': 1 }, { partialFilterExpression: { 'former.between.address': { $exists: true } } });
  schema.index({ 'former.until': 1 }, { partialFilterExpression: { 'former.until': { $exists: true } } });
  schema.index(QUESTIONS_INDEX, QUESTIONS_INDEX_OPTIONS);
  schema.index({ closesAt: 1 }, { partialFilterExpression: { closesAt: { $type: 'date' } } });
  const Model = db.model<AccountDocument>('Account', schema);
  const sealed = createAccountSeal({ seal, rootSecret });
  const former = createFormerVerbs(Model, sealed, clock);
  const closing = createClosingVerbs(Model, { sealed, db, clock });
  const changeIf = changeIn(Model);

  const change =
    (id: string, update: Parameters<typeof Model.updateOne>[1]): Write =>
    async (session) => {
      await Model.updateOne({ _id: id }, update, { session });
    };

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
      await closing.initTombstones();
    },
    find: async (id: string) => sealed.open(await Model.findById(id).lean()),
    /** By the canonical form of an address (`parseEmailAddress`). */
    findByEmail: async (canonical: string) => sealed.open(await Model.findOne({ address: sealed.addressKey(canonical) }).lean()),

    /** Throws AppError `account_exists` when the address has an account by now, or may get one back: of two sign-ups at once, one wins. */
    create: (account: NewAccount, canonical: string): Write => {
      const document = sealed.account(account, canonical, clock());
      return async (session) => {
        await closing.refuseErased(account.id)(session);
        await former.refuseReserved(account.id, canonical)(session);
        try {
          await Model.insertMany([document], { session });
        } catch (cause) {
          if (isDuplicateKey(cause)) throw new AppError('account_exists', { cause });
          throw cause;
        }
      };
    },

    /** A code of an authenticator app counts once, ever: throws `AlreadyUsed` for this 30-second step and all before it (RFC 6238 5.2). */
    useAuthenticatorStep:
      (id: string, methodId: string, step: number): Write =>
      async (session) => {
        const used = await Model.updateOne(
          { _id: id, methods: trusted({ $elemMatch: { id: methodId, lastStep: { $lt: step } } }) },
          { $set: { 'methods.$.lastStep': step } },
          { session },
        );
        if (used.modifiedCount !== 1) throw new AlreadyUsed();
        // Nor does it prove any more what was there before a change of the address, or count again where that is restored.
        const former = { _id: id, 'former.methods': trusted({ $elemMatch: { id: methodId, lastStep: { $lt: step } } }) };
        await Model.updateOne(former, { $set: { 'former.methods.$.lastStep': step } }, { session });
      },

    setMembership: (id: string, serviceId: string, accountType: string): Write =>
      changeIf({ _id: id }, { $set: { [`memberships.${serviceId}`]: accountType } }),
    acceptTerms: (id: string, version: string): Write => changeIf({ _id: id }, { $set: { terms: { version, at: clock() } } }),
    /** Of mails and texts. */
    setLanguage: (id: string, language: Language): Write => changeIf({ _id: id }, { $set: { language } }),
    /** Sessions whose sign-in came before this moment do not count any more, even if a request under way writes one again. */
    endEarlierSessions: (id: string): Write => change(id, { $set: { sessionsSince: clock() } }),
    /** The same, but for this session. */
    endEarlierOthers: (id: string, but: string): Write => change(id, { $set: { othersSince: { but, at: clock() } } }),
    /** What was signed in there until now does not count any more, even if a request under way writes a session again. */
    endSessions: (id: string, sessions: readonly string[]): Write => {
      const ended = sessions.map((session) => ({ id: session, at: clock() }));
      return change(id, { $push: { endedSessions: { $each: ended, $slice: -ENDED_SESSIONS_KEPT } } });
    },
    /** Remembers a browser that has completed a sign-in; the oldest are forgotten. */
    rememberBrowser:
      (id: string, browser: string): Write =>
      async (session) => {
        await Model.updateOne(
          { _id: id, browsers: trusted({ $ne: browser }), ...UNLOCKED },
          { $push: { browsers: { $each: [browser], $slice: -BROWSERS_KEPT } } },
          { session },
        );
      },
    ...createCredentialVerbs(Model, sealed, clock),
    ...createQuestionsVerbs(Model),
    ...former,
    ...createAddressVerbs(Model, { sealed, clock, refuseReserved: former.refuseReserved }),
    ...closing,
  };
}
