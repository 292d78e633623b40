/**
 * An account as it lies in the database, how it is sealed and opened, and how a part of the store changes it. Each sealed value is bound to
 * its account and its place.
 */
import type { Model, QueryFilter, UpdateQuery, UpdateWithAggregationPipeline } from 'mongoose';
import type { RootSecret } from '../crypto/digest.ts';
import type { Seal } from '../crypto/seal.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Language } from '../language.ts';
import { isDuplicateKey } from '../mongo/duplicate-key.ts';
import type { Write } from '../mongo/transaction.ts';
import type { Account, DeliveryMethod, EndedSession, Locked, NewAccount, Passkey } from './account.ts';

export interface MethodDocument {
  readonly id: string;
  readonly method: DeliveryMethod['method'];
  readonly sealed?: string;
  readonly lastStep?: number;
  readonly name?: string;
  /** When it was added; absent where it is there since the sign-up. */
  readonly since?: Date;
}

interface FormerDocument {
  /** Digest. */
  address: string;
  email: string;
  methods: MethodDocument[];
  backupCodeHash: string | null;
  until: Date;
  frozenAt: Date | null;
  between?: { address: string; email: string }[];
}

/** `address`: digest of the canonical address. What an older release did not write is absent. */
export interface AccountDocument {
  _id: string;
  address: string;
  email: string;
  noticeEmail?: string | null;
  language: Language;
  passwordHash: string;
  newPasswordDue?: boolean;
  methods: MethodDocument[];
  passkeys?: Passkey[];
  passkeyDeclinedAt?: Date | null;
  backupCodeHash: string | null;
  /** As `since` of a method. */
  backupCodeSince?: Date;
  questions: { ids: string[]; answersHash: string; forRecovery?: boolean } | null;
  terms: { version: string; at: Date };
  memberships: Record<string, string>;
  browsers: string[];
  createdAt: Date;
  sessionsSince?: Date | null;
  othersSince?: Account['othersSince'];
  endedSessions?: EndedSession[];
  former?: FormerDocument | null;
  closesAt?: Date | null;
  keptAt?: Date | null;
  /** The reason sealed. */
  locked?: Locked | null;
}

export type AccountSeal = ReturnType<typeof createAccountSeal>;

export function createAccountSeal({ seal, rootSecret }: { seal: Seal; rootSecret: RootSecret }) {
  const place = (id: string, field: string) => `accounts/${id}/${field}`;

  const openMethod = (id: string, kept: MethodDocument): DeliveryMethod => {
    if (kept.method === 'email') return { id: 'email', method: 'email' };
    const value = seal.open(kept.sealed!, place(id, `methods/${kept.id}`));
    const named = kept.name === undefined ? {} : { name: kept.name };
    return kept.method === 'text'
      ? { id: kept.id, method: 'text', phone: value, ...named }
      : { id: kept.id, method: 'app', secret: value, lastStep: kept.lastStep ?? 0, ...named };
  };

  const sealed = {
    /** By what an account is found: a keyed digest of the canonical address. */
    addressKey: (canonical: string) => rootSecret.digest('account-address', canonical),

    text: (id: string, field: 'email' | 'noticeEmail' | 'former' | 'locked', value: string) => seal.seal(value, place(id, field)),

    method(id: string, method: DeliveryMethod): MethodDocument {
      const { id: methodId, method: kind } = method;
      if (method.method === 'email') return { id: methodId, method: kind };
      const named = method.name === undefined ? {} : { name: method.name };
      const secret = method.method === 'text' ? method.phone : method.secret;
      return {
        id: methodId,
        method: kind,
        sealed: seal.seal(secret, place(id, `methods/${methodId}`)),
        ...(method.method === 'app' && { lastStep: method.lastStep }),
        ...named,
      };
    },

    account(account: NewAccount, canonical: string, createdAt: Date): AccountDocument {
      const { id, email, methods, passkeys = [], questions, ...rest } = structuredClone(account) as NewAccount;
      return {
        ...rest,
        _id: id,
        address: sealed.addressKey(canonical),
        email: sealed.text(id, 'email', email),
        methods: methods.map((method) => sealed.method(id, method)),
        passkeys: [...passkeys],
        questions: questions && { ...questions, ids: [...questions.ids], forRecovery: true },
        createdAt,
      } as AccountDocument;
    },

    open(document: AccountDocument | null | undefined): Account | undefined {
      if (!document) return undefined;
      const { _id: id, address: _, email, noticeEmail, methods, questions, former, locked, backupCodeSince: _since, ...rest } = document;
      return {
        newPasswordDue: false,
        passkeys: [],
        passkeyDeclinedAt: null,
        sessionsSince: null,
        othersSince: null,
        endedSessions: [],
        closesAt: null,
        keptAt: null,
        ...rest,
        id,
        email: seal.open(email, place(id, 'email')),
        noticeEmail: noticeEmail ? seal.open(noticeEmail, place(id, 'noticeEmail')) : null,
        methods: methods.map((method) => openMethod(id, method)),
        questions: questions && { forRecovery: true, ...questions },
        former: former
          ? {
              email: seal.open(former.email, place(id, 'former')),
              between: (former.between ?? []).map(({ email }) => seal.open(email, place(id, 'former'))),
              methods: former.methods.map((method) => openMethod(id, method)),
              backupCodeHash: former.backupCodeHash,
              until: former.until,
              frozenAt: former.frozenAt,
            }
          : null,
        locked: locked ? { ...locked, reason: seal.open(locked.reason, place(id, 'locked')) } : null,
      };
    },
  };
  return sealed;
}

/** What an account is where it may be changed: nothing of one that is locked is, whatever was under way. */
export const UNLOCKED = { locked: null } as const;

/**
 * One conditional update. Throws `otherwise` where no account is as the filter says, or it is locked (`whileLocked`: that does not matter),
 * and AppError `taken` where another account has what only one may have: both `changed_elsewhere`, where nothing else is said.
 */
export const changeIn =
  (accounts: Model<AccountDocument>) =>
  (
    filter: QueryFilter<AccountDocument>,
    update: UpdateQuery<AccountDocument> | UpdateWithAggregationPipeline,
    {
      otherwise = 'changed_elsewhere',
      taken = 'changed_elsewhere',
      whileLocked = false,
    }: { otherwise?: ErrorCode | (() => Error); taken?: ErrorCode; whileLocked?: boolean } = {},
  ): Write =>
  async (session) => {
    let matched: number;
    try {
      ({ matchedCount: matched } = await accounts.updateOne(whileLocked ? filter : { ...filter, ...UNLOCKED }, update, {
        session,
        updatePipeline: true,
      }));
    } catch (cause) {
      if (isDuplicateKey(cause)) throw new AppError(taken, { cause });
      throw cause;
    }
    if (matched !== 1) throw typeof otherwise === 'string' ? new AppError(otherwise) : otherwise();
  };
