/** A bounded map in memory whose entries end by themselves. Good enough for a demonstration of one process; a real service keeps these in its store. */

export interface ExpiringMap<T> {
  get(key: string): T | undefined;
  /** The entry ends at `until`; when the map is full, the oldest entry makes room. */
  set(key: string, value: T, until: Date): void;
  /** Takes an entry away and returns it, so of several callers one gets it. */
  take(key: string): T | undefined;
  values(): T[];
}

/** `capacity` bounds what strangers can make this process remember. */
export const createExpiringMap = <T>(clock: () => Date, capacity = 10_000): ExpiringMap<T> => {
  const entries = new Map<string, { value: T; until: number }>();

  const get = (key: string): T | undefined => {
    const entry = entries.get(key);
    if (entry && entry.until > clock().getTime()) return entry.value;
    entries.delete(key);
    return undefined;
  };

  const makeRoom = (): void => {
    if (entries.size < capacity) return;
    const now = clock().getTime();
    for (const [key, entry] of entries) if (entry.until <= now) entries.delete(key);
    for (const key of entries.keys()) {
      if (entries.size < capacity) return;
      entries.delete(key);
    }
  };

  return {
    get,
    set(key, value, until) {
      entries.delete(key);
      makeRoom();
      entries.set(key, { value, until: until.getTime() });
    },
    take(key) {
      const value = get(key);
      entries.delete(key);
      return value;
    },
    values: () => [...entries.keys()].map(get).filter((value): value is T & {} => value !== undefined),
  };
};
