/** Several tours at once, in step with one another: what is to happen to all of them in one moment waits until all are there. */

interface Waiting<Work> {
  readonly work: Work;
  readonly goOn: () => void;
  readonly fail: (cause: unknown) => void;
}

/** `meet` is called with the work of all who wait, as soon as nobody tours any more who doesn't. */
export function createCrowd<Work>(meet: (together: readonly Work[]) => Promise<void>) {
  let touring = 0;
  let waiting: Waiting<Work>[] = [];

  const gather = (): void => {
    if (waiting.length === 0 || waiting.length < touring) return;
    const here = waiting;
    waiting = [];
    meet(here.map(({ work }) => work)).then(
      () => {
        for (const { goOn } of here) goOn();
      },
      (cause) => {
        for (const { fail } of here) fail(cause);
      },
    );
  };

  return {
    /** For a tour: waits for the others, then until what is to happen has happened. */
    join: (work: Work): Promise<void> =>
      new Promise((goOn, fail) => {
        waiting.push({ work, goOn, fail });
        gather();
      }),

    /** Resolves when all have ended; throws what went wrong in any of them. */
    async run(tours: readonly (() => Promise<unknown>)[]): Promise<void> {
      touring = tours.length;
      const ends = await Promise.allSettled(
        tours.map(async (tour) => {
          try {
            await tour();
          } finally {
            touring--;
            gather();
          }
        }),
      );
      const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
      if (failed.length > 0) throw new Error(failed.map(({ stack, message }) => stack ?? message).join('\n\n'));
    },
  };
}
