/** So many at a time: takes what there is to do for as long as a lane is free and something is found. */

export interface LanesOptions<Item> {
  /** How many items are worked on at once. */
  readonly width: number;
  /** The next item, now this process's own, or undefined when there is none. */
  readonly take: () => Promise<Item | undefined>;
  readonly work: (item: Item) => Promise<void>;
  /** Told of what `take` and `work` throw; the lane goes on. */
  readonly failed: (error: unknown) => void;
}

export interface Lanes {
  /** There may be something to take. Returns at once; any number of calls is fine. */
  look(): void;
  /** Takes nothing more and waits for what is under way. */
  close(): Promise<void>;
}

export function createLanes<Item>({ width, take, work, failed }: LanesOptions<Item>): Lanes {
  const busy = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  /** Something may have come after the last `take` had begun. */
  let again = false;
  let open = true;

  async function fill(): Promise<void> {
    while (open && again) {
      again = false;
      while (open && busy.size < width) {
        const item = await take();
        if (item === undefined) break;
        const job: Promise<void> = work(item)
          .catch(failed)
          .finally(() => {
            busy.delete(job);
            look();
          });
        busy.add(job);
      }
    }
  }

  function look(): void {
    again = true;
    if (!open) return;
    looking ??= fill()
      .catch(failed)
      .finally(() => {
        looking = undefined;
        if (again) look();
      });
  }

  return {
    look,
    async close() {
      open = false;
      await looking;
      await Promise.all(busy);
    },
  };
}
