/**
 * Complete accounts. Addresses, phone numbers and authenticator secrets are sealed; the address is found by a keyed digest, which is
 * unique. Would be sharded by `_id`, with the address digest in a collection of its own.
 */
import mongoose, { type Connection, Schema } from 'mongoose';
import type { Clock } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import type { Seal } from '../crypto/seal.ts';
import { AppError } from '../errors.ts';
import type { Language } from '../language.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import type { Account, DeliveryMethod } from './account.ts';

interface AccountDocument {
  _id: string;
  address: string;
  email: string;
  language: Language;
  passwordHash: string;
  methods: { id: string; method: DeliveryMethod['method']; sealed?: string; lastStep?: number }[];
  backupCodeHash: string;
  questions: { ids: string[]; answersHash: string };
  terms: { version: string; at: Date };
  memberships: Record<string, string>;
  browsers: string[];
  createdAt: Date;
}

const { trusted } = mongoose;
const BROWSERS_KEPT = 20;
const DUPLICATE_KEY = 11000;

export type AccountStore = ReturnType<typeof createAccountStore>;

export function createAccountStore({ db, clock, seal, rootSecret }: { db: Connection; clock: Clock; seal: Seal; rootSecret: RootSecret }) {
  const { Mixed } = Schema.Types;
  const schema = new Schema<AccountDocument>(
    {
      _id: String,
      address: { type: String, required: true },
      email: { type: String, required: true },
      language: { type: String, required: true },
      passwordHash: { type: String, required: true },
      methods: { type: [Mixed] as never, required: true },
      backupCodeHash: { type: String, required: true },
      questions: { type: Mixed as never, required: true },
      terms: { type: Mixed as never, required: true },
      memberships: { type: Mixed as never, required: true },
      browsers: { type: [String], required: true },
      createdAt: { type: Date, required: true },
    },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'accounts' },
  );
  schema.index({ address: 1 }, { unique: true });
  const Model = db.model<AccountDocument>('Account', schema);

  const addressKey = (canonical: string) => rootSecret.digest('account-address', canonical);
  const place = (id: string, field: string) => `accounts/${id}/${field}`;

  const methodOf = (id: string, kept: AccountDocument['methods'][number]): DeliveryMethod => {
    if (kept.method === 'email') return { id: 'email', method: 'email' };
    const value = seal.open(kept.sealed!, place(id, `methods/${kept.id}`));
    return kept.method === 'text'
      ? { id: kept.id, method: 'text', phone: value }
      : { id: kept.id, method: 'app', secret: value, lastStep: kept.lastStep ?? 0 };
  };
  const opened = (document: AccountDocument | null): Account | undefined => {
    if (!document) return undefined;
    const { _id: id, address: _, email, methods, ...rest } = document;
    return { id, ...rest, email: seal.open(email, place(id, 'email')), methods: methods.map((method) => methodOf(id, method)) };
  };
  const change =
    (id: string, update: Parameters<typeof Model.updateOne>[1]): Write =>
    async (session) => {
      await Model.updateOne({ _id: id }, update, { session });
    };

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },
    find: async (id: string) => opened(await Model.findById(id).lean()),
    /** By the canonical form of an address (`parseEmailAddress`). */
    findByEmail: async (canonical: string) => opened(await Model.findOne({ address: addressKey(canonical) }).lean()),

    /** Throws AppError `account_exists` when the address has an account by now: of two sign-ups at once, one wins. */
    create: (account: Omit<Account, 'createdAt'>, canonical: string): Write => {
      const { id, email, methods, ...rest } = account;
      const document: AccountDocument = {
        ...structuredClone(rest),
        _id: id,
        address: addressKey(canonical),
        email: seal.seal(email, place(id, 'email')),
        methods: methods.map((method) => ({
          id: method.id,
          method: method.method,
          ...(method.method === 'text' && { sealed: seal.seal(method.phone, place(id, `methods/${method.id}`)) }),
          ...(method.method === 'app' && {
            sealed: seal.seal(method.secret, place(id, `methods/${method.id}`)),
            lastStep: method.lastStep,
          }),
        })),
        createdAt: clock(),
      } as AccountDocument;
      return async (session) => {
        try {
          await Model.insertMany([document], { session });
        } catch (cause) {
          if ((cause as { code?: number }).code === DUPLICATE_KEY) throw new AppError('account_exists', { cause });
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
      },

    setMembership: (id: string, serviceId: string, accountType: string): Write =>
      change(id, { $set: { [`memberships.${serviceId}`]: accountType } }),
    acceptTerms: (id: string, version: string): Write => change(id, { $set: { terms: { version, at: clock() } } }),
    setPasswordHash: (id: string, passwordHash: string): Write => change(id, { $set: { passwordHash } }),
    /** Remembers a browser that has completed a sign-in; the oldest are forgotten. */
    rememberBrowser:
      (id: string, browser: string): Write =>
      async (session) => {
        await Model.updateOne(
          { _id: id, browsers: trusted({ $ne: browser }) },
          { $push: { browsers: { $each: [browser], $slice: -BROWSERS_KEPT } } },
          { session },
        );
      },
  };
}
