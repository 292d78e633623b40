/**
 * What was read less than a second ago is read again by nobody in this process. Others that change it tell nobody: a second is what they
 * have to wait until it is so everywhere.
 */

/** Less than this is how old an answer may be, from the moment at which its reading began. */
export const RECENT_MS = 1000;

export interface RecentlyRead<Value> {
  /** What `read` gives for this id; of several who ask at once, one reads. What is not there, or failed, is read again. */
  get(id: string): Promise<Value | undefined>;
  /** To be called after a write, so that this process sees it at once. */
  forget(id: string): void;
}

export function createRecentlyRead<Value>(
  read: (id: string) => Promise<Value | undefined>,
  monotonic: () => number = () => performance.now(),
): RecentlyRead<Value> {
  // In the order in which their reading began.
  const kept = new Map<string, { readonly since: number; readonly value: Promise<Value | undefined> }>();
  const isRecent = (since: number) => monotonic() - since < RECENT_MS;

  function forgetOld(): void {
    for (const [id, { since }] of kept) {
      if (isRecent(since)) return;
      kept.delete(id);
    }
  }

  return {
    get(id) {
      const known = kept.get(id);
      if (known && isRecent(known.since)) return known.value;
      forgetOld();
      const begun = { since: monotonic(), value: read(id) };
      const forgetThis = () => {
        if (kept.get(id) === begun) kept.delete(id);
      };
      kept.set(id, begun);
      // Ids that nobody has are made up without end; none of them is kept.
      begun.value.then((value) => value === undefined && forgetThis(), forgetThis);
      return begun.value;
    },
    forget: (id) => void kept.delete(id),
  };
}
