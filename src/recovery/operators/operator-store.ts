/**
 * Operators who may help people back into their account, and what one of them has asked for until another agrees. A request is one for each
 * account, and taken once. Would be sharded by `_id`.
 */
import mongoose, { type Connection, Schema } from 'mongoose';
import type { Settling, WaitingProof } from '../../accounts/recovery-store.ts';
import { type Clock, secondsFrom } from '../../clock.ts';
import type { Seal } from '../../crypto/seal.ts';
import { isDuplicateKey } from '../../mongo/duplicate-key.ts';
import type { Write } from '../../mongo/transaction.ts';
import { AlreadyUsed } from '../../second-factor/code-store.ts';

interface OperatorDocument {
  _id: string;
  passphraseHash: string;
  createdAt: Date;
}

interface RequestDocument {
  /** The account. */
  _id: string;
  operator: string;
  about?: OperatorsProof;
  /** Sealed, as is the reason: people write down what they were told. */
  email?: string;
  reason: string;
  at: Date;
  expiresAt: Date;
}

/** What two operators begin: a recovery, or the settling of a frozen account for one of its addresses. */
export type OperatorsProof = Extract<WaitingProof, 'operators' | Settling>;

export interface OperatorRequest {
  readonly accountId: string;
  readonly operator: string;
  readonly about: OperatorsProof;
  /** The address that the account shall have: a frozen one may have been moved from several. */
  readonly email: string;
  readonly reason: string;
  readonly at: Date;
}

/** Nobody agreed to it in that time. */
const REQUEST_SECONDS = 7 * 24 * 3600;

export type OperatorStore = ReturnType<typeof createOperatorStore>;

export function createOperatorStore({ db, clock, seal }: { db: Connection; clock: Clock; seal: Seal }) {
  const common = { minimize: false, versionKey: false, autoIndex: false } as const;
  const operators = db.model<OperatorDocument>(
    'Operator',
    new Schema<OperatorDocument>({ _id: String, passphraseHash: String, createdAt: Date }, { ...common, collection: 'operators' }),
  );
  const requestSchema = new Schema<RequestDocument>(
    { _id: String, operator: String, about: String, email: String, reason: String, at: Date, expiresAt: Date },
    { ...common, collection: 'recovery_requests' },
  );
  requestSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const requests = db.model<RequestDocument>('RecoveryRequest', requestSchema);
  const place = (accountId: string, field: 'email' | 'reason') => `recovery_requests/${accountId}/${field}`;
  const live = () => ({ expiresAt: mongoose.trusted({ $gt: clock() }) });
  const opened = ({ _id, operator, about = 'operators', email, reason, at }: RequestDocument): OperatorRequest => ({
    accountId: _id,
    operator,
    about,
    // One from before this was kept is for no address: it can be cancelled.
    email: email === undefined ? '' : seal.open(email, place(_id, 'email')),
    reason: seal.open(reason, place(_id, 'reason')),
    at,
  });

  return {
    init: async () => {
      await operators.createCollection();
      await requests.createCollection();
      await requests.createIndexes();
    },
    /** False when there is one of that name. */
    async add(name: string, passphraseHash: string): Promise<boolean> {
      try {
        await operators.insertMany([{ _id: name, passphraseHash, createdAt: clock() }]);
        return true;
      } catch (cause) {
        if (isDuplicateKey(cause)) return false;
        throw cause;
      }
    },
    /** False when there was none of that name. */
    remove: async (name: string): Promise<boolean> => (await operators.deleteOne({ _id: name })).deletedCount === 1,
    names: async (): Promise<readonly string[]> => (await operators.find().sort({ _id: 1 }).lean()).map(({ _id }) => _id),
    hashOf: async (name: string): Promise<string | undefined> => (await operators.findById(name).lean())?.passphraseHash,

    /** Waits for another operator; false when one waits already. */
    async request({ accountId, operator, about, ...said }: Omit<OperatorRequest, 'at'>): Promise<boolean> {
      await requests.deleteOne({ _id: accountId, expiresAt: mongoose.trusted({ $lte: clock() }) });
      const [email, reason] = (['email', 'reason'] as const).map((field) => seal.seal(said[field], place(accountId, field)));
      try {
        await requests.insertMany([
          { _id: accountId, operator, about, email, reason, at: clock(), expiresAt: secondsFrom(clock, REQUEST_SECONDS) },
        ]);
        return true;
      } catch (cause) {
        if (isDuplicateKey(cause)) return false;
        throw cause;
      }
    },
    async requestOf(accountId: string): Promise<OperatorRequest | undefined> {
      const found = await requests.findOne({ _id: accountId, ...live() }).lean();
      return found ? opened(found) : undefined;
    },
    /** The oldest first. */
    requests: async (): Promise<readonly OperatorRequest[]> => (await requests.find(live()).sort({ at: 1 }).lean()).map(opened),
    /** Takes exactly this one, once: throws `AlreadyUsed` when it was taken, or another took its place. */
    take:
      ({ accountId, operator, at }: OperatorRequest): Write =>
      async (session) => {
        const { deletedCount } = await requests.deleteOne({ _id: accountId, operator, at }, { session });
        if (deletedCount !== 1) throw new AlreadyUsed();
      },
    /** Whatever waits for this account. */
    withdraw:
      (accountId: string): Write =>
      async (session) => {
        await requests.deleteOne({ _id: accountId }, { session });
      },
  };
}
