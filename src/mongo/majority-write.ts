import type { Connection } from 'mongoose';

/**
 * A write of one small document that a majority must acknowledge within `ms` milliseconds: the proof that what people do next will
 * be kept. It rejects when it would not. The collection `health` holds that one document.
 */
export const createMajorityWrite =
  (db: Connection, ms = 2000) =>
  async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no majority within ${ms} ms`)), ms);
    });
    // The write concern gives up on the server's side, the timer when there is no server to give up.
    const write = db
      .collection('health')
      .updateOne(
        { _id: 'majority' as never },
        { $currentDate: { at: true } },
        { upsert: true, writeConcern: { w: 'majority', wtimeoutMS: ms } },
      );
    write.catch(() => {});
    try {
      await Promise.race([write, late]);
    } finally {
      clearTimeout(timer);
    }
  };
