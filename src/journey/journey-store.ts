/**
 * Journeys in the database. What people answered is sealed whole; the only things in clear are what is needed to find a journey again,
 * and those are digests. Every change is a compare-and-set on `revision`: of two requests at once, one wins and the other is told.
 * Would be sharded by `_id`.
 */
import { randomUUID } from 'node:crypto';
import mongoose, { type Connection, type QueryFilter, Schema } from 'mongoose';
import { type Clock, secondsFrom } from '../clock.ts';
import type { RootSecret } from '../crypto/digest.ts';
import type { Seal } from '../crypto/seal.ts';
import type { Write } from '../mongo/transaction.ts';
import {
  type JourneyAddress,
  type JourneyContent,
  type JourneyDocument,
  JourneyMoved,
  type NewJourney,
  type StoredJourney,
} from './stored-journey.ts';

const { trusted } = mongoose;

/** Where somebody was going is remembered for so long, so that a page that was left open starts again by itself. */
const REMEMBERED_SECONDS = 7 * 24 * 3600;

export type JourneyStore = ReturnType<typeof createJourneyStore>;

export function createJourneyStore({ db, clock, seal, rootSecret }: { db: Connection; clock: Clock; seal: Seal; rootSecret: RootSecret }) {
  const digests = { interaction: String, browser: String, account: String, address: String };
  const times = { closedAt: Date, updatedAt: Date, keptUntil: Date, expiresAt: Date };
  const schema = new Schema<JourneyDocument>(
    { _id: String, kind: String, ...digests, addressProven: Boolean, progress: Number, sealed: String, revision: Number, ...times },
    { minimize: false, versionKey: false, autoIndex: false, collection: 'journeys' },
  );
  schema.index({ interaction: 1, kind: 1 }, { unique: true });
  schema.index({ address: 1, kind: 1 });
  schema.index({ browser: 1, kind: 1 });
  schema.index({ account: 1 }, { partialFilterExpression: { account: { $exists: true } } });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const Model = db.model<JourneyDocument>('Journey', schema);

  const interactionKey = (uid: string) => rootSecret.digest('journey-interaction', uid);
  const accountKey = (id: string) => rootSecret.digest('journey-account', id);
  const of = (id: string | undefined) => (id === undefined ? {} : { account: accountKey(id) });
  const close = (id: string, content: JourneyContent) => seal.seal(JSON.stringify(content), `journeys/${id}/content`);
  const opened = (document: JourneyDocument | null): StoredJourney | undefined => {
    if (!document || document.expiresAt <= clock()) return undefined;
    const content = JSON.parse(seal.open(document.sealed, `journeys/${document._id}/content`)) as JourneyContent;
    const { uid, authorization, language } = content;
    return {
      id: document._id,
      kind: document.kind,
      browser: document.browser,
      revision: document.revision,
      closed: document.closedAt !== null,
      keptUntil: document.keptUntil,
      content: document.keptUntil > clock() ? content : { uid, authorization, language, answers: {}, kept: {} },
    };
  };
  const unfinished = () => ({ closedAt: null, keptUntil: trusted({ $gt: clock() }) });
  const newest = (filter: QueryFilter<JourneyDocument>) => Model.findOne(filter).sort({ updatedAt: -1 }).lean();
  const lifeOf = (keptMinutes: number) => ({
    keptUntil: secondsFrom(clock, keptMinutes * 60),
    expiresAt: secondsFrom(clock, Math.max(keptMinutes * 60, REMEMBERED_SECONDS)),
  });

  return {
    init: async () => {
      await Model.createCollection();
      await Model.createIndexes();
    },

    /** The journey of this kind in this interaction, begun now if there is none. */
    async open(start: NewJourney): Promise<StoredJourney> {
      const { kind, uid, browser, language } = start;
      const found = await Model.findOne({ interaction: interactionKey(uid), kind }).lean();
      const live = opened(found);
      if (live && (!live.closed || live.content.result)) return live;
      if (found) await Model.deleteOne({ _id: found._id, revision: found.revision });
      const id = randomUUID();
      const answers = (await start.answers?.()) ?? {};
      const content: JourneyContent = { uid, authorization: { ...start.authorization }, language, answers, kept: {} };
      const begun = await Model.findOneAndUpdate(
        { interaction: interactionKey(uid), kind },
        {
          $setOnInsert: {
            _id: id,
            browser,
            ...of(start.accountId),
            address: null,
            progress: 0,
            sealed: close(id, content),
            revision: 0,
            closedAt: null,
            updatedAt: clock(),
            ...lifeOf(start.keptMinutes),
          },
        },
        { upsert: true, returnDocument: 'after', lean: true },
      );
      const journey = opened(begun);
      if (!journey) throw new Error('a journey that was begun just now is gone');
      return journey;
    },

    /** Saves what changed, if nobody else did since it was read; throws `JourneyMoved` when somebody did. */
    save(
      read: StoredJourney,
      content: JourneyContent,
      change: { address: JourneyAddress | undefined; accountId?: string | undefined; keptMinutes: number; closed?: boolean },
    ): Write {
      return async (session) => {
        const saved = await Model.updateOne(
          { _id: read.id, revision: read.revision, closedAt: null },
          {
            $set: {
              sealed: close(read.id, content),
              ...of(change.accountId),
              address: change.address === undefined ? null : rootSecret.digest('journey-address', change.address.value),
              addressProven: change.address?.proven === true,
              progress: Object.keys(content.answers).length,
              closedAt: change.closed ? clock() : null,
              updatedAt: clock(),
              ...lifeOf(change.keptMinutes),
            },
            $inc: { revision: 1 },
          },
          { session },
        );
        if (saved.modifiedCount !== 1) throw new JourneyMoved();
      };
    },

    /**
     * Binds the journey to another interaction, and to the browser that holds it: the person goes on there, and nowhere else. What had
     * been begun in that interaction gives way.
     */
    moveTo(read: StoredJourney, to: { uid: string; browser: string; authorization: object }): Write {
      return async (session) => {
        const interaction = interactionKey(to.uid);
        await Model.deleteOne({ interaction, kind: read.kind, _id: trusted({ $ne: read.id }) }, { session });
        const content: JourneyContent = { ...read.content, uid: to.uid, authorization: { ...to.authorization } };
        const moved = await Model.updateOne(
          { _id: read.id, revision: read.revision, closedAt: null },
          { $set: { interaction, browser: to.browser, sealed: close(read.id, content) }, $inc: { revision: 1 } },
          { session },
        );
        if (moved.modifiedCount !== 1) throw new JourneyMoved();
      };
    },

    /** Forgets a journey: it was given up, or another took its place. */
    remove:
      (id: string): Write =>
      async (session) => {
        await Model.deleteOne({ _id: id }, { session });
      },

    /** Ends the unfinished ones of an account (of these kinds), but for this one, if any. What was proven in them counts no more. */
    endOthers:
      (accountId: string, id: string | undefined, kinds?: readonly string[]): Write =>
      async (session) => {
        const kind = kinds && { kind: trusted({ $in: [...kinds] }) };
        const but = id === undefined ? {} : { _id: trusted({ $ne: id }) };
        await Model.deleteMany({ account: accountKey(accountId), closedAt: null, ...but, ...kind }, { session });
      },
    /** Forgets all of an account. */
    forget:
      (accountId: string): Write =>
      async (session) => {
        await Model.deleteMany({ account: accountKey(accountId) }, { session });
      },

    find: async (id: string) => opened(await Model.findById(id).lean()),
    findByInteraction: async (uid: string, browser: string) => opened(await newest({ interaction: interactionKey(uid), browser })),
    /** The unfinished journey of this kind and address that got furthest; one whose address is proven comes first. */
    findByAddress: async (kind: string, address: string) =>
      opened(
        await Model.findOne({ kind, address: rootSecret.digest('journey-address', address), ...unfinished() })
          .sort({ addressProven: -1, progress: -1, updatedAt: -1 })
          .lean(),
      ),
    /** The unfinished journey of this kind that this browser was last in. */
    findByBrowser: async (kind: string, browser: string) => opened(await newest({ kind, browser, ...unfinished() })),
    /** When an unfinished journey of this kind and account was last moved on; undefined where there is none. */
    movedAt: async (accountId: string, kind: string): Promise<Date | undefined> =>
      (await newest({ kind, account: accountKey(accountId), ...unfinished() }))?.updatedAt,
    revisionOf: async (id: string) => (await Model.findById(id, { revision: 1 }).lean())?.revision,
  };
}
